"""The worker's settings, read from the environment and from a file `.env` in the working directory."""

from functools import cache
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveInt, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from revrx_worker import broker


def _redis_url(url: str) -> str:
    if urlsplit(url).scheme not in broker.SCHEMES:
        raise ValueError("must be a redis://, rediss:// or sentinel:// URL")
    return url


def _database_url(url: str) -> str:
    """Name the PostgreSQL driver where the URL, as most platforms hand it out, names none."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("must be a database URL such as postgresql://user:password@host/name") from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"postgresql", "sqlite"}:
        raise ValueError("must be a postgresql:// or a sqlite:/// URL")
    return parsed.render_as_string(hide_password=False)


RedisUrl = Annotated[str, AfterValidator(_redis_url)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in capitals; an empty one counts as unset."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    enable_celery: bool = Field(
        default=False, description="Hand reports to Celery workers instead of running them here"
    )

    redis_url: RedisUrl = "redis://localhost:6379/0"
    redis_password: SecretStr = SecretStr("")
    celery_broker_url: RedisUrl = Field(default="", validate_default=False)
    celery_result_backend: RedisUrl = Field(default="", validate_default=False)
    celery_global_keyprefix: str = ""

    celery_worker_concurrency: PositiveInt = 4
    celery_worker_prefetch_multiplier: PositiveInt = 2
    celery_task_time_limit: PositiveInt = Field(default=300, description="seconds until a task's process is killed")
    celery_task_soft_time_limit: PositiveInt = Field(default=240, description="seconds until a task is told to give up")
    celery_visibility_timeout: PositiveInt = Field(
        default=120, description="seconds until another worker gets what a dead one held"
    )
    celery_result_expires: PositiveInt = Field(default=3600, description="seconds")
    celery_task_ignore_result: bool = False

    database_url: DatabaseUrl = "sqlite:///reports.db"

    report_pace_seconds: float = Field(default=0, ge=0, description="stands in for the latency of a paid API")
    report_lease_seconds: float = Field(
        default=30, ge=1, description="a worker unheard for so long has lost its report"
    )
    report_resend_seconds: float = Field(default=60, ge=1, description="a message not taken up for so long may be lost")
    report_database_wait_seconds: float = Field(
        default=60, ge=0, description="a database that cannot be reached is waited for so long"
    )
    report_rescue_seconds: NonNegativeInt = Field(
        default=86_400,
        description="how long Redis keeps a paid answer, sealed, that the database could not take; 0: not at all",
    )
    report_max_attempts: PositiveInt = 3
    report_max_bytes: PositiveInt = 2_000_000

    report_max_retries: PositiveInt = Field(
        default=20, description="how often in a row a report is put off without a new answer of its API"
    )
    report_api_requests_per_minute: NonNegativeInt = Field(
        default=0, description="of all workers together; 0: no limit"
    )
    report_api_tokens_per_minute: NonNegativeInt = Field(default=0, description="of all workers together; 0: no limit")

    report_engine: Literal["embedded", "openai", "comprehend"] = "embedded"

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = ""
    openai_model: str = "gpt-5-mini"
    openai_timeout_seconds: float = Field(default=60, gt=0)
    openai_input_price: float = Field(default=0, ge=0, description="of a million tokens")
    openai_output_price: float = Field(default=0, ge=0, description="of a million tokens")

    aws_access_key_id: SecretStr = SecretStr("")
    aws_secret_access_key: SecretStr = SecretStr("")
    aws_region: str = ""
    aws_endpoint_url_comprehend: str = ""
    comprehend_language: str = "en"
    comprehend_timeout_seconds: float = Field(default=20, gt=0)
    comprehend_unit_price: float = Field(default=0, ge=0, description="of 100 characters")

    @model_validator(mode="after")
    def _engine_complete(self) -> "Settings":
        if self.report_engine == "openai" and not self.openai_api_key.get_secret_value():
            raise ValueError("OPENAI_API_KEY must be set for REPORT_ENGINE=openai")
        if self.report_engine == "openai" and self.openai_timeout_seconds >= self.celery_task_soft_time_limit:
            raise ValueError("OPENAI_TIMEOUT_SECONDS must be lower than CELERY_TASK_SOFT_TIME_LIMIT")
        if self.report_engine == "comprehend":
            self._comprehend_complete()
        return self

    def _comprehend_complete(self) -> None:
        if not self.aws_region:
            raise ValueError("AWS_REGION must be set for REPORT_ENGINE=comprehend")
        if bool(self.aws_access_key_id.get_secret_value()) != bool(self.aws_secret_access_key.get_secret_value()):
            raise ValueError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together, or neither of them")
        if self.comprehend_timeout_seconds * 4 > self.celery_task_soft_time_limit:
            raise ValueError("COMPREHEND_TIMEOUT_SECONDS must be at most a quarter of CELERY_TASK_SOFT_TIME_LIMIT")

    @model_validator(mode="after")
    def _soft_before_hard(self) -> "Settings":
        if self.celery_task_soft_time_limit >= self.celery_task_time_limit:
            raise ValueError("CELERY_TASK_SOFT_TIME_LIMIT must be lower than CELERY_TASK_TIME_LIMIT")
        return self

    @property
    def broker_url(self) -> str:
        """Where tasks are sent, with its password."""
        return self._with_password(self.celery_broker_url or self.redis_url)

    @property
    def result_backend(self) -> str:
        """Where Celery keeps the results of tasks, with its password."""
        return self._with_password(self.celery_result_backend or self.redis_url)

    def _with_password(self, url: str) -> str:
        return broker.with_password(url, self.redis_password.get_secret_value())


@cache
def settings() -> Settings:
    """The settings of this process; a bad value ends it with a line that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise SystemExit("\n".join(_lines(error))) from None


def _lines(error: ValidationError) -> list[str]:
    """A line per bad variable. The value itself is not told: it may be a secret."""
    return [
        ": ".join(
            ["settings", *(str(part).upper() for part in found["loc"]), found["msg"].removeprefix("Value error, ")]
        )
        for found in error.errors(include_url=False)
    ]
