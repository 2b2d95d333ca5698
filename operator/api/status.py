"""What a ReportWorkerPool says about itself. The operator writes these fields as plain dicts; here is their schema."""

from typing import Annotated, Literal

from pydantic import Field

from revrx_operator.api.part import BY_NAME, Part

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Replicas = Annotated[int, Field(ge=0)]
Tasks = Annotated[int, Field(ge=0)]


class Condition(Part):
    """One aspect of the pool, in the shape of metav1.Condition."""

    type: str = Field(max_length=316, pattern=r"^[A-Z][A-Za-z]*$", description="The aspect, in CamelCase.")
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it holds.")
    observed_generation: int | None = Field(None, ge=0, description="Generation of the spec that it is about.")
    last_transition_time: Timestamp = Field(description="When the status last changed.")
    reason: str = Field(max_length=1024, pattern=r"^[A-Za-z]\w*$", description="Why, in one CamelCase word.")
    message: str = Field(max_length=32768, description="Why, and what to do about it, for people.")


class GroupStatus(Part):
    """One worker group as it stands."""

    name: str = Field(max_length=32, description="The worker group.")
    replicas: Replicas = Field(description="Workers that exist.")
    ready_replicas: Replicas = Field(description="Workers that consume.")
    desired_replicas: Replicas = Field(description="Workers that the last decision asks for.")
    busy_replicas: Replicas | None = Field(None, description="Workers that run something.")
    waiting: Tasks = Field(description="Tasks in the group's queues.")
    running: Tasks = Field(description="Tasks that workers hold.")
    oldest_enqueued_at: Timestamp | None = Field(
        None, description="When the task that has waited longest was sent; unset where none waits."
    )
    reason: str = Field(max_length=128, description="Why that many are desired, in one CamelCase word.")
    message: str = Field(max_length=32768, description="Why that many are desired, for people.")
    last_scale_time: Timestamp | None = Field(None, description="When the operator last changed the replicas.")


class PoolStatus(Part):
    """The pool as it stands. Fast numbers are up to 15 s old; the metrics have them fresh."""

    observed_generation: int | None = Field(None, ge=0, description="Generation of the spec that this is about.")
    conditions: list[Condition] = Field(
        default=[],
        max_length=32,
        description="Ready, BrokerReachable, ScalingActive, Progressing, MemoryAboveTarget, QueueShared, Drained; "
        "FlowerReady where Flower is asked for.",
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    )
    replicas: Replicas | None = Field(None, description="Workers that exist, of all groups.")
    ready_replicas: Replicas | None = Field(None, description="Workers that consume, of all groups.")
    desired_replicas: Replicas | None = Field(None, description="Workers that the last decisions ask for.")
    waiting: Tasks | None = Field(None, description="Tasks in the pool's queues.")
    running: Tasks | None = Field(None, description="Tasks that workers hold.")
    oldest_enqueued_at: Timestamp | None = Field(
        None, description="When the task that has waited longest was sent; unset where none waits."
    )
    reason: str | None = Field(None, max_length=2048, description="The groups' reasons, each once.")
    groups: list[GroupStatus] = Field(
        default=[], max_length=64, description="The worker groups.", json_schema_extra=BY_NAME
    )
