from tests.e2e.killer.deafness import Spells, deaf, without_queues
from tests.e2e.killer.sights import Beat, Pod

QUEUES = frozenset({"reports"})
NOW = 1000.0

STAYS = Pod(ready=True, leaving=False, retiring=False, template="a")
RETIRES = STAYS._replace(retiring=True)


def beat(*queues: str, held: int = 0, age: float = 1.0) -> Beat:
    return Beat(NOW - age, frozenset(queues), held)


def is_deaf(pod: Pod, said: Beat | None) -> bool:
    return deaf({"pod": pod}, {"pod": said} if said else {}, QUEUES, NOW) == {"pod"}


def lacks_queues(pod: Pod, said: Beat | None) -> bool:
    return without_queues({"pod": pod}, {"pod": said} if said else {}, QUEUES, NOW) == {"pod"}


def test_a_worker_that_takes_tasks_from_its_queue_is_not_deaf() -> None:
    assert not is_deaf(STAYS, beat("reports"))
    assert not is_deaf(RETIRES, beat("reports", "letters"))


def test_a_ready_worker_without_its_queue_is_deaf_unless_it_is_marked() -> None:
    assert is_deaf(STAYS, beat("letters", held=3))


def test_a_marked_worker_that_finishes_what_it_has_is_not_deaf_but_lacks_its_queue() -> None:
    assert not is_deaf(RETIRES, beat(held=1))
    assert lacks_queues(RETIRES, beat(held=1))


def test_a_marked_worker_that_has_nothing_left_is_deaf() -> None:
    assert is_deaf(RETIRES, beat(held=0))


def test_a_worker_that_was_not_heard_for_three_beats_is_believed_to_be_deaf() -> None:
    assert not is_deaf(STAYS, beat("reports", age=6.5))
    assert is_deaf(STAYS, beat("reports", age=7.5))
    assert is_deaf(STAYS, None)


def test_a_worker_that_is_not_ready_or_leaves_need_not_listen() -> None:
    assert not lacks_queues(STAYS._replace(ready=False), None)
    assert not lacks_queues(STAYS._replace(leaving=True), None)


def test_a_spell_lasts_from_the_first_to_the_last_look_of_an_unbroken_row() -> None:
    spells = Spells()
    for now, pods in ((0, "a"), (1, "ab"), (2, "b"), (3, "ab"), (4, "")):
        spells.look(now, pods)

    assert sorted(spells.over) == [("a", 0, 1), ("a", 3, 3), ("b", 1, 3)]
    assert spells.going_on == {}
    assert spells.longest == ("b", 1, 3)


def test_a_spell_that_goes_on_counts_as_long_as_it_has_lasted() -> None:
    spells = Spells()
    assert spells.longest.seconds == 0
    for now in (10, 25, 41):
        spells.look(now, {"a"})
    assert spells.longest == ("a", 10, 41)
    assert spells.longest.seconds == 31
