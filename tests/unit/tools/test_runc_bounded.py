import pytest

from tools.kind import runc_bounded


def test_the_missing_capability_is_dropped_from_every_set_and_no_other() -> None:
    config = {
        "ociVersion": "1.0.2",
        "process": {"args": ["sh"], "capabilities": {"bounding": ["CAP_CHOWN", "CAP_SYS_RESOURCE"], "ambient": []}},
    }
    assert runc_bounded.strip_bundle(config) == {
        "ociVersion": "1.0.2",
        "process": {"args": ["sh"], "capabilities": {"bounding": ["CAP_CHOWN"], "ambient": []}},
    }


def test_a_process_without_capabilities_stays_without() -> None:
    assert runc_bounded.strip_process({"args": ["sh"]})["capabilities"] == {}


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (["--root", "/run", "create", "--bundle", "/b", "id"], "/b"),
        (["create", "-b", "/b", "id"], "/b"),
        (["create", "--bundle=/b", "id"], "/b"),
        (["state", "id"], None),
    ],
)
def test_the_bundle_is_found_as_runc_is_told_it(arguments: list[str], value: str | None) -> None:
    assert runc_bounded.option(arguments, "--bundle", "-b") == value
