"""Remote commands that Celery 5.7 lacks: `control log_level`, and `add_consumer`, `cancel_consumer` without a queue.

They are registered by being imported (celery.worker.control, `Panel`), in a worker as well as in `celery control`,
which looks there for the arguments that a command takes.
"""

import logging
import mmap
from typing import Any

from celery import Celery
from celery.signals import task_prerun
from celery.worker.control import Panel, control_command

LEVELS = ("debug", "info", "warning", "error", "critical")
NOT_CHANGED = 0

_wanted = mmap.mmap(-1, 1)
"""The level that was asked for last, in tens. The processes of a prefork pool share it with the one that forked them,
which hears the command; they have no other way to hear of it."""


def connect(app: Celery) -> None:  # noqa: ARG001 - as its neighbours; the registry of commands is Celery's, not an app's
    """Let the workers of this app understand the commands."""
    task_prerun.connect(_follow, weak=False)


@control_command(args=[("level", str)], signature=f"<{'|'.join(LEVELS)}>")
def log_level(state: Any, level: str = "", **_: Any) -> dict[str, Any]:  # noqa: ARG001 - every command gets the state
    """Change the log level of worker(s); tasks that run already notice with the next task of their process."""
    if level.lower() not in LEVELS:
        return {"error": f"{level or 'nothing'} is no log level; give one of {', '.join(LEVELS)}"}
    number = logging.getLevelNamesMapping()[level.upper()]
    _wanted[0] = number // 10
    _set(number)
    return {"ok": f"log level {level.lower()}"}


def _follow(**_: Any) -> None:
    """Before each task, for a process that did not hear the command."""
    number = _wanted[0] * 10
    if number != NOT_CHANGED and logging.getLogger().level != number:
        _set(number)


def _set(number: int) -> None:
    """Those that Celery gives the level of its command line (5.7.0, app/log.py, `setup_logging_subsystem`)."""
    for logger in (logging.getLogger(), logging.getLogger("celery.task")):
        logger.setLevel(number)


_stock_add_consumer = Panel.data["add_consumer"]
_stock_cancel_consumer = Panel.data["cancel_consumer"]


@control_command(
    args=[("queue", str), ("exchange", str), ("exchange_type", str), ("routing_key", str)],
    signature="[queue [exchange [type [routing_key]]]]",
)
def add_consumer(state: Any, queue: str | None = None, *arguments: Any, **options: Any) -> dict[str, Any]:
    """Tell worker(s) to consume from a queue; without its name, from those that they were started for."""
    for name in (queue,) if queue else state.consumer.own_queues:
        _stock_add_consumer(state, name, *arguments, **options)
    return {"ok": f"add consumer {queue or ', '.join(state.consumer.own_queues)}"}


@control_command(args=[("queue", str)], signature="[queue]")
def cancel_consumer(state: Any, queue: str | None = None, **_: Any) -> dict[str, Any]:
    """Tell worker(s) to stop consuming from a queue; without its name, from all of them."""
    names = (queue,) if queue else tuple(sorted(state.app.amqp.queues.consume_from))
    for name in names:
        _stock_cancel_consumer(state, name)
    return {"ok": f"no longer consuming from {', '.join(names) or 'any queue'}"}
