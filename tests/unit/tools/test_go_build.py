from typing import Any

from tools.kind import go_build, pins


def go_mod(module: str, *replaces: tuple[str, dict[str, str]]) -> dict[str, Any]:
    return {"Module": {"Path": module}, "Replace": [{"Old": {"Path": old}, "New": new} for old, new in replaces]}


def test_a_replace_by_another_version_is_repeated() -> None:
    etcd = go_mod("go.etcd.io/x", ("a.org/b", {"Path": "c.org/d", "Version": "v1.2.3"}))
    assert go_build.replacements(etcd, "v9.9.9") == ["a.org/b=c.org/d@v1.2.3"]


def test_a_staging_directory_of_kubernetes_becomes_the_module_that_is_published_from_it() -> None:
    kubernetes = go_mod("k8s.io/kubernetes", ("k8s.io/api", {"Path": "./staging/src/k8s.io/api"}))
    assert go_build.replacements(kubernetes, "v1.37.2") == ["k8s.io/api=k8s.io/api@v0.37.2"]


def test_a_directory_of_any_other_module_cannot_be_had_and_is_left_out() -> None:
    assert go_build.replacements(go_mod("a.org/b", ("a.org/c", {"Path": "./c"})), "v1.0.0") == []


def test_a_module_without_replaces_needs_none() -> None:
    assert go_build.replacements({"Module": {"Path": "a.org/b"}, "Replace": None}, "v1.0.0") == []


def test_the_linker_is_told_the_version() -> None:
    flags = go_build.link_flags(pins.BY_NAME["helm"])
    assert flags.startswith("-s -w ")
    assert f"-X helm.sh/helm/v4/internal/version.version={pins.BY_NAME['helm'].version}" in flags
