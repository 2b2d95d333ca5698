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


def whole(**fields: Any) -> dict[str, Any]:
    """A valid resource but for the given fields."""
    top = {"apiVersion": "revrx.io/v1alpha1", "kind": "ReportWorkerPool", "metadata": {"name": "reports"}}
    return {**top, **SMALLEST, **fields}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"spec": None}, "spec: required, and not there"),
        ({"spec": []}, "spec: [] should be an object of fields and values"),
        ({"specs": {}}, "specs: unknown field; check its spelling and where it belongs"),
        ({"status": {"nonsense": None}}, "status.nonsense: unknown field; check its spelling and where it belongs"),
        ({"apiVersion": "revrx.io/v1"}, "apiVersion: must be revrx.io/v1alpha1"),
        ({"metadata": "reports"}, 'metadata: "reports" should be an object of fields and values'),
        ({"metadata": {"name": "reports", "label": None}}, "metadata.label: unknown field"),
        ({"metadata": {"name": "Reports"}}, "metadata.name: must be at most 253 lower case letters"),
        ({"metadata": {"name": "a", "namespace": "a.b"}}, "metadata.namespace: must be at most 63 lower case letters"),
        ({"metadata": {"name": "a", "labels": {"a": "b c"}}}, "metadata.labels: has a value that no label may have"),
        ({"metadata": {"name": "a", "labels": {"a b": "c"}}}, "metadata.labels: has a key that is none such as app"),
        ({"metadata": {"name": "a", "annotations": {"a": "b" * 2**18}}}, "metadata.annotations: is too long"),
    ],
    ids=lambda case: case[:40] if isinstance(case, str) else "",
)
def test_what_is_wrong_outside_the_spec_is_told(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidSpec) as refusal:
        parse_pool(whole(**fields))
    assert any(line.startswith(told) for line in refusal.value.errors)


def test_faults_of_metadata_and_spec_are_told_together() -> None:
    with pytest.raises(InvalidSpec) as refusal:
        parse_pool(whole(metadata={}, spec={**SMALLEST["spec"], "paused": "yes"}))
    assert [fault.field for fault in refusal.value.faults] == ["metadata.name", "spec.paused"]


def test_a_null_in_place_of_a_field_is_as_if_it_were_not_there() -> None:
    """The API server drops it, as the design's own ``replicas: null`` has it."""
    scaling = {"minReplicas": None, "maxWaitSeconds": None, "brokerFailure": {"replicas": None}, "windows": None}
    group = {"name": "worker", "queues": ["reports"], "concurrency": None, "scaling": scaling, "podTemplate": None}

    spec = parse_pool(whole(spec={**SMALLEST["spec"], "env": None, "workers": [group]}))

    assert (spec.workers[0].concurrency, spec.workers[0].scaling.min_replicas, spec.env) == (4, 2, [])


def test_a_null_in_a_pod_template_is_kept_for_it_deletes_a_field() -> None:
    group = {"name": "worker", "queues": ["reports"], "podTemplate": {"spec": {"nodeSelector": None}}}

    assert parse_pool(whole(spec={**SMALLEST["spec"], "workers": [group]})).workers[0].pod_template == {
        "spec": {"nodeSelector": None}
    }


def test_a_null_in_a_list_is_an_entry_of_the_wrong_type() -> None:
    with pytest.raises(InvalidSpec, match=r"spec\.workers\[0\]: null should be an object"):
        parse_pool(whole(spec={**SMALLEST["spec"], "workers": [None]}))


def test_a_whole_number_may_be_written_with_a_point() -> None:
    group = {"name": "worker", "queues": ["reports"], "concurrency": 4.0, "resources": {"limits": {"cpu": 2.0}}}

    parsed = parse_pool(whole(spec={**SMALLEST["spec"], "workers": [group]})).workers[0]

    assert (parsed.concurrency, parsed.resources["limits"]) == (4, {"cpu": 2})


def test_a_generated_name_has_to_leave_room_for_the_group() -> None:
    parse_pool(whole(metadata={"generateName": "p" * 51}))
    with pytest.raises(InvalidSpec, match=r"metadata\.name: too long"):
        parse_pool(whole(metadata={"generateName": "p" * 52}))
