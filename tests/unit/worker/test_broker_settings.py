from typing import Any

import pytest
from celery import Celery

import revrx_worker
from revrx_worker.broker import with_password

CA = "/run/revrx-broker/ca.crt"
VARIABLES = (
    *("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "REDIS_PASSWORD"),
    *("REVRX_BROKER_CA_FILE", "REVRX_SENTINEL_MASTER", "REVRX_SENTINEL_PASSWORD"),
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def joined(environment: pytest.MonkeyPatch, url: str, settings: dict[str, Any] | None = None, **env: str) -> Any:
    """The settings of an app whose broker and results are at that URL."""
    for name, value in {"CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": url, **env}.items():
        environment.setenv(name, value)
    app = Celery("app", set_as_current=False)
    app.conf.update(settings or {})
    revrx_worker.join(app)
    return app.conf


def test_a_plain_url_is_left_alone(environment: pytest.MonkeyPatch) -> None:
    conf = joined(environment, "redis://redis:6379/0")
    assert (conf.broker_read_url, conf.result_backend) == ("redis://redis:6379/0", "redis://redis:6379/0")
    assert not conf.broker_use_ssl
    assert not conf.redis_backend_use_ssl


def test_the_password_fills_what_celery_itself_reads_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    conf = joined(environment, "redis://redis:6379/0", REDIS_PASSWORD="p/w")
    assert conf.broker_write_url == conf.result_backend == "redis://:p%2Fw@redis:6379/0"


def test_tls_is_verified_by_the_ca_of_the_pool(environment: pytest.MonkeyPatch) -> None:
    conf = joined(environment, "rediss://redis:6379/0", REVRX_BROKER_CA_FILE=CA)
    assert conf.broker_use_ssl == {"ssl_cert_reqs": "required", "ssl_ca_certs": CA}
    assert conf.redis_backend_use_ssl == conf.broker_use_ssl


def test_tls_is_verified_where_nothing_is_said(environment: pytest.MonkeyPatch) -> None:
    assert joined(environment, "rediss://redis:6379/0").broker_use_ssl == {"ssl_cert_reqs": "required"}


def test_parameters_of_the_url_win_and_do_not_cost_the_ca(environment: pytest.MonkeyPatch) -> None:
    url = "rediss://redis:6379/0?ssl_cert_reqs=CERT_OPTIONAL&ssl_check_hostname=false"
    conf = joined(environment, url, REVRX_BROKER_CA_FILE=CA)
    told = {"ssl_cert_reqs": "optional", "ssl_ca_certs": CA, "ssl_check_hostname": False}
    assert (conf.broker_use_ssl, conf.redis_backend_use_ssl) == (told, told)
    assert conf.broker_read_url == conf.broker_write_url == "rediss://redis:6379/0"


def test_what_the_app_itself_says_about_tls_stays(environment: pytest.MonkeyPatch) -> None:
    own = {"ssl_cert_reqs": "none", "ssl_keyfile": "/etc/key.pem"}
    conf = joined(environment, "rediss://redis:6379/0", {"broker_use_ssl": own}, REVRX_BROKER_CA_FILE=CA)
    assert conf.broker_use_ssl == {**own, "ssl_ca_certs": CA}


def test_sentinels_are_asked_for_the_master_with_their_own_password(environment: pytest.MonkeyPatch) -> None:
    conf = joined(
        environment,
        "sentinel://one:26379/0;sentinel://two:26379/0",
        {"broker_transport_options": {"visibility_timeout": 60}},
        REVRX_SENTINEL_MASTER="reports",
        REVRX_SENTINEL_PASSWORD="s3cret",
    )
    options = conf.broker_transport_options
    assert (options["master_name"], options["visibility_timeout"]) == ("reports", 60)
    assert options["sentinel_kwargs"]["password"] == "s3cret"
    assert "ssl" not in options["sentinel_kwargs"]
    assert conf.result_backend_transport_options["master_name"] == "reports"


def test_a_ca_means_tls_to_the_sentinels_too(environment: pytest.MonkeyPatch) -> None:
    conf = joined(environment, "sentinel://one:26379/0", REVRX_SENTINEL_MASTER="reports", REVRX_BROKER_CA_FILE=CA)
    sentinels = conf.broker_transport_options["sentinel_kwargs"]
    assert (sentinels["ssl"], sentinels["ssl_ca_certs"], sentinels["ssl_cert_reqs"]) == (True, CA, "required")
    assert conf.broker_use_ssl == {"ssl_cert_reqs": "required", "ssl_ca_certs": CA}


def test_results_elsewhere_are_not_touched(environment: pytest.MonkeyPatch) -> None:
    conf = joined(environment, "rediss://redis:6379/0", CELERY_RESULT_BACKEND="db+sqlite:///results.db")
    assert conf.result_backend == "db+sqlite:///results.db"
    assert not conf.redis_backend_use_ssl


def test_an_app_that_has_read_its_settings_already_gets_them_too(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CELERY_BROKER_URL", "rediss://redis:6379/0")
    app = Celery("app", set_as_current=False)
    assert app.conf.broker_url == "rediss://redis:6379/0"
    revrx_worker.join(app)
    assert app.conf.broker_use_ssl == {"ssl_cert_reqs": "required"}


def test_each_sentinel_is_entered_like_the_first() -> None:
    assert (
        with_password("sentinel://revrx@one:1/3;sentinel://two:1", "pw")
        == "sentinel://revrx:pw@one:1/3;sentinel://revrx:pw@two:1/3"
    )
