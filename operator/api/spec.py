"""The desired state of a ReportWorkerPool, as its user writes it.

These models are the only source of the CRD: descriptions, defaults and bounds here are what ``kubectl explain`` shows.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from revrx_operator.api import rules
from revrx_operator.api.metadata import LABEL
from revrx_operator.api.part import BY_NAME, SET, Part, filled_in
from revrx_operator.api.pod_parts import EnvSource, EnvVar, Resources, SecretName
from revrx_operator.api.windows import Window

GRACE_ABOVE_HARD_LIMIT_SECONDS = 30

# What \s and \w stand for differs between the API server (Go: ASCII) and pydantic (Rust: all of Unicode).
QUEUE_NAME = r"^[^\pZ\p{Cc},]+$"
NO_SPACES = "^[!-~]+$"
APP = "^[A-Za-z_][A-Za-z0-9_.]*(:[A-Za-z_][A-Za-z0-9_.]*)?$"
URL_PATH = "^([A-Za-z0-9_.~-]+(/[A-Za-z0-9_.~-]+)*)?$"
GROUP_NAME = f"^{LABEL}$"

PATTERNS = {
    QUEUE_NAME: "must have neither spaces nor commas",
    NO_SPACES: "must be of ASCII characters, and no spaces",
    APP: "must be MODULE or MODULE:NAME, as in app.celery_app",
    URL_PATH: "must be a path as in tools/flower, of ASCII letters, digits and _.~-, without slashes around",
    GROUP_NAME: "must be lower case letters, digits and dashes, with a letter or digit at each end",
}
"""What each of them asks for, in words."""

QueueName = Annotated[str, Field(min_length=1, max_length=128, pattern=QUEUE_NAME)]
GroupName = Annotated[str, Field(max_length=32, pattern=GROUP_NAME)]


class SecretKeyRef(Part):
    """One key of a Secret in the pool's namespace."""

    name: str = Field(min_length=1, max_length=253, description="Name of the Secret.")
    key: str = Field(min_length=1, max_length=253, description="Key within the Secret.")


class Sentinel(Part):
    """What the URL of a Sentinel cannot hold."""

    master_name: str = Field(
        min_length=1, max_length=253, pattern=NO_SPACES, description="Name by which the Sentinels know the master."
    )
    password_secret_ref: SecretKeyRef | None = Field(
        None, description="Secret key that holds the password of the Sentinels themselves, where they ask for one."
    )


class Broker(Part):
    """The Redis that carries the queues. Exactly one of url and urlSecretRef."""

    rules = rules.BROKER

    url: str | None = Field(
        None,
        min_length=8,
        max_length=1024,
        description="redis://, rediss:// (TLS) or sentinel:// URL without user or password, Sentinels joined by "
        "semicolons; with a password, take urlSecretRef.",
    )
    url_secret_ref: SecretKeyRef | None = Field(None, description="Secret key that holds the URL, password included.")
    ca_secret_ref: SecretKeyRef | None = Field(
        None,
        description="Secret key that holds the certificate of the CA, PEM, trusted besides the system's. "
        "With sentinel:// it turns TLS on, to the Sentinels and the master alike.",
    )
    sentinel: Sentinel | None = Field(None, description="Required with a sentinel:// URL.")
    global_key_prefix: str = Field(
        "",
        max_length=128,
        description="Prefix of every broker key: broker_transport_options.global_keyprefix of the app.",
    )
    priority_steps: list[Annotated[int, Field(ge=0, le=255)]] = Field(
        default=[0, 3, 6, 9],
        min_length=1,
        max_length=16,
        description="Priority steps of the app's transport; each is a list of its own in Redis. Default: 0, 3, 6, 9.",
        json_schema_extra=SET,
    )
    priority_separator: str = Field(
        "\x06\x16",
        min_length=1,
        max_length=8,
        description="Separator between queue name and priority step, broker_transport_options.sep of the app.",
    )


class ScaleDown(Part):
    """How fast a group may shrink."""

    stabilization_seconds: int = Field(
        300, ge=0, le=3600, description="The highest demand of this many seconds decides; shrinking waits it out."
    )
    max_replicas_per_minute: int = Field(
        4, ge=1, le=1000, description="Replicas taken away within any minute, at most."
    )


class BrokerFailure(Part):
    """What to do while Redis cannot be read. Replicas are never lowered then."""

    after_failures: int = Field(
        60, ge=1, le=100000, description="Failed readings in a row, two a second, before replicas applies."
    )
    replicas: int | None = Field(None, ge=0, le=1000, description="Raise to this many then. Unset: hold what is there.")


class Scaling(Part):
    """Between which bounds, and on what, the replicas of a group move."""

    rules = rules.SCALING

    min_replicas: int = Field(
        2, ge=0, le=1000, description="Replicas that are always there; 0 lets the group scale to zero."
    )
    max_replicas: int = Field(10, ge=1, le=1000, description="Replicas, at most.")
    tasks_per_replica: int = Field(
        8, ge=1, le=10000, description="Depth target: waiting and running tasks that one replica should have."
    )
    max_wait_seconds: int | None = Field(
        None,
        ge=1,
        le=86400,
        description="Latency target, in seconds: no task should wait longer. Unset: only the depth counts.",
    )
    cpu_utilization: int = Field(
        70, ge=1, le=1000, description="CPU target in percent of the request, held by the HPA."
    )
    memory_utilization: int = Field(
        80, ge=1, le=1000, description="Memory target in percent of the request, held by the HPA."
    )
    scale_down: ScaleDown = Field(
        default_factory=ScaleDown, description="How fast a group may shrink.", json_schema_extra=filled_in(ScaleDown)
    )
    windows: list[Window] = Field(
        default=[],
        max_length=16,
        description="Hours in which other bounds hold; where several meet, the narrower ones.",
    )
    broker_failure: BrokerFailure = Field(
        default_factory=BrokerFailure,
        description="What to do while the broker cannot be read.",
        json_schema_extra=filled_in(BrokerFailure),
    )


def _guide_resources() -> Resources:
    return {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "4Gi"}}


class WorkerGroup(Part):
    """Workers of one kind: a Deployment, a HorizontalPodAutoscaler and a PodDisruptionBudget named POOL-GROUP."""

    rules = rules.WORKER_GROUP

    name: GroupName = Field(description="Name of the group, unique in the pool.")
    queues: list[QueueName] = Field(
        min_length=1,
        max_length=16,
        description="Queues that the group consumes. A queue belongs to one group of a pool.",
        json_schema_extra=SET,
    )
    concurrency: int = Field(
        4, ge=1, le=1000, description="Tasks that one replica runs at a time: celery --concurrency."
    )
    pool: Literal["prefork", "threads", "solo"] = Field("prefork", description="Execution pool: celery --pool.")
    prefetch_multiplier: int = Field(
        2, ge=0, le=1000, description="Tasks fetched ahead, per slot: celery --prefetch-multiplier."
    )
    max_tasks_per_child: int = Field(
        1000,
        ge=1,
        le=1_000_000_000,
        description="Tasks after which a prefork child is replaced: celery --max-tasks-per-child.",
    )
    time_limit_seconds: int = Field(
        300, ge=1, le=86400, description="Hard limit of a task, in seconds: celery --time-limit."
    )
    soft_time_limit_seconds: int = Field(
        240,
        ge=1,
        le=86400,
        description="Soft limit of a task, in seconds, below the hard one: celery --soft-time-limit.",
    )
    termination_grace_period_seconds: int | None = Field(
        None,
        ge=1,
        le=172800,
        description="Seconds that a worker gets to finish what it runs. Default: hard limit + 30. "
        "Required for pool threads and solo, which have no time limits.",
    )
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        "info", description="What the workers log at least: celery --loglevel."
    )
    resources: Resources = Field(
        default_factory=_guide_resources,
        description="Requests and limits of the worker container, as in a Pod. "
        "Default: requests of 500m CPU and 1Gi, limits of 2 CPU and 4Gi.",
    )
    probes: Literal["Heartbeat", "Inspect", "None"] = Field(
        "Heartbeat",
        description="Heartbeat: a file that revrx_worker writes. Inspect: a startup probe by celery inspect, "
        "for apps without revrx_worker. None: no probes.",
    )
    pod_template: dict[str, Any] = Field(
        default_factory=dict,
        description="Partial PodTemplateSpec, laid over the operator's by strategic merge, as kubectl patch does it. "
        "The worker's container is called worker.",
    )
    scaling: Scaling = Field(
        default_factory=Scaling,
        description="Bounds and targets of the replica count.",
        json_schema_extra=filled_in(Scaling),
    )

    @property
    def grace_seconds(self) -> int:
        """Seconds between SIGTERM and SIGKILL; above the hard limit, so that a running task always finishes."""
        return self.termination_grace_period_seconds or self.time_limit_seconds + GRACE_ABOVE_HARD_LIMIT_SECONDS


def _flower_resources() -> Resources:
    return {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}}


class Flower(Part):
    """Flower, which shows workers and tasks in a browser: a Deployment and a Service named POOL-flower."""

    rules = rules.FLOWER

    enabled: bool = Field(False, description="Whether the pool has a Flower.")
    basic_auth_secret_ref: SecretKeyRef | None = Field(
        None,
        description="Secret key that holds who may enter, USER:PASSWORD, several joined by commas. Required to enable.",
    )
    image: str | None = Field(
        None,
        min_length=1,
        max_length=1024,
        pattern=NO_SPACES,
        description="Image that holds the app and Flower. Unset: the worker image.",
    )
    url_prefix: str = Field(
        "",
        max_length=253,
        pattern=URL_PATH,
        description="Path under which a proxy leads to it, without slashes around: flower --url_prefix.",
    )
    resources: Resources = Field(
        default_factory=_flower_resources,
        description="Requests and limits of its container, as in a Pod. "
        "Default: requests of 50m CPU and 128Mi, limits of 1 CPU and 512Mi.",
    )
    pod_template: dict[str, Any] = Field(
        default_factory=dict, description="Partial PodTemplateSpec, merged last by strategic merge."
    )


class PoolSpec(Part):
    """Report workers that share an image, a Celery app and a Redis."""

    rules = rules.POOL

    image: str = Field(
        min_length=1, max_length=1024, pattern=NO_SPACES, description="Image of the workers, as in a Pod."
    )
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = Field(
        "IfNotPresent", description="When the image is pulled, as in a Pod; IfNotPresent also for :latest."
    )
    image_pull_secrets: list[SecretName] = Field(
        default=[], max_length=16, description="Secrets that the image is pulled with, as in a Pod."
    )
    app: str = Field(
        "app.celery_app",
        max_length=253,
        pattern=APP,
        description="The Celery app, MODULE or MODULE:NAME: celery -A.",
    )
    broker: Broker = Field(description="The Redis that carries the queues.")
    env: list[EnvVar] = Field(
        default=[],
        max_length=256,
        description="Variables of the worker container, as in a Pod. Those that name the broker come from spec.broker; "
        "CELERY_RESULT_BACKEND is the broker as well unless it is set here.",
        json_schema_extra=BY_NAME,
    )
    env_from: list[EnvSource] = Field(
        default=[],
        max_length=64,
        description="ConfigMaps and Secrets whose keys become variables, as in a Pod; env wins.",
    )
    workers: list[WorkerGroup] = Field(
        min_length=1, max_length=16, description="The worker groups of the pool.", json_schema_extra=BY_NAME
    )
    flower: Flower = Field(
        default_factory=Flower,
        description="Workers and tasks in a browser, behind a login.",
        json_schema_extra={"default": {"enabled": False}},
    )
    paused: bool = Field(False, description="true holds every replica count where it is; everything else goes on.")
    drained: bool = Field(
        False,
        description="Let the workers finish what they run and take nothing new, down to none; also while paused.",
    )
    drained_groups: list[GroupName] = Field(
        default=[],
        max_length=16,
        description="The same for the worker groups of these names only.",
        json_schema_extra=SET,
    )

    def drains(self, group: str) -> bool:
        """Whether a worker group is to come to zero and stay there."""
        return self.drained or group in self.drained_groups
