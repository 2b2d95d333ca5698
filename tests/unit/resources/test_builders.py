from pathlib import Path
from typing import Any

import pytest
import yaml

from revrx_operator.api.validation import parse_spec
from revrx_operator.resources.deployment import build_deployment
from revrx_operator.resources.flower import build_flower
from revrx_operator.resources.hpa import build_hpa
from revrx_operator.resources.names import child_name
from revrx_operator.resources.pdb import build_pdb
from revrx_operator.resources.service import build_flower_service

DATA = Path(__file__).parent / "data"
Object = dict[str, Any]


def read_pool(name: str) -> Object:
    return yaml.safe_load((DATA / "input" / f"{name}.yaml").read_text())  # type: ignore[no-any-return]


def children(pool: Object) -> list[Object]:
    spec = parse_spec(pool["spec"])
    flowers = [build_flower(pool, spec), build_flower_service(pool)] if spec.flower.enabled else []
    return flowers + [
        child
        for group in spec.workers
        for child in (
            build_deployment(pool, spec, group),
            build_hpa(
                pool,
                group,
                child_name(pool["metadata"]["name"], group.name),
                min_replicas=group.scaling.min_replicas,
                max_replicas=group.scaling.max_replicas,
                may_raise=not spec.paused,
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


def built_hpa(*, min_replicas: int = 2, max_replicas: int = 10, may_raise: bool = True) -> Object:
    """The spec of an HPA of the full pool."""
    pool = read_pool("full")
    hpa = build_hpa(
        pool,
        parse_spec(pool["spec"]).workers[0],
        "revrx-celery-worker",
        min_replicas=min_replicas,
        max_replicas=max_replicas,
        may_raise=may_raise,
    )
    return dict(hpa["spec"])


@pytest.mark.parametrize(("wanted", "written"), [(2, 2), (0, 1)])
def test_the_minimum_of_the_hpa_is_at_least_one(wanted: int, written: int) -> None:
    assert built_hpa(min_replicas=wanted)["minReplicas"] == written


def test_the_maximum_of_the_hpa_is_the_one_in_force() -> None:
    assert built_hpa(max_replicas=14)["maxReplicas"] == 14


@pytest.mark.parametrize(("may_raise", "policy"), [(False, "Disabled"), (True, "Max")])
def test_the_hpa_never_lowers_and_raises_only_where_it_may(may_raise: bool, policy: str) -> None:
    behavior = built_hpa(may_raise=may_raise)["behavior"]
    assert behavior == {"scaleDown": {"selectPolicy": "Disabled"}, "scaleUp": {"selectPolicy": policy}}


def test_a_solo_worker_may_be_silent_for_as_long_as_its_longest_task() -> None:
    group = {"name": "a", "queues": ["q"], "pool": "solo", "concurrency": 1, "terminationGracePeriodSeconds": 3600}
    pool = read_pool("smallest")
    spec = parse_spec(pool["spec"] | {"workers": [group]})
    container = build_deployment(pool, spec, spec.workers[0])["spec"]["template"]["spec"]["containers"][0]
    assert container["livenessProbe"]["exec"]["command"][2:4] == ["-mmin", "+60"]
