import pytest

from revrx_operator.api.validation import parse_spec
from revrx_operator.model import Reason
from revrx_operator.observe.flower import login_fault
from revrx_operator.observe.secrets import Secrets

SPEC = {
    "image": "i",
    "broker": {"url": "redis://redis:6379"},
    "workers": [{"name": "worker", "queues": ["reports"]}],
    "flower": {"enabled": True, "basicAuthSecretRef": {"name": "shop", "key": "flower"}},
}


def fault(secrets: Secrets) -> Reason | None:
    return login_fault("shop", parse_spec(SPEC), secrets)


@pytest.mark.parametrize("login", ["me:secret", "me:s:e:c", "me:secret,you:too", "me:!$%&/()=?"])
def test_users_with_a_password_may_enter(login: str) -> None:
    assert fault({"shop": {"flower": login}}) is None


@pytest.mark.parametrize(
    "login",
    [
        "",
        ",",
        "me:hunter2,",
        "me",
        "me:",
        ":hunter2",
        "me:hunter2\n",
        "me: hunter2",
        "me:hunter2, you:too",
        "mé:hunter2",
    ],
)
def test_a_login_that_lets_in_everybody_or_nobody_is_told_without_its_password(login: str) -> None:
    told = fault({"shop": {"flower": login}})

    assert told is not None
    assert told.code == "LoginInvalid"
    assert "Secret shop in namespace shop must hold USER:PASSWORD in its key flower" in told.message
    assert "hunter2" not in told.message


@pytest.mark.parametrize(
    ("secrets", "message"),
    [
        ({"shop": None}, "Secret shop does not exist in namespace shop; spec.flower.basicAuthSecretRef needs it"),
        ({"shop": {}}, "Secret shop in namespace shop has no key flower; spec.flower.basicAuthSecretRef needs it"),
    ],
)
def test_a_login_that_is_not_there_is_told_by_its_name(secrets: Secrets, message: str) -> None:
    assert fault(secrets) == Reason("SecretMissing", message)


def test_where_there_is_no_flower_nobody_looks() -> None:
    spec = parse_spec(SPEC | {"flower": {"basicAuthSecretRef": {"name": "shop", "key": "flower"}}})

    assert login_fault("shop", spec, {}) is None
