"""What a run with a paid API asks, waits for, pays and keeps; the database is a dictionary here."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy.exc import DatabaseError

from app import account
from app.account import Account, ToldToStop
from app.engines.api import Answer, ApiRequest, HeldBack, OutOfTime, Spent, Throttled, Unusable

FIRST, SECOND = (ApiRequest({"engine": "test", "text": text}, tokens=100) for text in ("first", "second"))
SPENT = Spent(input_tokens=20, output_tokens=30, cost_micros=7)


@dataclass
class Database:
    """Takes the place of app.answers."""

    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    charged: list[Spent] = field(default_factory=list)
    away: bool = False

    def known(self, report_id: str, request: ApiRequest) -> dict[str, str] | None:
        return self.answers.get(request.hash)

    def store(self, report_id: str, request: ApiRequest, answer: Answer, latest: float) -> None:
        if self.away:
            raise DatabaseError("INSERT", None, Exception(f"away until {latest}"))
        self.answers[request.hash] = dict(answer.content)
        self.charged.append(answer.spent)

    def charge(self, report_id: str, spent: Spent) -> None:
        self.charged.append(spent)


@dataclass
class World:
    """The limit and the watcher of a run, its clock, and the API: it answers with what was asked, or raises."""

    wait: float = 0.0
    fault: Exception | None = None
    spent: Spent = SPENT
    now: float = 0.0
    stopping: bool = False
    heard: list[object] = field(default_factory=list)

    def reserve(self, tokens: int) -> float:
        return self.wait

    def settle(self, surplus: int) -> None:
        self.heard.append(("settle", surplus))

    def block(self, seconds: float) -> None:
        self.heard.append(("block", seconds))

    def progress(self, stage: str, percent: int) -> None:
        self.heard.append(percent)

    def throttled(self) -> None:
        self.heard.append("throttled")

    def sleep(self, seconds: float) -> None:
        self.heard.append(("sleep", seconds))
        self.now += seconds

    def send(self, request: ApiRequest, seconds: float) -> Answer:
        self.heard.append(("send", request.asks["text"], seconds))
        if self.fault:
            raise self.fault
        return Answer({"said": request.asks["text"]}, self.spent)

    def account(self) -> Account:
        return Account("a", self, self, 100.0, 150.0, lambda: self.stopping, self.sleep, lambda: self.now)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database()
    monkeypatch.setattr(account, "answers", database)
    return database


def test_only_what_nobody_has_asked_yet_is_paid_for_and_the_answers_come_in_order(database: Database) -> None:
    database.answers[SECOND.hash] = {"said": "long ago"}
    world = World()

    said = world.account().ask([FIRST, SECOND, FIRST], world.send)

    assert said == [{"said": "first"}, {"said": "long ago"}, {"said": "first"}]
    assert database.charged == [SPENT]
    assert world.heard == [0, ("send", "first", 100.0), ("settle", -50), 33, 66]


def test_a_request_waits_for_its_turn_and_has_the_rest_of_the_time(database: Database) -> None:
    world = World(wait=4.0)

    world.account().ask([FIRST], world.send)

    assert world.heard[1:3] == [("sleep", 4.0), ("send", "first", 96.0)]


def test_a_turn_that_comes_late_is_not_waited_for(database: Database) -> None:
    world = World(wait=11.0)

    with pytest.raises(HeldBack) as raised:
        world.account().ask([FIRST], world.send)
    assert (raised.value.retry_after, world.heard) == (11.0, [0, "throttled"])


@pytest.mark.parametrize(("now", "wait"), [(99.5, 0.0), (95.0, 5.0)])
def test_nothing_is_asked_that_would_begin_in_the_last_second(database: Database, now: float, wait: float) -> None:
    world = World(now=now, wait=wait)

    with pytest.raises(OutOfTime):
        world.account().ask([FIRST], world.send)
    assert world.heard == [0]


def test_nothing_is_asked_by_a_process_that_is_about_to_end(database: Database) -> None:
    world = World(stopping=True)

    with pytest.raises(ToldToStop):
        world.account().ask([FIRST], world.send)
    assert world.heard == [0]


def test_what_the_api_asks_for_goes_for_all(database: Database) -> None:
    world = World(fault=Throttled("429", 7.0))
    run = world.account()

    with pytest.raises(Throttled):
        run.ask([FIRST], world.send)
    assert world.heard[2:] == [("block", 7.0), "throttled"]
    assert (database.charged, run.new_answers) == ([], 0)


def test_an_api_that_does_not_say_when_to_come_back_is_left_alone_for_a_second(database: Database) -> None:
    world = World(fault=Throttled("429"))

    with pytest.raises(Throttled):
        world.account().ask([FIRST], world.send)
    assert ("block", 1.0) in world.heard


def test_an_answer_of_no_use_is_charged_and_settled_but_not_kept(database: Database) -> None:
    world = World(fault=Unusable("no JSON", SPENT))
    run = world.account()

    with pytest.raises(Unusable):
        run.ask([FIRST], world.send)
    assert (database.charged, database.answers, run.new_answers) == ([SPENT], {}, 0)
    assert world.heard[-1] == ("settle", -50)


def test_an_answer_is_held_until_the_last_and_counts_as_paid_for_also_where_it_is_not_stored(
    database: Database,
) -> None:
    database.away = True
    world = World()
    run = world.account()

    with pytest.raises(DatabaseError, match="away until 150"):
        run.ask([FIRST], world.send)
    assert run.new_answers == 1
    assert world.heard[-1] == ("settle", -50)


def test_an_api_that_does_not_tell_its_tokens_is_believed_to_have_taken_what_was_expected(database: Database) -> None:
    world = World(spent=Spent(cost_micros=3))

    world.account().ask([FIRST], world.send)

    assert world.heard == [0, ("send", "first", 100.0)]
