from pathlib import Path

import pytest

from tools.kind import tools
from tools.kind.report import KindError
from tools.kind.versions import Version, parse, within_one_minor


def program(directory: Path, name: str, prints: str) -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\necho '{prints}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0", (1, 32, 4)),
        ("kind v0.33.0 go1.26.8 linux/amd64", (0, 33, 0)),
        ("go1.26", (1, 26, 0)),
        ("v4.3+gabc", (4, 3, 0)),
        ("no version", None),
    ],
)
def test_a_version_is_found_in_what_tools_print(text: str, version: Version | None) -> None:
    assert parse(text) == version


def test_a_client_fits_one_minor_below_and_above() -> None:
    assert [minor for minor in range(34, 41) if within_one_minor((1, minor, 9), (1, 37, 2))] == [36, 37, 38]
    assert not within_one_minor((2, 37, 2), (1, 37, 2))


def test_an_old_kubectl_on_path_is_passed_over_for_one_that_fits(tmp_path: Path) -> None:
    program(tmp_path / "old", "kubectl", "Client Version: v1.32.4")
    fit = program(tmp_path / "new", "kubectl", "Client Version: v1.36.0")
    assert tools.on_path(tools.ON_PATH["kubectl"], f"{tmp_path}/old:{tmp_path}/new") == fit


def test_nothing_is_taken_from_path_when_nothing_fits(tmp_path: Path) -> None:
    program(tmp_path, "kubectl", "Client Version: v1.32.4")
    assert tools.on_path(tools.ON_PATH["kubectl"], str(tmp_path)) is None


def test_a_helm_of_version_3_serves_as_helm3_and_not_as_helm(tmp_path: Path) -> None:
    helm = program(tmp_path, "helm", "v3.19.0+g1234")
    assert tools.on_path(tools.ON_PATH["helm3"], str(tmp_path)) == helm
    assert tools.on_path(tools.ON_PATH["helm"], str(tmp_path)) is None


def test_a_promtool_of_another_major_version_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "old", "promtool", "promtool, version 2.53.3+ds1 (branch: debian/sid)")
    fit = program(tmp_path / "new", "promtool", "promtool, version 3.5.0 (branch: HEAD)")
    assert tools.on_path(tools.ON_PATH["promtool"], f"{tmp_path}/old:{tmp_path}/new") == fit


def test_an_unknown_tool_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(KindError, match="no tool 'helm5'; there are kind, kubectl, helm, docker-compose, helm3, "):
        tools.tool("helm5")
