from pathlib import Path

import pytest

from app.settings import Settings, settings


@pytest.fixture(autouse=True)
def no_other_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_those_of_the_guide() -> None:
    chosen = Settings()

    assert not chosen.enable_celery
    assert chosen.broker_url == chosen.result_backend == "redis://localhost:6379/0"
    assert (chosen.celery_worker_concurrency, chosen.celery_worker_prefetch_multiplier) == (4, 2)
    assert (chosen.celery_task_time_limit, chosen.celery_task_soft_time_limit) == (300, 240)
    assert (chosen.celery_result_expires, chosen.celery_task_ignore_result) == (3600, False)
    assert chosen.database_url == "sqlite:///reports.db"


def test_every_setting_stands_in_the_guide() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "worker.md").read_text()

    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in guide] == []


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "")
    monkeypatch.setenv("CELERY_TASK_TIME_LIMIT", "")
    monkeypatch.setenv("REDIS_URL", "redis://queue:6380/2")

    assert Settings().broker_url == "redis://queue:6380/2"
    assert Settings().celery_task_time_limit == 300


@pytest.mark.parametrize(
    ("url", "filled"),
    [
        ("redis://queue:6379/0", "redis://:p%40ss@queue:6379/0"),
        ("rediss://app@queue:6379/0", "rediss://app:p%40ss@queue:6379/0"),
        ("redis://:own@queue:6379/0", "redis://:own@queue:6379/0"),
    ],
)
def test_the_password_fills_a_url_that_has_none(monkeypatch: pytest.MonkeyPatch, url: str, filled: str) -> None:
    monkeypatch.setenv("REDIS_PASSWORD", "p@ss")
    monkeypatch.setenv("REDIS_URL", url)

    assert Settings().broker_url == filled
    assert Settings().result_backend == filled


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_is_read_with_psycopg_3(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://app:secret@db/reports")

    assert Settings().database_url == "postgresql+psycopg://app:secret@db/reports"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CELERY_TASK_TIME_LIMIT", "five", "settings: CELERY_TASK_TIME_LIMIT: Input should be a valid integer"),
        ("CELERY_WORKER_CONCURRENCY", "0", "settings: CELERY_WORKER_CONCURRENCY: Input should be greater than 0"),
        ("REDIS_URL", "amqp://secret@queue", "settings: REDIS_URL: must be a redis://, rediss:// or sentinel:// URL"),
        ("DATABASE_URL", "secret", "settings: DATABASE_URL: must be a database URL such as"),
        ("DATABASE_URL", "mysql://secret@db/x", "settings: DATABASE_URL: must be a postgresql:// or a sqlite:/// URL"),
        ("CELERY_TASK_SOFT_TIME_LIMIT", "300", "settings: CELERY_TASK_SOFT_TIME_LIMIT must be lower than"),
    ],
)
def test_a_bad_value_ends_in_a_line_that_names_the_variable_and_keeps_the_value_to_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()

    with pytest.raises(SystemExit) as ended:
        settings()
    assert str(ended.value).startswith(told)
    assert "secret" not in str(ended.value)


NAMED = {"OPENAI_API_KEY": "secret", "AWS_REGION": "eu-central-1"}


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"REPORT_ENGINE": "gpt"}, "settings: REPORT_ENGINE: Input should be 'embedded', 'openai' or 'comprehend'"),
        (
            {"REPORT_ENGINE": "openai", "OPENAI_API_KEY": ""},
            "settings: OPENAI_API_KEY must be set for REPORT_ENGINE=openai",
        ),
        (
            {"REPORT_ENGINE": "openai", "OPENAI_TIMEOUT_SECONDS": "240"},
            "settings: OPENAI_TIMEOUT_SECONDS must be lower than CELERY_TASK_SOFT_TIME_LIMIT",
        ),
        ({"OPENAI_INPUT_PRICE": "-1"}, "settings: OPENAI_INPUT_PRICE: Input should be greater than or equal to 0"),
        (
            {"REPORT_ENGINE": "comprehend", "AWS_REGION": ""},
            "settings: AWS_REGION must be set for REPORT_ENGINE=comprehend",
        ),
        (
            {"REPORT_ENGINE": "comprehend", "AWS_SECRET_ACCESS_KEY": "secret"},
            "settings: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together, or neither of them",
        ),
        (
            {"REPORT_ENGINE": "comprehend", "COMPREHEND_TIMEOUT_SECONDS": "61"},
            "settings: COMPREHEND_TIMEOUT_SECONDS must be at most a quarter of CELERY_TASK_SOFT_TIME_LIMIT",
        ),
        ({"REPORT_MAX_RETRIES": "0"}, "settings: REPORT_MAX_RETRIES: Input should be greater than 0"),
        (
            {"REPORT_API_REQUESTS_PER_MINUTE": "-1"},
            "settings: REPORT_API_REQUESTS_PER_MINUTE: Input should be greater than or equal to 0",
        ),
    ],
)
def test_an_engine_that_lacks_a_setting_says_which(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], told: str
) -> None:
    for name, value in (NAMED | env).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()

    with pytest.raises(SystemExit) as ended:
        settings()
    assert str(ended.value) == told


@pytest.mark.parametrize("engine", ["embedded", "openai", "comprehend"])
def test_what_an_engine_needs_is_enough(monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    for name, value in (NAMED | {"REPORT_ENGINE": engine}).items():
        monkeypatch.setenv(name, value)

    assert Settings().report_engine == engine
