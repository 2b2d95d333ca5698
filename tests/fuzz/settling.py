"""Bringing a spec whose fields are each for themselves as they should be under the rules between them."""

import re
from typing import Any

from revrx_operator.api import rules
from revrx_operator.api.windows import FIVE_FIELDS, ZONE_NAME

Spec = dict[str, Any]


def settled(spec: Spec) -> Spec:
    """The spec, changed in place so that it breaks no rule."""
    _settle_broker(spec["broker"])
    spec["app"] = "app.celery_app"
    spec["env"] = [_settled_entry(entry) for entry in spec.get("env", []) if entry["name"] not in RESERVED]
    taken: set[str] = set()
    for number, group in enumerate(spec["workers"]):
        group["queues"] = _own_queues(group["queues"], taken, number)
        _settle_limits(group)
        _settle_scaling(group.get("scaling", {}))
        group["name"] = "workers" if group["name"] == rules.FLOWER_NAME else group["name"]
    names = {group["name"] for group in spec["workers"]}
    spec["drainedGroups"] = sorted(names.intersection(spec.get("drainedGroups", [])))
    _settle_flower(spec.get("flower", {}))
    return spec


def _settle_flower(flower: Spec) -> None:
    if "basicAuthSecretRef" not in flower:
        flower["enabled"] = False


RESERVED = {*rules.FROM_BROKER, *rules.FROM_OPERATOR}
URL = "redis://127.0.0.1:1/0"


def _settle_broker(broker: Spec) -> None:
    if "urlSecretRef" in broker:
        broker.pop("url", None)
        broker.pop("sentinel", None)
        broker.pop("caSecretRef", None)
        return
    url = broker.get("url", URL)
    if not re.fullmatch(rules.REDIS_URL, url) or re.search(rules.USERINFO, url):
        url = URL
    broker["url"] = url
    if url.startswith("sentinel"):
        broker["sentinel"] = {"masterName": "reports"}
    else:
        broker.pop("sentinel", None)
    if url.startswith("redis:"):
        broker.pop("caSecretRef", None)


def _settled_entry(entry: Spec) -> Spec:
    if "valueFrom" in entry:
        entry.pop("value", None)
    return entry


def _own_queues(queues: list[str], taken: set[str], number: int) -> list[str]:
    own = [queue for queue in queues if queue not in taken and re.fullmatch(r"[^\s,\x00-\x1f\x7f-\x9f]+", queue)]
    taken.update(own)
    return own or [f"queue-{number}"]


def _settle_limits(group: Spec) -> None:
    if group.get("pool", "prefork") == "prefork":
        hard = max(2, group.get("timeLimitSeconds", 300))
        group["timeLimitSeconds"] = hard
        group["softTimeLimitSeconds"] = min(hard - 1, group.get("softTimeLimitSeconds", 240))
        if "terminationGracePeriodSeconds" in group:
            group["terminationGracePeriodSeconds"] = max(hard + 1, group["terminationGracePeriodSeconds"])
    else:
        group.setdefault("terminationGracePeriodSeconds", 60)
    if group.get("pool") == "solo":
        group["concurrency"] = 1
        group["probes"] = "None"


def _settle_scaling(scaling: Spec) -> None:
    least, most = sorted((scaling.get("minReplicas", 2), scaling.get("maxReplicas", 10)))
    scaling["minReplicas"], scaling["maxReplicas"] = least, max(1, most)
    if "replicas" in (failure := scaling.get("brokerFailure", {})):
        failure["replicas"] = min(failure["replicas"], scaling["maxReplicas"])
    for window in scaling.get("windows", []):
        _settle_hours(window)
        window["minReplicas"] = least
        window["maxReplicas"] = scaling["maxReplicas"]


def _settle_hours(window: Spec) -> None:
    """They look as they should; whether there are such moments and zones only the operator knows."""
    for field, other in (("start", "0 8 * * 1-5"), ("end", "0 18 * * 1-5")):
        if not re.fullmatch(FIVE_FIELDS, window[field]):
            window[field] = other
    if window["start"] == window["end"]:
        window["end"] = "30 23 * * *"
    if not re.fullmatch(ZONE_NAME, window.get("timeZone", "UTC")):
        window["timeZone"] = "Europe/Berlin"
