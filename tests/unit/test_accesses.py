import json
from typing import Any

from tests.fixtures.accesses import Access, audited, granted

OPERATOR = "system:serviceaccount:revrx:revrx-worker"


def line(verb: str, resource: str, *, user: str = OPERATOR, decision: str = "allow", **more: Any) -> str:
    group, _, plural = resource.rpartition("/")
    return json.dumps(
        {
            "verb": verb,
            "user": {"username": user},
            "objectRef": {"resource": plural, **({"apiGroup": group} if group else {})} | more.pop("reference", {}),
            "requestReceivedTimestamp": more.pop("at", "2026-01-01T12:00:00.000000Z"),
            "annotations": {"authorization.k8s.io/decision": decision},
            "responseStatus": {"code": more.pop("code", 200)},
        }
    )


def test_each_verb_on_each_kind_is_told_once() -> None:
    lines = [line("list", "pods"), line("list", "pods"), line("watch", "apps/deployments")]
    assert audited(lines, OPERATOR)[0] == {Access("list", "", "pods"), Access("watch", "apps", "deployments")}


def test_an_apply_that_makes_its_object_needs_the_right_to_create() -> None:
    allowed, _ = audited([line("patch", "apps/deployments", code=201)], OPERATOR)
    assert allowed == {Access("patch", "apps", "deployments"), Access("create", "apps", "deployments")}


def test_a_subresource_is_not_its_object() -> None:
    allowed, _ = audited([line("patch", "revrx.io/reportworkerpools", reference={"subresource": "status"})], OPERATOR)
    assert allowed == {Access("patch", "revrx.io", "reportworkerpools/status")}


def test_what_was_refused_is_told_apart() -> None:
    allowed, refused = audited([line("list", "secrets", decision="forbid", code=403)], OPERATOR)
    assert (allowed, refused) == (set(), {Access("list", "", "secrets")})


def test_others_and_what_was_before_do_not_count() -> None:
    lines = [line("get", "secrets", user="somebody"), line("get", "secrets", at="2026-01-01T11:59:59.999999Z")]
    assert audited(lines, OPERATOR, since="2026-01-01T12:00:00.000000Z") == (set(), set())


def test_a_request_that_is_about_no_kind_is_passed_over() -> None:
    event = json.loads(line("get", "pods"))
    del event["objectRef"]
    assert audited([json.dumps(event)], OPERATOR) == (set(), set())


def test_a_rule_grants_each_verb_on_each_of_its_kinds() -> None:
    rules = [{"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["get", "list"]}]
    assert len(granted(rules)) == 4
    assert Access("list", "apps", "replicasets") in granted(rules)
