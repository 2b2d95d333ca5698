"""Every way in which a pool's Redis may not let itself be entered, and the sentence that its user reads."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from revrx_operator.model import BrokerAddress, SentinelMaster, Tls
from revrx_operator.observe.broker_faults import REDIS_CLUSTER, told
from revrx_operator.observe.connection import open_redis
from tests.fixtures.sentinel import MASTER, REDIS_PASSWORD, Watched, sentinel
from tests.fixtures.tls_redis import TlsRedis, new_authority, tls_redis
from tests.integration.operator.test_refusing_redis import redis_cluster
from tools.redis_server import RedisServer

PASSWORD = "s3cret"


@dataclass(frozen=True)
class Stage:
    """Every kind of server, running."""

    tls: TlsRedis
    elsewhere: TlsRedis
    """Its certificate is for another host name."""
    mutual: TlsRedis
    """It wants a certificate of its clients."""
    cluster: RedisServer
    watched: Watched
    trusted: Tls

    def over_tls(self, **tls: Any) -> BrokerAddress:
        url = self.tls.url.replace("://", f"://:{PASSWORD}@")
        return BrokerAddress(url, tls=self.trusted._replace(**tls))

    def plain(self, entry: str, database: int = 0) -> BrokerAddress:
        return BrokerAddress(self.tls.plain_url.replace("://", f"://{entry}@").replace("/0", f"/{database}"))

    def by_sentinel(self, name: str = MASTER, password: str = PASSWORD, before: str = "") -> BrokerAddress:
        return BrokerAddress(f"{before}{self.watched.url}", sentinel=SentinelMaster(name, password))

    def in_words(self, sentence: str) -> str:
        """The sentence with the ports of this stage."""
        ports = {"PLAIN": self.tls.server.port, "SENTINEL": self.watched.port, "TLS": self.tls.tls_port}
        ports |= {"ELSEWHERE": self.elsewhere.tls_port, "MUTUAL": self.mutual.tls_port}
        for name, port in ports.items():
            sentence = sentence.replace(f":{name}", f":{port}")
        return sentence


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    here = new_authority(tmp_path_factory.mktemp("here"))
    elsewhere = new_authority(tmp_path_factory.mktemp("elsewhere"), "elsewhere.example")
    with ExitStack() as running:
        stage = Stage(
            tls=running.enter_context(tls_redis(here, "--requirepass", PASSWORD)),
            elsewhere=running.enter_context(tls_redis(elsewhere)),
            mutual=running.enter_context(tls_redis(here, clients="yes")),
            cluster=running.enter_context(redis_cluster()),
            watched=running.enter_context(sentinel(PASSWORD)),
            trusted=Tls(here.pem + elsewhere.pem),
        )
        with Redis.from_url(stage.plain(f":{PASSWORD}").url) as admin:
            for user, rights in USERS.items():
                admin.execute_command("ACL", "SETUSER", user, "on", f">{PASSWORD}", *rights.split())
        yield stage


USERS = {
    "nameless": "~* +ping",
    "blind": "~* +client|setname +ping",
    "fenced": "~elsewhere +client|setname +llen",
    "gagged": "~* +client|setname +eval",
}

Faulty = Callable[[Stage], BrokerAddress]
FAULTS: dict[str, tuple[Faulty, str]] = {
    "a CA that is not known": (
        lambda stage: stage.over_tls(ca=""),
        "the certificate of localhost:TLS is not trusted (self-signed certificate in certificate chain); give the CA "
        "that signed it in spec.broker.caSecretRef",
    ),
    "a certificate for another name": (
        lambda stage: BrokerAddress(stage.elsewhere.url, tls=stage.trusted),
        "the certificate of localhost:ELSEWHERE does not name localhost; let it name that too, or write a name that it "
        "has into the broker's URL",
    ),
    "redis:// at a port that speaks TLS": (
        lambda stage: BrokerAddress(stage.tls.url.replace("rediss://", "redis://")),
        "localhost:TLS closed the connection; where it speaks TLS, the URL has to begin with rediss://",
    ),
    "rediss:// at a port that does not speak TLS": (
        lambda stage: BrokerAddress(stage.tls.plain_url.replace("redis://", "rediss://"), tls=stage.trusted),
        "127.0.0.1:PLAIN does not answer; check that nothing blocks the way, and that it speaks TLS on this port",
    ),
    "no password": (
        lambda stage: BrokerAddress(stage.tls.plain_url),
        "127.0.0.1:PLAIN asks for a password; put it into the broker's URL",
    ),
    "a wrong password": (
        lambda stage: stage.plain(":hunter2"),
        "127.0.0.1:PLAIN does not accept the user or the password; correct them in the broker's URL",
    ),
    "a user that is not there": (
        lambda stage: stage.plain(f"nobody:{PASSWORD}"),
        "127.0.0.1:PLAIN does not accept the user or the password; correct them in the broker's URL",
    ),
    "a user without the right to enter": (
        lambda stage: stage.plain(f"nameless:{PASSWORD}"),
        "the user nameless of 127.0.0.1:PLAIN may not run client|setname; allow it there: "
        "ACL SETUSER nameless +client|setname",
    ),
    "a user without the right to count": (
        lambda stage: stage.plain(f"blind:{PASSWORD}"),
        "the user blind of 127.0.0.1:PLAIN may not run llen; allow it there: ACL SETUSER blind +llen",
    ),
    "a user whose keys are others": (
        lambda stage: stage.plain(f"fenced:{PASSWORD}"),
        "the user fenced of 127.0.0.1:PLAIN may not access a key of Celery; docs/redis.md lists what to allow",
    ),
    "a database that is not there": (
        lambda stage: stage.plain(f":{PASSWORD}", database=99),
        "127.0.0.1:PLAIN has no database 99; name one that it has",
    ),
    "a host name that is not known": (
        lambda stage: BrokerAddress("redis://redis.invalid:6379/0"),
        "the host name redis.invalid is not found; check its spelling, and that its Service is there",
    ),
    "a port that nobody listens on": (
        lambda stage: BrokerAddress("redis://:hunter2@localhost:1/0"),
        "localhost:1 refuses the connection: nothing listens there",
    ),
    "a Redis Cluster": (lambda stage: BrokerAddress(stage.cluster.url), REDIS_CLUSTER),
    "redis:// at a Sentinel": (
        lambda stage: BrokerAddress(f"redis://:{PASSWORD}@localhost:{stage.watched.port}/0"),
        "this is a Sentinel, not a Redis: begin the URL with sentinel:// and give spec.broker.sentinel.masterName",
    ),
    "sentinel:// at a Redis": (
        lambda stage: BrokerAddress(
            stage.tls.plain_url.replace("redis://", "sentinel://"), sentinel=SentinelMaster(MASTER, PASSWORD)
        ),
        "Sentinel: this is a Redis, not a Sentinel: begin the URL with redis:// or rediss://",
    ),
    "a master that Sentinel does not watch": (
        lambda stage: stage.by_sentinel("orders"),
        "Sentinel: localhost:SENTINEL watches no master orders; correct spec.broker.sentinel.masterName",
    ),
    "no password for the Sentinels": (
        lambda stage: stage.by_sentinel(password=""),
        "Sentinel: localhost:SENTINEL asks for a password; put it into the Secret of "
        "spec.broker.sentinel.passwordSecretRef",
    ),
    "a wrong password for the Sentinels": (
        lambda stage: stage.by_sentinel(password="hunter2"),
        "Sentinel: localhost:SENTINEL does not accept the user or the password; correct them in the Secret of "
        "spec.broker.sentinel.passwordSecretRef",
    ),
    "no Sentinel to be found": (
        lambda stage: BrokerAddress("sentinel://localhost:1/0", sentinel=SentinelMaster(MASTER)),
        "Sentinel: localhost:1 refuses the connection: nothing listens there",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_told_in_a_sentence_with_its_cure(stage: Stage, fault: str) -> None:
    faulty, sentence = FAULTS[fault]
    address = faulty(stage)
    with pytest.raises((RedisError, OSError)) as raised:
        await count(address)

    assert told(raised.value, address) == stage.in_words(sentence)


async def test_a_wish_for_a_client_certificate_is_told_whether_the_alert_or_the_reset_comes_first(stage: Stage) -> None:
    address = BrokerAddress(stage.mutual.url, tls=stage.trusted)
    with pytest.raises((RedisError, OSError)) as raised:
        await count(address)

    assert told(raised.value, address).startswith(stage.in_words("localhost:MUTUAL "))
    assert told(raised.value, address).endswith("there is none to give; set tls-auth-clients there to no")


async def test_a_user_who_may_run_no_command_of_a_script_is_told_which_ones(stage: Stage) -> None:
    address = stage.plain(f"gagged:{PASSWORD}")
    redis = open_redis(address)
    with pytest.raises(RedisError) as raised:
        await redis.eval("return redis.call('LLEN', KEYS[1])", 1, "reports")
    await redis.aclose()

    assert "gagged" in told(raised.value, address)
    assert told(raised.value, address).endswith("ACL SETUSER gagged +llen +lindex +hlen +hvals")


@pytest.mark.parametrize(
    "entered",
    [
        lambda stage: stage.over_tls(),
        lambda stage: stage.over_tls(ca="", verify="none"),
        lambda stage: BrokerAddress(stage.elsewhere.url, tls=stage.trusted._replace(check_hostname=False)),
        lambda stage: stage.by_sentinel(),
        lambda stage: stage.by_sentinel(before=f"sentinel://:{REDIS_PASSWORD}@localhost:1/0;"),
    ],
    ids=["the right CA", "verified by nobody", "a name that nobody checks", "Sentinel", "one of two Sentinels away"],
)
async def test_what_is_entered_rightly_answers(stage: Stage, entered: Faulty) -> None:
    assert await count(entered(stage)) == 0


async def count(address: BrokerAddress) -> int:
    redis = open_redis(address)
    try:
        return int(await redis.llen("reports"))
    finally:
        await redis.aclose()
