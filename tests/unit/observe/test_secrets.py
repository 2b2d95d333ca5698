import pytest

from revrx_operator.observe.secrets import Secrets, digest_of
from revrx_operator.resources.secrets import SecretNeed

URL = SecretNeed("revrx", "redis-url", "spec.broker.urlSecretRef")
ALL = SecretNeed("app", None, "spec.envFrom[0].secretRef")
SECRETS: Secrets = {"revrx": {"redis-url": "redis://a", "other": "x"}, "app": {"A": "1", "B": "2"}}


def digest(*needs: SecretNeed, **others: dict[str, str] | None) -> str | None:
    return digest_of(needs, {**SECRETS, **others})


def test_a_value_that_is_taken_changes_the_digest() -> None:
    assert digest(URL, ALL, revrx={"redis-url": "redis://b"}) != digest(URL, ALL)
    assert digest(URL, ALL, app={"A": "1", "B": "3"}) != digest(URL, ALL)
    assert digest(URL, ALL, app={"A": "1", "B": "2", "C": ""}) != digest(URL, ALL)


def test_what_is_not_taken_changes_nothing() -> None:
    assert digest(URL, revrx={"redis-url": "redis://a", "other": "y"}) == digest(URL)
    assert digest(URL, ALL, app={"B": "2", "A": "1"}) == digest(URL, ALL)


def test_the_order_in_which_a_spec_names_its_secrets_changes_nothing() -> None:
    assert digest(URL, ALL) == digest(ALL, URL)


def test_a_pool_that_takes_nothing_has_no_digest() -> None:
    assert digest() == ""


@pytest.mark.parametrize("revrx", [None, {}, {"other": "x"}])
def test_what_is_missing_is_told_apart_from_any_value(revrx: dict[str, str] | None) -> None:
    assert digest(URL, ALL, revrx=revrx) is None


def test_the_digest_is_too_short_to_try_passwords_on() -> None:
    found = digest(URL)

    assert found is not None
    assert len(found) == 8
