"""The task that runs a report."""

from typing import Any

from celery.signals import worker_init, worker_ready, worker_shutdown
from celery.utils.log import get_task_logger

from app import engines, sweeper
from app.celery_app import celery_app
from app.intake import record_missing
from app.runs import Outcome, run_report

logger = get_task_logger(__name__)


@celery_app.task(name="app.tasks.report_tasks.process_report")
def process_report(report_id: str) -> dict[str, str]:
    """Run the report of that id. A message that can claim nothing ends here: the row knows more than the message."""
    outcome = run_report(report_id)
    if outcome is Outcome.NOT_CLAIMED and record_missing(report_id):
        logger.error("report %s: there is no such report; recorded as failed", report_id)
        outcome = Outcome.FAILED
    return {"report": report_id, "outcome": outcome}


@worker_init.connect
def _load_engine_before_the_fork(**_: Any) -> None:
    """Load the engine in the main process, so that its children share the memory and none pays the import."""
    engines.load()


@worker_ready.connect
def _sweep_while_the_worker_lives(**_: Any) -> None:
    sweeper.start()


@worker_shutdown.connect
def _sweep_no_more(**_: Any) -> None:
    sweeper.stop()
