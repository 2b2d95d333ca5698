from pathlib import Path
from typing import Any

import pytest
import yaml

from revrx_operator.api.validation import parse_spec
from revrx_operator.resources.deployment import build_deployment
from revrx_operator.resources.hpa import build_hpa
from revrx_operator.resources.names import child_name
from revrx_operator.resources.pdb import build_pdb

DATA = Path(__file__).parent / "data"
Object = dict[str, Any]


def read_pool(name: str) -> Object:
    return yaml.safe_load((DATA / "input" / f"{name}.yaml").read_text())  # type: ignore[no-any-return]


def children(pool: Object) -> list[Object]:
    spec = parse_spec(pool["spec"])
    return [
        child
        for group in spec.workers
        for child in (
            build_deployment(pool, spec, group),
            build_hpa(
                pool,
                group,
                group.scaling.min_replicas,
                group.scaling.max_replicas,
                not spec.paused,
                child_name(pool["metadata"]["name"], group.name),
            ),
            build_pdb(pool, group),
        )
    ]


@pytest.mark.parametrize("name", sorted(file.stem for file in (DATA / "input").iterdir()))
def test_a_pool_becomes_these_children(name: str) -> None:
    assert children(read_pool(name)) == list(yaml.safe_load_all((DATA / "output" / f"{name}.yaml").read_text()))


def test_defaults_are_the_numbers_of_the_guide() -> None:
    def without_env(objects: list[Object]) -> list[Object]:
        objects[0]["spec"]["template"]["spec"]["containers"][0].pop("env")
        return objects

    assert without_env(children(read_pool("smallest"))) == without_env(children(read_pool("full")))


def test_only_a_new_deployment_carries_its_replicas() -> None:
    pool = read_pool("full")
    spec = parse_spec(pool["spec"])
    assert "replicas" not in build_deployment(pool, spec, spec.workers[0])["spec"]
    assert build_deployment(pool, spec, spec.workers[0], replicas=0)["spec"]["replicas"] == 0


def test_the_maximum_of_the_hpa_is_the_one_in_force() -> None:
    pool = read_pool("full")
    group = parse_spec(pool["spec"]).workers[0]
    assert build_hpa(pool, group, 2, 14, True, "revrx-celery-worker")["spec"]["maxReplicas"] == 14


@pytest.mark.parametrize(("may_raise", "policy"), [(False, "Disabled"), (True, "Max")])
def test_the_hpa_never_lowers_and_raises_only_where_it_may(may_raise: bool, policy: str) -> None:
    pool = read_pool("full")
    group = parse_spec(pool["spec"]).workers[0]
    behavior = build_hpa(pool, group, 2, 10, may_raise, "revrx-celery-worker")["spec"]["behavior"]
    assert behavior == {"scaleDown": {"selectPolicy": "Disabled"}, "scaleUp": {"selectPolicy": policy}}


def test_a_solo_worker_may_be_silent_for_as_long_as_its_longest_task() -> None:
    group = {"name": "a", "queues": ["q"], "pool": "solo", "concurrency": 1, "terminationGracePeriodSeconds": 3600}
    pool = read_pool("smallest")
    spec = parse_spec(pool["spec"] | {"workers": [group]})
    container = build_deployment(pool, spec, spec.workers[0])["spec"]["template"]["spec"]["containers"][0]
    assert container["livenessProbe"]["exec"]["command"][2:4] == ["-mmin", "+60"]
