import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from revrx_operator.explain.facts import explain
from revrx_operator.explain.lookup import Ask
from revrx_operator.explain.operators import Unanswered
from revrx_operator.explain.pools import UnknownPool
from revrx_operator.explain.report import Explanation
from revrx_operator.plugin.explain import WATCH_SECONDS, show
from tests.unit.explain.builders import pool_state

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]


class Answers:
    """Gives one answer after the other and notes when it was asked."""

    def __init__(self, *answers: Explanation | Exception) -> None:
        self._answers = iter(answers)
        self.times: list[float] = []

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[Ask]:
        yield self._ask

    async def _ask(self) -> Explanation:
        self.times.append(asyncio.get_running_loop().time())
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_watching_shows_it_anew_and_outlives_an_operator_that_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    explanation = explain(pool_state())
    answers = Answers(explanation, Unanswered("no operator is ready"), explanation, UnknownPool("it is gone"))

    with pytest.raises(UnknownPool):
        await show(answers.asking(), "text", watch=True)

    shown = capsys.readouterr()
    assert shown.out.count("Group worker") == 2
    assert shown.err.count("Error: no operator is ready") == 1
    assert answers.times == [0, WATCH_SECONDS, 2 * WATCH_SECONDS, 3 * WATCH_SECONDS]


async def test_without_watching_it_is_asked_once() -> None:
    answers = Answers(explain(pool_state()))

    assert await show(answers.asking(), "text", watch=False)
    assert answers.times == [0]
