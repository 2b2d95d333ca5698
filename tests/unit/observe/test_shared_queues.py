from hypothesis import given
from hypothesis import strategies as st

from revrx_operator.model import BrokerAddress, PoolKey, SentinelMaster
from revrx_operator.observe.shared_queues import QueueKey, SharedQueues, queue_keys

ONE, TWO, THREE = (PoolKey("revrx", name) for name in ("one", "two", "three"))
REDIS = BrokerAddress("redis://redis:6379/0")


def after_all_named() -> SharedQueues:
    shared = SharedQueues()
    shared.all_named()
    return shared


def taken(*queues: str, address: BrokerAddress = REDIS) -> frozenset[QueueKey]:
    return queue_keys(address, queues)


def test_pools_that_take_one_queue_are_told_of_each_other() -> None:
    shared = SharedQueues()

    assert shared.put(ONE, taken("reports", "urgent")) == set()
    assert shared.put(TWO, taken("reports", "mail")) == {ONE}
    assert shared.put(THREE, taken("reports")) == {ONE, TWO}
    assert shared.others(ONE) == {"reports": [THREE, TWO]}


def test_a_pool_that_changes_nothing_is_no_news_to_anybody() -> None:
    shared = SharedQueues()
    shared.put(ONE, taken("reports"))
    shared.put(TWO, taken("reports"))

    assert shared.put(TWO, taken("reports")) == set()


def test_a_queue_that_is_given_up_is_news_to_whoever_still_takes_it() -> None:
    shared = SharedQueues()
    shared.put(ONE, taken("reports"))
    shared.put(TWO, taken("reports"))

    assert shared.put(TWO, frozenset()) == {ONE}
    assert shared.others(ONE) == shared.others(TWO) == {}


def test_that_nobody_shares_is_known_when_every_pool_was_named_and_heard() -> None:
    shared = SharedQueues()
    shared.expect(ONE)
    shared.put(ONE, taken("reports"))
    assert shared.others(ONE) is None, "others may not be named yet"

    shared.expect(TWO)
    shared.all_named()
    assert shared.others(ONE) is None, "the other was not heard yet"
    assert shared.others(TWO) is None

    shared.put(TWO, taken("mail"))
    assert shared.others(ONE) == shared.others(TWO) == {}


def test_a_pool_that_is_gone_is_waited_for_no_longer() -> None:
    shared = after_all_named()
    shared.put(ONE, taken("reports"))
    shared.expect(TWO)

    shared.forget(TWO)

    assert shared.others(ONE) == {}


def test_pools_that_were_seen_to_share_do_not_wait_for_one_that_is_never_heard() -> None:
    shared = after_all_named()
    shared.expect(THREE)
    shared.put(ONE, taken("reports"))
    shared.put(TWO, taken("reports"))
    assert shared.others(ONE) == {"reports": [TWO]}

    assert shared.forget(TWO) == {ONE}
    assert shared.others(ONE) == {}


def test_a_pool_that_was_heard_is_not_waited_for_again() -> None:
    shared = after_all_named()
    shared.put(ONE, taken("reports"))

    shared.expect(ONE)

    assert shared.others(ONE) == {}


def test_the_same_redis_is_known_whoever_enters_it() -> None:
    by_acl_user = BrokerAddress("redis://somebody:secret@REDIS/0")

    assert taken("reports", address=by_acl_user) == taken("reports")


def test_another_database_prefix_or_master_is_another_queue() -> None:
    others = (
        BrokerAddress("redis://redis:6379/1"),
        BrokerAddress("redis://redis:6379/0", key_prefix="team."),
        BrokerAddress("redis://redis:6379/0", sentinel=SentinelMaster("reports")),
        BrokerAddress("redis://redis:6380/0"),
    )

    assert all(taken("reports", address=other) != taken("reports") for other in others)


def test_the_order_of_sentinels_makes_no_difference() -> None:
    master = SentinelMaster("reports")
    first = BrokerAddress("sentinel://one:26379/0;sentinel://two:26379/0", sentinel=master)
    second = BrokerAddress("sentinel://two:26379/0;sentinel://one:26379/0", sentinel=master)

    assert taken("reports", address=first) == taken("reports", address=second)


pools = st.sampled_from([ONE, TWO, THREE])
some_queues = st.frozensets(st.sampled_from(["a", "b", "c"])).map(lambda names: taken(*names))


@given(st.lists(st.tuples(pools, some_queues)))
def test_after_any_changes_the_index_says_what_a_look_at_all_pools_would(
    changes: list[tuple[PoolKey, frozenset[QueueKey]]],
) -> None:
    shared, standing = after_all_named(), dict[PoolKey, frozenset[QueueKey]]()
    for pool, queues in changes:
        before = {other: shared.others(other) for other in standing}
        news = shared.put(pool, queues)
        standing[pool] = queues
        for other in standing.keys() - {pool}:
            meeting = {
                key.queue: sorted(third for third in standing if third != other and key in standing[third])
                for key in standing[other]
            }
            assert shared.others(other) == {queue: found for queue, found in meeting.items() if found}
            assert other in news or shared.others(other) == before[other]
