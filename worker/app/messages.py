"""The Celery side of a report: sending its message, and sending it again where it was lost."""

from collections.abc import Iterable
from typing import Any

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from app.celery_app import REPORTS_QUEUE, celery_app
from app.report import VERSION
from app.sweep import sweep

TASK = "app.tasks.report_tasks.process_report"
CONNECT_ATTEMPTS = 3

# What is raised while Redis is away; kombu passes on some errors of the client as they are.
UNREACHABLE = (OperationalError, RedisError)


def send(report_ids: Iterable[str]) -> None:
    """Send a message for each report, whose row is stored already."""
    with celery_app.producer_pool.acquire(block=True) as producer:
        for report_id in report_ids:
            # Without a result: the row holds it, and a sender that expects one subscribes to a channel per message.
            celery_app.send_task(
                TASK, args=[report_id], kwargs={"version": VERSION}, producer=producer, ignore_result=True
            )


def resend_lost() -> int:
    """Send again what lost its message or its worker; returns how many reports that were."""
    lost = sweep(messages_waiting())
    send(lost)
    return len(lost)


def messages_waiting() -> int:
    """How many messages wait in the queue of the reports, those that a worker has fetched not counted."""
    with celery_app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=CONNECT_ATTEMPTS, interval_start=0, interval_step=1)
        queue: Any = celery_app.amqp.queues[REPORTS_QUEUE].bind(connection.default_channel)
        return int(queue.queue_declare().message_count)
