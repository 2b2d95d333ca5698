"""What must hold between the fields of the resource."""

import re
from typing import Any

from revrx_operator.api.rule import Location, Rule

FROM_BROKER = ("CELERY_BROKER_URL", "REDIS_URL")
FROM_OPERATOR = (
    "CELERY_GLOBAL_KEYPREFIX",
    "ENABLE_CELERY",
    "FLOWER_BASIC_AUTH",
    "REVRX_BROKER_CA_FILE",
    "REVRX_HEARTBEAT_FILE",
    "REVRX_SENTINEL_MASTER",
    "REVRX_SENTINEL_PASSWORD",
)

SERVER = "[^/?#;]+(/[0-9]*)?([?][^;#]*)?"
REDIS_URL = f"^(rediss?://{SERVER}|sentinel://{SERVER}(;sentinel://{SERVER})*)$"
USERINFO = "//[^/?#;]*@"


def _begins(url: str | None, scheme: str) -> bool:
    return url is not None and url.startswith(scheme)


BROKER = (
    Rule(
        cel="has(self.url) != has(self.urlSecretRef)",
        holds=lambda broker: (broker.url is None) != (broker.url_secret_ref is None),
        field="",
        message="give exactly one of url and urlSecretRef",
    ),
    Rule(
        cel=f"!has(self.url) || self.url.matches('{REDIS_URL}')",
        holds=lambda broker: broker.url is None or re.fullmatch(REDIS_URL, broker.url) is not None,
        field="url",
        message="must be redis://HOST:PORT/DB, rediss://HOST:PORT/DB for TLS, or sentinel://HOST:PORT/DB for each "
        "Sentinel, joined by semicolons; the queues of Celery need one Redis server that other pods can reach, not a "
        "Redis Cluster and not a Unix socket",
    ),
    Rule(
        cel=f"!has(self.url) || !self.url.matches('{USERINFO}')",
        holds=lambda broker: broker.url is None or re.search(USERINFO, broker.url) is None,
        field="url",
        message="must not hold a user or password; put the whole URL into a Secret and name it in urlSecretRef",
    ),
    Rule(
        cel="!has(self.url) || !self.url.startsWith('sentinel://') || has(self.sentinel)",
        holds=lambda broker: not _begins(broker.url, "sentinel://") or broker.sentinel is not None,
        field="sentinel",
        message="required with a sentinel:// url; give the name of the master in sentinel.masterName",
    ),
    Rule(
        cel="!has(self.url) || self.url.startsWith('sentinel://') || !has(self.sentinel)",
        holds=lambda broker: broker.url is None or _begins(broker.url, "sentinel://") or broker.sentinel is None,
        field="sentinel",
        message="goes with a sentinel:// url only; name the Sentinels in url, or remove it",
    ),
    Rule(
        cel="!has(self.url) || !self.url.startsWith('redis://') || !has(self.caSecretRef)",
        holds=lambda broker: not _begins(broker.url, "redis://") or broker.ca_secret_ref is None,
        field="caSecretRef",
        message="is of no use without TLS; begin url with rediss://, or remove it",
    ),
)

WINDOW = (
    Rule(
        cel="has(self.minReplicas) || has(self.maxReplicas)",
        holds=lambda window: window.min_replicas is not None or window.max_replicas is not None,
        field="",
        message="changes nothing; give minReplicas, maxReplicas or both",
    ),
    Rule(
        cel="self.start != self.end",
        holds=lambda window: window.start != window.end,
        field="end",
        message="is the same as start, so the window never opens; give another moment",
    ),
    Rule(
        cel="!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",
        holds=lambda window: (
            None in (window.min_replicas, window.max_replicas) or window.min_replicas <= window.max_replicas
        ),
        field="minReplicas",
        message="{minReplicas} is above {maxReplicas}; lower it or raise maxReplicas",
    ),
)


def _out_of_bounds(scaling: Any, bound: str, name: str) -> Location:
    """Where the first window is whose bound is not within those of the group; empty where there is none."""
    for index, window in enumerate(scaling.windows):
        replicas = getattr(window, bound)
        if replicas is not None and not scaling.min_replicas <= replicas <= scaling.max_replicas:
            return (index, name)
    return ()


def _low_window(scaling: Any) -> Location:
    return _out_of_bounds(scaling, "min_replicas", "minReplicas")


def _high_window(scaling: Any) -> Location:
    return _out_of_bounds(scaling, "max_replicas", "maxReplicas")


SCALING = (
    Rule(
        cel="self.minReplicas <= self.maxReplicas",
        holds=lambda scaling: scaling.min_replicas <= scaling.max_replicas,
        field="minReplicas",
        message="{minReplicas} is above {maxReplicas}; lower it or raise maxReplicas",
    ),
    Rule(
        cel="!has(self.brokerFailure.replicas) || self.brokerFailure.replicas <= self.maxReplicas",
        holds=lambda scaling: (scaling.broker_failure.replicas or 0) <= scaling.max_replicas,
        field="brokerFailure.replicas",
        message="{brokerFailure.replicas} is above {maxReplicas}; lower it or raise maxReplicas",
    ),
    Rule(
        cel="!has(self.windows) || self.windows.all(w, !has(w.minReplicas)"
        " || (w.minReplicas >= self.minReplicas && w.minReplicas <= self.maxReplicas))",
        holds=lambda scaling: not _low_window(scaling),
        field="windows",
        entry=_low_window,
        message="the minReplicas of a window is not between {minReplicas} and {maxReplicas} of scaling; bring it there",
    ),
    Rule(
        cel="!has(self.windows) || self.windows.all(w, !has(w.maxReplicas)"
        " || (w.maxReplicas >= self.minReplicas && w.maxReplicas <= self.maxReplicas))",
        holds=lambda scaling: not _high_window(scaling),
        field="windows",
        entry=_high_window,
        message="the maxReplicas of a window is not between {minReplicas} and {maxReplicas} of scaling; bring it there",
    ),
)

WORKER_GROUP = (
    Rule(
        cel="self.pool != 'prefork' || self.softTimeLimitSeconds < self.timeLimitSeconds",
        holds=lambda group: group.pool != "prefork" or group.soft_time_limit_seconds < group.time_limit_seconds,
        field="softTimeLimitSeconds",
        message="{softTimeLimitSeconds} is not below {timeLimitSeconds}; lower it or raise timeLimitSeconds",
    ),
    Rule(
        cel="self.pool != 'prefork' || !has(self.terminationGracePeriodSeconds)"
        " || self.terminationGracePeriodSeconds > self.timeLimitSeconds",
        holds=lambda group: group.pool != "prefork" or group.grace_seconds > group.time_limit_seconds,
        field="terminationGracePeriodSeconds",
        message="{terminationGracePeriodSeconds} is not above {timeLimitSeconds}, so a task could be killed half done; "
        "raise it, or leave it out for timeLimitSeconds + 30",
    ),
    Rule(
        cel="self.pool == 'prefork' || has(self.terminationGracePeriodSeconds)",
        holds=lambda group: group.pool == "prefork" or group.termination_grace_period_seconds is not None,
        field="terminationGracePeriodSeconds",
        message="required with pool threads and solo, which have no time limits; give the longest task's seconds",
    ),
    Rule(
        cel="self.pool != 'solo' || self.concurrency == 1",
        holds=lambda group: group.pool != "solo" or group.concurrency == 1,
        field="concurrency",
        message="{concurrency} must be 1 with pool solo, which runs one task at a time",
    ),
    Rule(
        cel="self.pool != 'solo' || self.probes != 'Inspect'",
        holds=lambda group: group.pool != "solo" or group.probes != "Inspect",
        field="probes",
        message="must not be Inspect with pool solo, which answers nobody during a task; set Heartbeat or None",
    ),
)

FLOWER_NAME = "flower"
"""What stands in the place of a group's name in that of Flower's children."""

FLOWER = (
    Rule(
        cel="!self.enabled || has(self.basicAuthSecretRef)",
        holds=lambda flower: not flower.enabled or flower.basic_auth_secret_ref is not None,
        field="basicAuthSecretRef",
        message="required: whoever enters Flower can stop workers; name the Secret and the key that hold USER:PASSWORD",
    ),
)


def _contested_queue(spec: Any) -> Location:
    """Where a queue is named that an earlier group names already; empty where there is none."""
    owners: dict[str, int] = {}
    for number, group in enumerate(spec.workers):
        for index, queue in enumerate(group.queues):
            if owners.setdefault(queue, number) != number:
                return (number, "queues", index)
    return ()


POOL = (
    Rule(
        cel="self.workers.all(w, w.queues.all(q, self.workers.filter(other, q in other.queues).size() == 1))",
        holds=lambda spec: not _contested_queue(spec),
        field="workers",
        entry=_contested_queue,
        message="two worker groups name the same queue; a queue belongs to one group of a pool, remove it from one",
    ),
    Rule(
        cel=f"self.workers.all(w, w.name != '{FLOWER_NAME}')",
        holds=lambda spec: all(group.name != FLOWER_NAME for group in spec.workers),
        field="workers",
        message=f"a worker group is called {FLOWER_NAME}, as the Deployment of spec.flower is; rename the group",
    ),
    Rule(
        cel="!has(self.drainedGroups) || self.drainedGroups.all(name, self.workers.exists(w, w.name == name))",
        holds=lambda spec: {*spec.drained_groups} <= {group.name for group in spec.workers},
        field="drainedGroups",
        message="names a worker group that is not there; correct the name or remove it",
    ),
)

ENV_VAR = (
    Rule(
        cel=f"!(self.name in {list(FROM_BROKER)})",
        holds=lambda entry: entry["name"] not in FROM_BROKER,
        field="name",
        message=f"{' and '.join(FROM_BROKER)} come from spec.broker; remove them here",
    ),
    Rule(
        cel=f"!(self.name in {list(FROM_OPERATOR)})",
        holds=lambda entry: entry["name"] not in FROM_OPERATOR,
        field="name",
        message=f"{', '.join(FROM_OPERATOR)} are set by the operator; remove them here",
    ),
    Rule(
        cel="!(has(self.value) && has(self.valueFrom))",
        holds=lambda entry: not ("value" in entry and "valueFrom" in entry),
        field="",
        message="value and valueFrom exclude each other; remove one of them",
    ),
)

CHILD_NAME_MAX = 63


POOL_NAME_MAX_WITH_FLOWER = CHILD_NAME_MAX - len(f"-{FLOWER_NAME}")


def _names_fit(pool: Any) -> bool:
    name = pool["metadata"]["name"]
    return all(len(f"{name}-{group['name']}") <= CHILD_NAME_MAX for group in pool["spec"]["workers"])


def _flowers_name_fits(pool: Any) -> bool:
    enabled = pool["spec"].get("flower", {}).get("enabled", False)
    return not enabled or len(pool["metadata"]["name"]) <= POOL_NAME_MAX_WITH_FLOWER


RESOURCE = (
    Rule(
        cel="!self.metadata.name.contains('.')",
        holds=lambda pool: "." not in pool["metadata"]["name"],
        field="metadata.name",
        message="must have no dots: it is part of the host names of the workers",
    ),
    Rule(
        cel=f"self.spec.workers.all(w, size(self.metadata.name) + 1 + size(w.name) <= {CHILD_NAME_MAX})",
        holds=_names_fit,
        field="metadata.name",
        message=f"too long: a worker group is called POOL-GROUP, at most {CHILD_NAME_MAX} characters; "
        "shorten this name or the name of the group",
    ),
    Rule(
        cel=f"!self.spec.flower.enabled || size(self.metadata.name) <= {POOL_NAME_MAX_WITH_FLOWER}",
        holds=_flowers_name_fits,
        field="metadata.name",
        message=f"too long: Flower is called POOL-{FLOWER_NAME}, at most {CHILD_NAME_MAX} characters; "
        "shorten this name",
    ),
)
