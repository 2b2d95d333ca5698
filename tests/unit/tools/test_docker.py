import json

import pytest

from tools.kind import docker_engine
from tools.kind.docker_client import Client, choose

OLD = Client("/usr/bin/docker", "Docker version 20.10.24+dfsg1, build 297e128", buildx=False)
NEW = Client("/usr/local/bin/docker", "Docker version 28.2.2, build e6534b4", buildx=False)
NEW_WITH_BUILDX = Client("/opt/bin/docker", "Docker version 28.2.2, build e6534b4", buildx=True)


@pytest.mark.parametrize(
    ("on_path", "chosen"),
    [
        ([NEW, OLD], OLD),  # a new client without its plugin cannot build with BuildKit, the old one can
        ([NEW_WITH_BUILDX, OLD], NEW_WITH_BUILDX),
        ([NEW], NEW),
        ([], None),
    ],
)
def test_the_first_client_that_can_build_is_called(on_path: list[Client], chosen: Client | None) -> None:
    assert choose(on_path) == chosen


@pytest.mark.parametrize(("bounding", "lacks"), [("000001fffeffffff", True), ("000001ffffffffff", False)])
def test_the_wrapper_is_wanted_only_where_the_bounding_set_lacks_sys_resource(bounding: str, lacks: bool) -> None:
    assert docker_engine.lacks_sys_resource(f"CapEff:\t000001ffffffffff\nCapBnd:\t{bounding}\n") is lacks


def test_registering_the_wrapper_keeps_what_docker_was_told_before() -> None:
    before = json.dumps({"data-root": "/srv/docker", "runtimes": {"crun": {"path": "/usr/bin/crun"}}})
    after = json.loads(docker_engine.with_wrapper(before))
    assert after["data-root"] == "/srv/docker"
    assert set(after["runtimes"]) == {"crun", "bounded"}
    assert after["default-runtime"] == "bounded"


def test_registering_the_wrapper_twice_changes_nothing() -> None:
    once = docker_engine.with_wrapper("")
    assert docker_engine.with_wrapper(once) == once
