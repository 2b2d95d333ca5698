"""An explanation as text for a terminal; where colours are not wanted, click.echo takes them out."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import click

from revrx_operator.explain.columns import UNKNOWN, aligned, count, duration
from revrx_operator.explain.report import Broker, ConditionLine, Explanation, Group, Inputs, Pace, Past, Target, Usage
from revrx_operator.model import Manifest

COLOURS = {"True": "green", "False": "red", "Unknown": "yellow"}


def render(explanation: Explanation) -> str:
    """The whole explanation."""
    lines = [*_header(explanation), *_conditions(explanation.conditions)]
    for group in explanation.groups:
        lines += ["", *_group(group, explanation.at)]
    return "\n".join(lines)


def render_status(pool: Manifest) -> str:
    """What the status of a pool says, for when the operator cannot be asked."""
    metadata, status = pool["metadata"], pool.get("status", {})
    conditions = [ConditionLine.model_validate(entry) for entry in status.get("conditions", [])]
    lines = [_bold(f"{metadata['namespace']}/{metadata['name']}"), *_conditions(conditions)]
    if groups := status.get("groups", []):
        names = ("desiredReplicas", "readyReplicas", "waiting", "running", "reason", "message")
        rows = [[group["name"], *(str(group.get(name, UNKNOWN)) for name in names)] for group in groups]
        lines += ["", *_table(["GROUP", "WANTED", "READY", "WAITING", "RUNNING", "REASON", "WHY"], rows, range(1, 5))]
    return "\n".join(lines)


def _header(explanation: Explanation) -> Iterator[str]:
    asked = [word for word, holds in (("paused", explanation.paused), ("drained", explanation.drained)) if holds]
    words = "".join(click.style(f"  {word}", fg="yellow") for word in asked)
    yield f"{_bold(f'{explanation.namespace}/{explanation.pool}')}  {explanation.at:%Y-%m-%d %H:%M:%S} UTC{words}"
    yield _redis(explanation.broker)


def _redis(broker: Broker | None) -> str:
    if broker is None:
        return f"Redis: {click.style('its address is not known yet', fg='yellow')}"
    if broker.reachable:
        return f"Redis {broker.where} {click.style('answers', fg='green')}"
    if not broker.failures:
        return f"Redis {broker.where} {click.style('was not read yet', fg='yellow')}"
    fault = click.style(f"cannot be read, {broker.failures} times in a row: {broker.message}", fg="red")
    return f"Redis {broker.where} {fault}"


def _conditions(conditions: Sequence[ConditionLine]) -> Iterator[str]:
    if not conditions:
        return
    yield ""
    rows = [[condition.type, condition.status, condition.reason, condition.message] for condition in conditions]
    header, *lines = _table(["CONDITION", "STATUS", "REASON", "WHY"], rows)
    yield header
    for condition, line in zip(conditions, lines, strict=True):
        colour = COLOURS[condition.status] if condition.type in {"Ready", "BrokerReachable", "ScalingActive"} else None
        yield line.replace(condition.status, click.style(condition.status, fg=colour), 1)


def _group(group: Group, now: datetime) -> Iterator[str]:
    yield f"{_bold(f'Group {group.name}')}, queues {', '.join(group.queues)}: {_standing(group)}"
    yield ""
    yield from _indented(aligned(list(_facts(group)), {1}))
    if group.targets:
        yield ""
        yield from _targets(group.targets)
    yield ""
    yield from _indented(aligned(list(_outcome(group))))
    if group.decisions:
        yield ""
        yield from _indented(_decisions(group.decisions, now))


def _standing(group: Group) -> str:
    replicas = group.replicas
    if replicas is None:
        return "nothing runs yet"
    rolling = ", a rollout is under way" if replicas.rolling else ""
    return f"{replicas.asked} replicas asked for, {replicas.existing} there, {replicas.ready} ready{rolling}"


def _facts(group: Group) -> Iterator[list[str]]:
    """Name, number, unit and what there is to say about it."""
    if group.inputs is None:
        yield ["waiting", UNKNOWN, "", "not read"]
    else:
        yield from _load(group.inputs)
    yield ["CPU", *_usage(group.cpu)]
    yield ["memory", *_usage(group.memory)]


def _load(inputs: Inputs) -> Iterator[list[str]]:
    yield ["waiting", str(inputs.waiting), "tasks", ""]
    yield ["running", str(inputs.running), "tasks", _running(inputs)]
    yield ["unacknowledged", *_unacknowledged(inputs)]
    yield ["oldest wait", *_seconds(inputs.oldest_wait), f"of at most {inputs.max_wait} s" if inputs.max_wait else ""]
    yield ["service time", *_seconds(inputs.service), "of a task, lately" if inputs.service else "not known yet"]
    yield ["slots", str(inputs.slots_in_use), f"of {inputs.slots}", "in use"]
    yield ["busy", str(inputs.busy), "workers", "run something"]
    yield ["429s", *_throttled(inputs.throttled_ago)]


def _running(inputs: Inputs) -> str:
    known = f"heartbeats of {inputs.workers_heard} workers, and Redis" if inputs.workers_heard else "by Redis alone"
    leaving = inputs.running - inputs.running_that_stays
    return f"{known}; {leaving} with workers that go" if leaving > 0 else known


def _unacknowledged(inputs: Inputs) -> list[str]:
    if inputs.unacked is None:
        return [UNKNOWN, "messages", "too many to look through"]
    return [str(inputs.unacked), "messages", f"{inputs.eta} of them wait for their eta" if inputs.eta else ""]


def _seconds(seconds: float | None) -> list[str]:
    return [UNKNOWN, ""] if seconds is None else duration(seconds).split(" ")


def _throttled(ago: float | None) -> list[str]:
    return ["none", "", ""] if ago is None else [*duration(ago).split(" "), "since an API last answered 429"]


def _usage(usage: Usage) -> list[str]:
    if usage.percent is None:
        return [UNKNOWN, "", f"not measured; target {usage.target} %"]
    return [str(usage.percent), "%", f"of the request; target {usage.target} %"]


def _targets(targets: Sequence[Target]) -> Iterator[str]:
    rows = [[str(target.replicas), target.reason, target.message] for target in targets]
    header, *lines = _table(["REPLICAS", "TARGET", "WHY"], rows, {0})
    yield f"  {header}"
    for target, line in zip(targets, lines, strict=True):
        yield click.style(f"▸ {line}", fg="green") if target.wins else f"  {line}"


def _outcome(group: Group) -> Iterator[list[str]]:
    floor, ceiling = group.floor, group.ceiling
    yield ["bounds", f"{floor.replicas} to {ceiling.replicas} by {floor.said_by} and {ceiling.said_by}"]
    yield ["goal", f"{group.goal.replicas} replicas, {group.goal.reason}: {group.goal.message}"]
    for why in group.held:
        yield ["held back", f"{why.reason}: {why.message}"]
    for worker in group.retiring:
        holds = "" if worker.holds is None else f", holds {worker.holds} tasks"
        yield ["retiring", f"{worker.pod} since {duration(worker.since)}{holds}"]
    if group.pace is not None:
        yield ["shrinking", _pace(group.pace)]


def _pace(pace: Pace) -> str:
    gone = f"{pace.gone} of {pace.per_minute} a minute are gone"
    return f"not below {pace.highest_wanted}, wanted within {pace.within} s; {gone}"


def _decisions(decisions: Sequence[Past], now: datetime) -> list[str]:
    headings = ["AGE", "REPLICAS", "REASON", "WAITING", "RUNNING", "OLDEST", "SERVICE", "WHY"]
    return _table(headings, [_decision(past, now) for past in reversed(decisions)], {0, 3, 4, 5, 6})


def _decision(past: Past, now: datetime) -> list[str]:
    return [
        duration((now - past.at).total_seconds()),
        f"{UNKNOWN if past.previous is None else past.previous} → {past.replicas}",
        past.reason,
        count(past.waiting),
        count(past.running),
        UNKNOWN if past.oldest_wait is None else duration(past.oldest_wait),
        UNKNOWN if past.service is None else duration(past.service),
        past.message,
    ]


def _table(headings: list[str], rows: list[list[str]], right: Iterable[int] = ()) -> list[str]:
    header, *lines = aligned([headings, *rows], set(right))
    return [click.style(header, dim=True), *lines]


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _bold(text: str) -> str:
    return click.style(text, bold=True)
