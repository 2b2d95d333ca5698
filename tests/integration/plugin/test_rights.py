"""The role that the chart makes for users, on a real API server: enough for each command, and not for more."""

from pathlib import Path

import pytest

from tests.e2e.kubectl import KubectlError
from tests.integration.plugin.conftest import Place
from tests.rendering import NAMESPACE, by_name, render

ROLE = f"{NAMESPACE}-revrx-worker-user"


@pytest.fixture
def user(place: Place, tmp_path: Path) -> Place:
    """Somebody who has that role where the pools are, and no other."""
    place.kubectl.apply(by_name(render({"rbac": {"userRoles": True}}))["ClusterRole", ROLE])
    user = place.as_user(tmp_path)
    account = f"--serviceaccount={place.namespace}:user"
    place.kubectl("create", "rolebinding", "users", f"--clusterrole={ROLE}", account)
    return user


@pytest.mark.usefixtures("node")
def test_every_command_is_allowed(place: Place, user: Place) -> None:
    place.pool()
    place.worker("reports-worker-1")

    for command in (("top",), ("top", "reports"), ("pause",), ("drain", "--no-wait"), ("resume",)):
        name, *options = command
        ended = user.revrx(name, *(options if name == "top" else ["reports", *options]))
        assert ended.exit_code == 0, ended.stderr
    for command in (("failed",), ("requeue", "--all")):
        name, *options = command
        assert "you may not" not in user.revrx(name, "reports", *options).stderr


@pytest.mark.parametrize("right", ["create rwp", "delete rwp", "get secrets", "create pods", "delete pods"])
def test_nothing_else_is(user: Place, right: str) -> None:
    somebody = f"--as=system:serviceaccount:{user.namespace}:user"

    assert user.kubectl("auth", "can-i", "patch", "rwp", somebody).strip() == "yes"
    with pytest.raises(KubectlError, match=r"\bno\b"):
        user.kubectl("auth", "can-i", *right.split(), somebody)
