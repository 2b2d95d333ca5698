"""The Celery app: `celery -A app.celery_app worker --loglevel=info` consumes the queues `reports` and `default`."""

from celery import Celery
from kombu import Exchange, Queue

import revrx_worker
from app.settings import settings

REPORTS_QUEUE = "reports"
DEFAULT_QUEUE = "default"

celery_app = Celery("revrx", include=["app.tasks.report_tasks"])


def _configuration() -> dict[str, object]:
    chosen = settings()
    keyprefix = {"global_keyprefix": chosen.celery_global_keyprefix} if chosen.celery_global_keyprefix else {}
    return {
        "broker_url": chosen.broker_url,
        "result_backend": chosen.result_backend,
        "result_expires": chosen.celery_result_expires,
        "task_ignore_result": chosen.celery_task_ignore_result,
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        # The nameless exchange: a message then carries its queue as the routing key, which is what counts as running.
        "task_queues": [Queue(name, Exchange(""), routing_key=name) for name in (REPORTS_QUEUE, DEFAULT_QUEUE)],
        "task_default_queue": DEFAULT_QUEUE,
        "task_default_exchange": "",
        "task_default_routing_key": DEFAULT_QUEUE,
        "task_routes": {"app.tasks.report_tasks.*": {"queue": REPORTS_QUEUE}},
        "worker_concurrency": chosen.celery_worker_concurrency,
        "worker_prefetch_multiplier": chosen.celery_worker_prefetch_multiplier,
        "task_time_limit": chosen.celery_task_time_limit,
        "task_soft_time_limit": chosen.celery_task_soft_time_limit,
        # A message stays with Redis until its report is stored. The row caps the runs of a report that kills workers.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            # Workers renew it for what they hold (revrx_worker.lease): only the messages of dead ones come back.
            "visibility_timeout": chosen.celery_visibility_timeout,
            # Every ten seconds instead of every hundred: kombu looks on each tenth turn of its timer by default.
            "unacked_restore_throttle": 1,
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            # For those who send: give up after a second. Workers reconnect for ever.
            "max_retries": 3,
            "interval_start": 0.2,
            "interval_step": 0.2,
            **keyprefix,
        },
        "result_backend_transport_options": keyprefix,
        "redis_socket_connect_timeout": 5,
        "redis_socket_timeout": 30,
        "redis_socket_keepalive": True,
        "task_publish_retry_policy": {"max_retries": 3, "interval_start": 0.2, "interval_step": 0.5},
    }


celery_app.conf.update(_configuration())
revrx_worker.join(celery_app)


@celery_app.task(name="app.celery_app.health_check")
def health_check() -> str:
    """Answer `ok`: a worker took the message from the queue `default`, ran it and stored the result."""
    return "ok"
