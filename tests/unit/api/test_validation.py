from pathlib import Path
from typing import Any

import pytest
import yaml

from revrx_operator.api.validation import InvalidSpec, parse_pool, parse_spec

REFUSED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data/refused.yaml").read_text())
SMALLEST: dict[str, Any] = {
    "spec": {
        "image": "revrx/worker:latest",
        "broker": {"url": "redis://redis:6379/0"},
        "workers": [{"name": "worker", "queues": ["reports"]}],
    }
}


LONGEST_NAME = "p" * (63 - len("-worker"))


def merged(base: Any, patch: Any) -> Any:
    """JSON merge patch, RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_broken_spec_is_told_by_field_and_cure(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec) as refusal:
        parse_spec(merged(SMALLEST, case["patch"])["spec"])
    assert list(refusal.value.errors) == case["told"]


@pytest.mark.parametrize(
    "broker",
    [
        {"url": "redis://redis"},
        {"url": "rediss://redis.example:6379/15?ssl_cert_reqs=required"},
        {"url": "rediss://[fd00::7]:6379", "caSecretRef": {"name": "redis-tls", "key": "ca.crt"}},
        {"url": "sentinel://one:26379/0;sentinel://two:26379/0", "sentinel": {"masterName": "reports"}},
        {"urlSecretRef": {"name": "redis", "key": "url"}, "sentinel": {"masterName": "reports"}},
    ],
    ids=lambda broker: broker.get("url", "in a Secret"),
)
def test_every_way_to_enter_a_redis_is_taken(broker: dict[str, Any]) -> None:
    assert parse_spec(SMALLEST["spec"] | {"broker": broker}).broker.priority_steps == [0, 3, 6, 9]


def test_every_fault_is_told_at_once() -> None:
    scaling = {"minReplicas": 5, "maxReplicas": 3, "brokerFailure": {"replicas": 4}}
    broken = {"workers": [{"name": "a", "queues": ["q"], "scaling": scaling}], "broker": {}}
    with pytest.raises(InvalidSpec) as refusal:
        parse_spec(SMALLEST["spec"] | broken)
    assert len(refusal.value.errors) == 3
    assert str(refusal.value) == "; ".join(refusal.value.errors)


def test_a_long_value_is_shown_in_part() -> None:
    with pytest.raises(InvalidSpec) as refusal:
        parse_spec(SMALLEST["spec"] | {"image": "no spaces, please " * 100})
    assert len(refusal.value.errors[0]) < 200


def test_image_broker_and_one_named_worker_with_a_queue_are_enough() -> None:
    spec = parse_spec(SMALLEST["spec"])
    (group,) = spec.workers
    assert (spec.app, spec.image_pull_policy, spec.paused) == ("app.celery_app", "IfNotPresent", False)
    assert (group.concurrency, group.pool, group.prefetch_multiplier) == (4, "prefork", 2)
    assert (group.time_limit_seconds, group.soft_time_limit_seconds, group.grace_seconds) == (300, 240, 330)
    assert (group.scaling.min_replicas, group.scaling.max_replicas) == (2, 10)
    assert group.resources["requests"] == {"cpu": "500m", "memory": "1Gi"}


def test_the_grace_period_follows_the_hard_limit() -> None:
    group = {"name": "worker", "queues": ["reports"], "timeLimitSeconds": 900}
    spec = parse_spec(SMALLEST["spec"] | {"workers": [group]})
    assert spec.workers[0].grace_seconds == 930


def test_limits_do_not_bind_the_grace_period_of_threads() -> None:
    group = {"name": "worker", "queues": ["reports"], "pool": "threads", "terminationGracePeriodSeconds": 60}
    spec = parse_spec(SMALLEST["spec"] | {"workers": [group]})
    assert spec.workers[0].grace_seconds == 60


@pytest.mark.parametrize(
    "url",
    ["redis://redis:6379/0", "rediss://redis.example.com:6380/1?ssl_cert_reqs=required", "redis://r/0?client=a@b"],
)
def test_a_redis_url_without_userinfo_is_taken(url: str) -> None:
    assert parse_spec(SMALLEST["spec"] | {"broker": {"url": url}}).broker.url == url


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({}, "metadata.name: required"),
        ({"name": "a.b"}, "metadata.name: must have no dots"),
        ({"name": f"{LONGEST_NAME}p"}, "metadata.name: too long"),
    ],
)
def test_a_pool_whose_name_its_children_cannot_bear_is_refused(metadata: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidSpec, match=told):
        parse_pool({"metadata": metadata, **SMALLEST})


def test_a_child_may_have_a_name_of_63_characters() -> None:
    assert parse_pool({"metadata": {"name": LONGEST_NAME}, **SMALLEST}).image == "revrx/worker:latest"


@pytest.mark.parametrize(("length", "refused"), [(56, False), (57, True)])
def test_flower_has_a_name_of_63_characters_at_most(length: int, refused: bool) -> None:
    flower = {"enabled": True, "basicAuthSecretRef": {"name": "s", "key": "k"}}
    workers = [{"name": "w", "queues": ["q"]}]
    pool = {"metadata": {"name": "p" * length}, "spec": SMALLEST["spec"] | {"workers": workers, "flower": flower}}

    if not refused:
        assert parse_pool(pool).flower.enabled
        return
    with pytest.raises(InvalidSpec, match=r"metadata.name: too long: Flower is called POOL-flower"):
        parse_pool(pool)


def window(**fields: Any) -> dict[str, Any]:
    """A spec whose only window is a valid one but for the given fields."""
    bounds = {"start": "0 8 * * 1-5", "end": "0 18 * * 1-5", "timeZone": "Europe/Berlin", "minReplicas": 5}
    group = {"name": "worker", "queues": ["reports"], "scaling": {"windows": [bounds | fields]}}
    return {**SMALLEST["spec"], "workers": [group]}


@pytest.mark.parametrize("moment", ["60 8 * * *", "0 24 * * *", "0 0 30 2 *", "0 0 * * FRIDAY", "*/0 * * * *"])
def test_a_moment_that_never_comes_is_told(moment: str) -> None:
    with pytest.raises(InvalidSpec) as refusal:
        parse_spec(window(start=moment))
    (told,) = refusal.value.errors
    assert told.startswith("spec.workers[0].scaling.windows[0].start: names a moment that never comes")


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Europe", "CEST"])
def test_an_unknown_time_zone_is_told(zone: str) -> None:
    with pytest.raises(InvalidSpec) as refusal:
        parse_spec(window(timeZone=zone))
    (told,) = refusal.value.errors
    assert told.startswith("spec.workers[0].scaling.windows[0].timeZone: is no time zone of the IANA database")


@pytest.mark.parametrize("moment", ["0 8 * * 1-5", "*/15 0-6,22,23 1 JAN,jul MON", "0 0 29 2 *", "0 18 L * *"])
def test_what_cron_knows_is_taken(moment: str) -> None:
    assert parse_spec(window(start=moment)).workers[0].scaling.windows[0].start == moment


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+3", "America/Argentina/Buenos_Aires", "America/Port-au-Prince"])
def test_a_time_zone_is_taken_by_its_iana_name(zone: str) -> None:
    assert parse_spec(window(timeZone=zone)).workers[0].scaling.windows[0].time_zone == zone


def test_a_line_break_after_a_moment_is_no_part_of_it() -> None:
    with pytest.raises(InvalidSpec):
        parse_spec(window(start="0 8 * * 1-5\n"))
