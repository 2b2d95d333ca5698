"""The dashboard as data: its pictures, and what each asks Prometheus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["timeseries", "bars", "stat", "table", "state-timeline"]

SELECTED = 'namespace=~"$namespace", pool=~"$pool"'
EVERYWHERE = ""
"""What tells of operators and their Redis is of no pool."""
COLUMNS = 24
"""Of Grafana's grid."""


@dataclass(frozen=True)
class Query:
    """A question to Prometheus, and how its series are called."""

    expr: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """One picture."""

    title: str
    description: str
    queries: Sequence[Query]
    kind: Kind = "timeseries"
    unit: str = "short"
    width: int = 8


@dataclass(frozen=True)
class Row:
    """Pictures about one thing."""

    title: str
    panels: Sequence[Panel]


GROUP = "{{namespace}}/{{pool}} {{group}}"


def _group(series: str, more: str = "") -> str:
    """A gauge of the groups that are chosen; by ``max``, for two operators may tell of one pool during a takeover."""
    return f"max by (namespace, pool, group{more}) ({series}{{{SELECTED}}})"


def _groups(names: Mapping[str, str], whose: str = "") -> tuple[Query, ...]:
    """Gauges of the groups that are chosen, by what each is called, and whose it is where that is to be told."""
    return tuple(Query(_group(series), f"{whose}{name}") for series, name in names.items())


def _rate(series: str, by: str, chosen: str = SELECTED) -> str:
    return _over_time("rate", series, by, chosen)


def _increase(series: str, by: str) -> str:
    return _over_time("increase", series, by, SELECTED)


def _over_time(function: str, series: str, by: str, chosen: str) -> str:
    labels = f"{{{chosen}}}" if chosen else ""
    return f"sum by ({by}) ({function}({series}{labels}[$__rate_interval]))"


def _quantiles(histogram: str, chosen: str = SELECTED) -> tuple[Query, ...]:
    buckets = _rate(f"{histogram}_bucket", "le", chosen)
    return tuple(Query(f"histogram_quantile({q / 100}, {buckets})", f"p{q}") for q in (50, 95, 99))


POOLS = Row(
    "Pools",
    (
        Panel(
            "Worker groups",
            "Each group at this moment. Nothing is shown where Redis is away.",
            _groups(
                {
                    "revrx_waiting_tasks": "waiting",
                    "revrx_running_tasks": "running",
                    "revrx_oldest_wait_seconds": "oldest wait, s",
                    "revrx_service_seconds": "service time, s",
                    "revrx_desired_replicas": "desired",
                    "revrx_ready_replicas": "ready",
                    "revrx_busy_replicas": "busy",
                    "revrx_max_replicas": "max",
                }
            ),
            kind="table",
            width=COLUMNS,
        ),
        Panel(
            "Waiting and running",
            "Tasks in the queues, and tasks that workers hold.",
            _groups({"revrx_waiting_tasks": "waiting", "revrx_running_tasks": "running"}, f"{GROUP} "),
        ),
        Panel(
            "Oldest wait",
            "How long the oldest task that is due has waited, and maxWaitSeconds where it is set.",
            (
                Query(_group("revrx_oldest_wait_seconds"), GROUP),
                Query(_group("revrx_max_wait_seconds"), f"{GROUP} limit"),
            ),
            unit="s",
        ),
        Panel(
            "Replicas",
            "Desired by the last decision, existing, ready, busy, and the most that there may be now.",
            _groups(
                {
                    "revrx_desired_replicas": "desired",
                    "revrx_replicas": "existing",
                    "revrx_ready_replicas": "ready",
                    "revrx_busy_replicas": "busy",
                    "revrx_max_replicas": "max",
                },
                f"{GROUP} ",
            ),
        ),
        Panel(
            "Reason",
            "Why a group has its replicas: the target or the bound that the last decision followed.",
            (Query(f"{_group('revrx_desired_reason', ', reason')} == 1", f"{GROUP} {{{{reason}}}}"),),
            kind="state-timeline",
            width=12,
        ),
        Panel(
            "Decisions",
            "Decisions that changed replicas or reason, by reason.",
            (Query(_increase("revrx_decisions_total", "reason"), "{{reason}}"),),
            kind="bars",
            width=6,
        ),
        Panel(
            "Redis",
            "1 where the pool's Redis answered the last time.",
            (Query(f"max by (namespace, pool) (revrx_broker_reachable{{{SELECTED}}})", "{{namespace}}/{{pool}}"),),
            kind="state-timeline",
            width=6,
        ),
    ),
)

TASKS = Row(
    "Tasks",
    (
        Panel(
            "Tasks by state",
            "Runs of tasks a second, by how they ended.",
            (Query(_rate("revrx_worker_tasks_total", "state"), "{{state}}"),),
            unit="ops",
        ),
        Panel("Run time", "How long tasks ran.", _quantiles("revrx_worker_task_run_seconds"), unit="s"),
        Panel(
            "Wait time", "From sending to the start of the run.", _quantiles("revrx_worker_task_wait_seconds"), unit="s"
        ),
        Panel(
            "Slots",
            "Tasks that the workers can run at once, and those that they run.",
            (
                Query(f"sum by (namespace, pool, group) (revrx_worker_slots{{{SELECTED}}})", f"{GROUP} slots"),
                Query(f"sum by (namespace, pool, group) (revrx_worker_running{{{SELECTED}}})", f"{GROUP} running"),
            ),
        ),
        Panel(
            "Reports",
            "Runs of reports a second, by what came of them.",
            (Query(_rate("revrx_reports_runs_total", "outcome"), "{{outcome}}"),),
            unit="ops",
        ),
        Panel(
            "Given up and cut short",
            "Reports that wait for a person, and runs that ended with their worker.",
            (
                Query(
                    f"max by (namespace, pool) (revrx_reports_failed{{{SELECTED}}})", "{{namespace}}/{{pool}} given up"
                ),
                Query(_increase("revrx_reports_interrupted_total", "namespace"), "{{namespace}} cut short"),
            ),
        ),
    ),
)

PAID_APIS = Row(
    "Paid APIs",
    (
        Panel(
            "Requests",
            "Requests a second, by what came of them.",
            (Query(_rate("revrx_reports_api_calls_total", "api, outcome"), "{{api}} {{outcome}}"),),
            unit="ops",
            width=6,
        ),
        Panel(
            "429s",
            "Requests that the API turned away, a second.",
            (Query(_rate("revrx_reports_api_calls_total", "api", f'{SELECTED}, outcome="api_throttled"'), "{{api}}"),),
            unit="ops",
            width=6,
        ),
        Panel(
            "Cost an hour",
            "In the unit of the prices that are set.",
            (Query(f"3600 * {_rate('revrx_reports_api_cost_total', 'api')}", "{{api}}"),),
            width=6,
        ),
        Panel(
            "Tokens",
            "Tokens paid for, a second.",
            (Query(_rate("revrx_reports_api_tokens_total", "api, direction"), "{{api}} {{direction}}"),),
            width=6,
        ),
    ),
)

OPERATOR = Row(
    "Operator",
    (
        Panel(
            "Leading",
            "Operators that act: one of each release.",
            (Query("sum by (namespace, lease) (revrx_leading)", "{{namespace}}/{{lease}}"),),
            kind="stat",
            width=4,
        ),
        Panel(
            "Lateness",
            "How late readings of Redis began.",
            _quantiles("revrx_tick_lateness_seconds", EVERYWHERE),
            unit="s",
            width=10,
        ),
        Panel(
            "Runs",
            "How long a run for a pool took.",
            _quantiles("revrx_reconcile_seconds", EVERYWHERE),
            unit="s",
            width=10,
        ),
        Panel(
            "Requests to the API server",
            "By method and answer, watches left out; 0 where there was none.",
            (Query(_rate("revrx_api_requests_total", "method, code", EVERYWHERE), "{{method}} {{code}}"),),
            unit="ops",
        ),
        Panel(
            "Errors",
            "Runs that failed and are tried again; a conflict means that somebody else was faster.",
            (Query(_rate("revrx_reconcile_errors_total", "cause", EVERYWHERE), "{{cause}}"),),
            unit="ops",
        ),
        Panel(
            "Requests to Redis",
            "Of each Redis, a second.",
            (Query(_rate("revrx_broker_round_trips_total", "redis", EVERYWHERE), "{{redis}}"),),
            unit="ops",
        ),
    ),
)

ROWS = (POOLS, TASKS, PAID_APIS, OPERATOR)
