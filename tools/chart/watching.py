"""The values of what the product is watched with. Monitors and alerts need the CRDs of the Prometheus Operator."""

from typing import Annotated

from pydantic import Field

from tools.chart.section import Labels, Section

Text = Annotated[str, Field(min_length=1)]
Interval = Annotated[str, Field(pattern="^[0-9]+(ms|s|m|h)$")]


class MetricsService(Section):
    """A headless Service in front of the operator's port 8081; the ServiceMonitor brings it along."""

    enabled: bool = Field(False, description="Whether there is one.")


class Monitor(Section):
    """How Prometheus finds and reads metrics."""

    enabled: bool = Field(False, description="Whether there is one.")
    labels: Labels = Field({}, description="Labels by which your Prometheus chooses its monitors.")
    interval: Interval = Field("30s", description="How often they are read.")


class ServiceMonitor(Monitor):
    """The operator's metrics."""


class PodMonitor(Monitor):
    """The metrics of the workers of all pools, in the namespaces that are served."""


class Metrics(Section):
    """The operator's and the workers' metrics, for Prometheus."""

    service: MetricsService = MetricsService()
    service_monitor: ServiceMonitor = ServiceMonitor()
    pod_monitor: PodMonitor = PodMonitor()


class Override(Section):
    """What is laid over an alert."""

    expr: Text | None = None
    for_: Text | None = Field(None, alias="for")
    keep_firing_for: Text | None = Field(None, alias="keep_firing_for")
    labels: Labels | None = None
    annotations: Labels | None = None


class Alerts(Section):
    """A PrometheusRule with the alerts of the folder `alerts`."""

    enabled: bool = Field(False, description="Whether there is one.")
    labels: Labels = Field({}, description="Labels by which your Prometheus chooses its rules.")
    runbook_url: Text = Field(
        "https://revrx.io/docs/runbooks",
        description="Where the runbooks are; the name of the alert is put behind it: the annotation `runbook_url`.",
    )
    disabled: list[str] = Field([], description="Names of alerts to leave out.")
    overrides: dict[str, Override] = Field(
        {},
        description="By name of the alert, what is laid over it: `expr`, `for`, `keep_firing_for`, `labels`, "
        "`annotations`.",
    )


class Dashboard(Section):
    """A Grafana dashboard in a ConfigMap."""

    enabled: bool = Field(False, description="Whether there is one.")
    labels: Labels = Field({"grafana_dashboard": "1"}, description="What Grafana's sidecar looks for.")
    annotations: Labels = Field({}, description="Its annotations, such as the folder.")
