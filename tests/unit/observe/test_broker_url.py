import pytest

from revrx_operator.observe.broker_url import BrokerUrl, NoRedisUrl, read_url


def connected(url: str, password: str | None = None) -> str:
    return read_url(url, password).seen_from("shop")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("redis://redis.example", "redis://redis.example/0"),
        ("redis://redis.example:6379/", "redis://redis.example:6379/0"),
        ("redis://redis.example:6379//5", "redis://redis.example:6379/5"),
        ("rediss://revrx:p%2Fw@redis.example/1", "rediss://revrx:p%2Fw@redis.example/1"),
        ("rediss://redis.example/0?ssl_cert_reqs=CERT_NONE", "rediss://redis.example/0"),
        ("sentinel://one", "sentinel://one.shop.svc:26379/0"),
        (
            "sentinel://:pw@one:1/2;sentinel://two;",
            "sentinel://:pw@one.shop.svc:1/2;sentinel://:pw@two.shop.svc:26379/2",
        ),
    ],
)
def test_a_url_is_written_out(written: str, read: str) -> None:
    assert connected(written) == read


def test_a_password_fills_the_url_of_each_sentinel() -> None:
    filled = connected("sentinel://revrx@one.example:1/0;sentinel://two.example:1/0", "p/w")
    assert filled == "sentinel://revrx:p%2Fw@one.example:1/0;sentinel://revrx:p%2Fw@two.example:1/0"


@pytest.mark.parametrize(
    ("query", "verify", "check_hostname"),
    [
        ("", "required", True),
        ("?ssl_cert_reqs=required", "required", True),
        ("?ssl_cert_reqs=CERT_OPTIONAL", "optional", True),
        ("?ssl_cert_reqs=none", "none", True),
        ("?ssl_cert_reqs=CERT_REQUIRED&ssl_check_hostname=False", "required", False),
    ],
)
def test_what_celery_is_told_about_the_certificate_goes_for_the_operator(
    query: str, verify: str, check_hostname: bool
) -> None:
    url = read_url(f"rediss://redis.example/0{query}")
    assert (url.verify, url.check_hostname) == (verify, check_hostname)


def test_files_of_the_workers_image_are_left_to_the_workers() -> None:
    url: BrokerUrl = read_url("rediss://redis.example/0?ssl_ca_certs=/etc/ca.pem&ssl_keyfile=/etc/key.pem")
    assert url.tls_parameters == {}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis+socket:///run/redis.sock", "names a Unix socket, which only its own machine reaches"),
        ("unix:///run/redis.sock", "names a Unix socket"),
        ("redis://one:6379/0;redis://two:6379/0", "names several servers, which only Sentinels may be"),
        ("sentinel://one:1/0;redis://two:6379/0", "holds no URL such as redis://"),
        ("redis://redis:6379/reports", "holds a path that is no database number"),
        ("redis://redis:6379/0?socket_timeout=5", "has the parameter socket_timeout, which kombu does not know"),
        ("redis://redis:6379/0?ssl_cert_reqs=none", "begins with redis://; begin it with rediss://"),
        ("rediss://redis:6379/0?ssl_cert_reqs=maybe", "has an ssl_cert_reqs that Celery does not know"),
        ("redis://:hunter/2@redis:6379/0", "write special characters of the password as %XX"),
        ("redis:///0", "holds no URL such as redis://"),
    ],
)
def test_what_celery_could_not_use_either_is_told_with_the_cure(url: str, told: str) -> None:
    with pytest.raises(NoRedisUrl) as error:
        read_url(url)
    assert told in str(error.value)
    assert "hunter" not in str(error.value)
