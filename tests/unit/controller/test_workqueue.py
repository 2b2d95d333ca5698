import asyncio

import pytest

from revrx_operator.workqueue import WorkQueue

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_key_added_many_times_is_worked_on_once() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for _ in range(100):
        queue.add("pool")

    queue.done(await queue.get())

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.get(), 1000)


async def test_keys_come_in_the_order_in_which_they_are_due() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("later", after=10)
    queue.add("soon", after=5)
    queue.add("at once")

    assert [await queue.get(), await queue.get(), await queue.get()] == ["at once", "soon", "later"]
    assert now() == 10


@pytest.mark.parametrize("seconds", [(5, 300), (300, 5)], ids=["it was there", "it is brought forward"])
async def test_of_two_due_times_the_earlier_stands(seconds: tuple[float, ...]) -> None:
    queue: WorkQueue[str] = WorkQueue()
    for after in seconds:
        queue.add("pool", after=after)

    await queue.get()

    assert now() == 5


async def test_a_key_is_never_worked_on_twice_at_a_time() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("pool")
    await queue.get()
    queue.add("pool")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.get(), 1000)


async def test_a_key_added_during_its_work_is_due_again_afterwards() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("pool")
    await queue.get()
    queue.add("pool", after=300)
    queue.add("pool", after=2)
    queue.done("pool")

    assert await queue.get() == "pool"
    assert now() == 2


async def test_one_that_waits_for_a_later_key_is_woken_by_an_earlier_one() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("later", after=100)
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(1)
    queue.add("now")

    assert await waiting == "now"
    assert now() == 1


async def test_several_workers_share_the_keys() -> None:
    queue: WorkQueue[int] = WorkQueue()
    workers = [asyncio.create_task(queue.get()) for _ in range(3)]
    await asyncio.sleep(1)
    for key in range(3):
        queue.add(key)

    assert sorted(await asyncio.gather(*workers)) == [0, 1, 2]


async def test_of_two_that_are_due_the_less_patient_comes_first() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("patient", patience=30)
    queue.add("later", after=2)
    await asyncio.sleep(5)
    queue.add("new")

    assert [await queue.get(), await queue.get(), await queue.get()] == ["later", "new", "patient"]


async def test_patience_has_an_end() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("patient", patience=30)
    await asyncio.sleep(31)
    queue.add("new")

    assert await queue.get() == "patient"


async def test_a_patient_key_does_not_wait_where_nothing_else_is_due() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("patient", after=1, patience=30)

    await queue.get()

    assert now() == 1


async def test_a_patient_key_that_becomes_urgent_goes_first() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("first", patience=20)
    queue.add("pool", patience=30)
    await asyncio.sleep(1)
    queue.add("pool")

    assert [await queue.get(), await queue.get()] == ["pool", "first"]


async def test_what_is_urgent_later_keeps_the_earlier_due_time_of_what_is_patient() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("pool", after=5, patience=30)
    queue.add("pool", after=10)
    queue.add("other", after=5, patience=20)

    assert [await queue.get(), await queue.get()] == ["pool", "other"]
    assert now() == 5


async def test_a_key_keeps_its_patience_while_it_is_worked_on() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("pool")
    await queue.get()
    queue.add("pool", patience=30)
    queue.add("other", patience=20)
    queue.done("pool")

    assert [await queue.get(), await queue.get()] == ["other", "pool"]
