"""What the operator's own environment says."""

from socket import gethostname
from typing import Annotated
from uuid import uuid4

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class OperatorSettings(BaseSettings):
    """Settings of ``revrx-operator run``, each from a variable of its name with the prefix REVRX_."""

    model_config = SettingsConfigDict(env_prefix="REVRX_", env_ignore_empty=True)

    watch_namespaces: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Namespaces to watch, separated by commas; empty watches all."
    )
    health_address: str = Field(default="0.0.0.0", description="Address of /healthz.")  # noqa: S104 - the kubelet asks
    health_port: int = Field(default=8080, ge=1, le=65535, description="Port of /healthz.")
    metrics_address: str = Field(default="0.0.0.0", description="Address of /metrics and /explain.")  # noqa: S104
    metrics_port: int = Field(default=8081, ge=1, le=65535, description="Port of /metrics and /explain.")
    lease_namespace: str = Field(
        default="", description="Namespace of the Lease that one of several operators holds; empty: this one is alone."
    )
    lease_name: str = Field(default="revrx-operator", min_length=1, description="Name of the Lease.")
    identity: str = Field(
        default_factory=lambda: f"{gethostname()}_{uuid4()}",
        min_length=1,
        description="Who holds the Lease; no two operators may have the same.",
    )
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="Log level.")
    log_format: str = Field(
        default="text", pattern="^(text|json)$", description="A line of text, or an object of JSON with more fields."
    )

    @field_validator("watch_namespaces", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value
