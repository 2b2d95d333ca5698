"""The values of the chart: the only source of its values.yaml, values.schema.json and the table in its README."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from revrx_operator.api.metadata import LABEL
from tools.chart.network import NetworkPolicy
from tools.chart.section import Anything, DnsLabel, Labels, Objects, Section
from tools.chart.watching import Alerts, Dashboard, Metrics

WatchedNamespace = Annotated[str, Field(max_length=63, pattern=rf"^(\*|{LABEL})$")]

# An enabled pool without these would be refused by the API server in the middle of the release.
COMPLETE_POOL: JsonDict = {
    "if": {"properties": {"enabled": {"const": True}}, "required": ["enabled"]},
    "then": {"properties": {"spec": {"required": ["image", "broker", "workers"]}}, "required": ["spec"]},
}


class Image(Section):
    """The operator's image."""

    repository: str = Field("revrx/operator", min_length=1, description="Registry and name.")
    tag: str = Field("", description="Tag; empty takes the chart's appVersion.")
    digest: str = Field(
        "", pattern="^(sha256:[0-9a-f]{64})?$", description="Digest, `sha256:…`; where given it is taken, not the tag."
    )
    pull_policy: Literal["Always", "IfNotPresent", "Never"] = Field("IfNotPresent", description="When it is pulled.")


class PodDisruptionBudget(Section):
    """Made where there are two operators and more: a drain of several nodes leaves one."""

    enabled: bool = Field(True, description="Whether it is made.")
    max_unavailable: int | str = Field(1, description="How many operators a drain may take, a number or a percentage.")


class ServiceAccount(Section):
    """The operator's service account. Only the operator's own pod mounts its token."""

    create: bool = Field(True, description="Whether it is made.")
    name: str = Field("", description="Its name; empty takes the release's, or `default` where none is made.")
    annotations: Labels = Field({}, description="Its annotations.")


class Rbac(Section):
    """What the operator may do, and who may have pools."""

    create: bool = Field(True, description="Whether roles and bindings are made.")
    aggregate_to_edit: bool = Field(
        False,
        description="Let whoever has the cluster's roles `edit` or `admin` in a namespace manage the pools there. "
        "A pool creates pods and reads Secrets of its namespace, as `edit` may; `view` may not, and gets nothing.",
    )
    user_roles: bool = Field(
        False,
        description="Make the roles that `kubectl revrx` takes, for people who have no `edit`: a ClusterRole to bind "
        "where their pools are, and a Role where the operator is. Nobody has them until you bind them.",
    )


class Crds(Section):
    """The CRD is upgraded with the release, and stays, with every pool, when the release is uninstalled."""

    install: bool = Field(True, description="Whether the CRD is part of this release.")


class Sweep(Section):
    """Sends again what lost its message or its worker while the pool is at zero; workers do so themselves."""

    enabled: bool = Field(
        False, description="Make a CronJob that runs `revrx-reports sweep`, for a pool with `minReplicas: 0`."
    )
    schedule: str = Field("* * * * *", min_length=1, description="When, as cron has it.")


class PoolTest(Section):
    """`helm test` has one report made by the pool and deletes it again."""

    enabled: bool = Field(True, description="Whether there is a test; off for an app without `revrx-reports`.")
    timeout_seconds: int = Field(
        120, ge=1, le=3600, description="How long the report may take; a pool at zero starts a worker first."
    )


class Pool(Section):
    """A pool in the release's namespace. The CRD must be there before: install first, then upgrade with the pool."""

    model_config = ConfigDict(json_schema_extra=COMPLETE_POOL)

    enabled: bool = Field(False, description="Whether there is one.")
    name: Annotated[DnsLabel, Field(max_length=61)] = Field("reports", description="Its name.")
    spec: Anything = Field({}, description="Its spec: `kubectl explain rwp.spec`. Needs image, broker and workers.")
    sweep: Sweep = Sweep()
    test: PoolTest = PoolTest()


class Redis(Section):
    """A Redis without password and without a disk, to try things out: `redis://redis:6379/0`."""

    enabled: bool = Field(False, description="Whether there is one.")
    name: str = Field(
        "redis", max_length=63, pattern="^[a-z]([-a-z0-9]*[a-z0-9])?$", description="Name of Deployment and Service."
    )
    image: str = Field("redis:7", min_length=1, description="Its image.")


class Values(Section):
    """Values of revrx-worker."""

    image: Image = Image()
    image_pull_secrets: Objects = Field([], description="For that image: a list of `{name: SECRET}`.")
    replicas: int = Field(
        1,
        ge=0,
        description="Operators. One acts, by a Lease; with 2 another takes over within 12 seconds when its node is "
        "lost, and within 2 in an upgrade.",
    )
    watch_namespaces: list[WatchedNamespace] = Field(
        [],
        json_schema_extra={"uniqueItems": True},
        description="Namespaces whose pools are served. They must exist, and get a Role each; empty is the release's "
        'own. `["*"]` is every namespace, with a ClusterRole: it may read each Secret whose name it knows.',
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Log level of the operator.")
    log_format: Literal["text", "json"] = Field(
        "text",
        description="How the operator logs: a line of text, or an object of JSON with pool, run, and what was decided.",
    )
    resources: Anything = Field(
        {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        description="Requests and limits of the operator; 1,000 pools take 170Mi and 400m.",
    )
    extra_env: Objects = Field(
        [], description="More variables of the operator, such as a proxy; what the chart sets itself is refused."
    )
    strategy: Anything = Field(
        {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        description="Of the Deployment. A new operator stands by before the old one goes.",
    )
    termination_grace_period_seconds: int = Field(
        30, ge=5, description="Time to give up the Lease and end what is under way; it takes two seconds at most."
    )
    pod_security_context: Anything = Field(
        {"runAsNonRoot": True, "runAsUser": 10001, "runAsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
        description="Of the operator's pod. Where the platform chooses the user, set `runAsUser` and `runAsGroup` "
        "to null.",
    )
    security_context: Anything = Field(
        {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
        description="Of the operator's container.",
    )
    pod_annotations: Labels = Field({}, description="Annotations of the operator's pod.")
    pod_labels: Labels = Field({}, description="More labels of the operator's pod.")
    node_selector: Labels = Field({}, description="Labels of the nodes that the operator may run on.")
    tolerations: Objects = Field([], description="Taints that the operator tolerates.")
    affinity: Anything = Field({}, description="Affinity of the operator.")
    topology_spread_constraints: Objects = Field(
        [],
        description="How several operators are spread. Empty: on different nodes where there are several. "
        "One without a `labelSelector` gets that of the operator.",
    )
    priority_class_name: str = Field("", description="Priority class of the operator.")
    pod_disruption_budget: PodDisruptionBudget = PodDisruptionBudget()
    network_policy: NetworkPolicy = NetworkPolicy()
    service_account: ServiceAccount = ServiceAccount()
    rbac: Rbac = Rbac()
    crds: Crds = Crds()
    pool: Pool = Pool()
    redis: Redis = Redis()
    metrics: Metrics = Metrics()
    alerts: Alerts = Alerts()
    dashboard: Dashboard = Dashboard()
    name_override: str = Field("", max_length=63, description="In place of the chart's name in names and labels.")
    fullname_override: str = Field("", max_length=63, description="Name of the operator's objects.")
