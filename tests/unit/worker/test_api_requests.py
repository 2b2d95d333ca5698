"""The hash that an answer is stored under, and what a server says of when to come back."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engines.api import ApiRequest
from app.engines.retry_after import LONGEST_SECONDS, retry_after

ASKS = {"engine": "openai", "model": "small", "instructions": "Read it.", "text": "Fieber, 38,4 °C 😀"}


def test_the_hash_of_a_request_stays_the_same_over_releases() -> None:
    """Or all that is stored would be paid for once more."""
    assert ApiRequest(ASKS).hash == "8288586eab42b2b717b83f18eaa28396d8673e58c7777374dd12966ae5890383"


def test_neither_the_order_of_what_is_asked_nor_the_tokens_expected_change_the_hash() -> None:
    turned = dict(reversed(ASKS.items()))

    assert ApiRequest(turned, tokens=99).hash == ApiRequest(ASKS).hash


@pytest.mark.parametrize("what", ["engine", "model", "instructions", "text"])
def test_whatever_the_answer_depends_on_changes_the_hash(what: str) -> None:
    assert ApiRequest(ASKS | {what: ASKS[what] + " "}).hash != ApiRequest(ASKS).hash


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.text("ab\x00é😀\n"), max_size=3))
def test_the_hash_is_64_characters_whatever_is_asked(asks: dict[str, str]) -> None:
    assert len(ApiRequest(asks).hash) == 64


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("0", 0.0),
        ("-3", 0.0),
        ("nan", 0.0),
        ("inf", LONGEST_SECONDS),
        ("86400", LONGEST_SECONDS),
        ("soon", 0.0),
        ("", 0.0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0),
        ("Fri, 01 Jan 2999 00:00:00 GMT", LONGEST_SECONDS),
    ],
)
def test_what_a_server_asks_for_is_followed_up_to_an_hour(told: str, seconds: float) -> None:
    assert retry_after({"retry-after": told}) == seconds


def test_a_server_may_name_the_date_to_come_back_at() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)

    assert retry_after({"retry-after": date}) == pytest.approx(120, abs=5)
    assert retry_after({}) == 0.0
