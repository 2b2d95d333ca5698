"""The task that runs a report."""

from typing import Any

from celery import Task
from celery.signals import worker_init, worker_ready, worker_shutdown
from celery.utils.log import get_task_logger
from sqlalchemy.exc import SQLAlchemyError

from app import engines, sweeper
from app.celery_app import celery_app
from app.intake import record_missing
from app.messages import UNREACHABLE
from app.metering import run_ended
from app.runs import Outcome, Surroundings, run_report
from revrx_worker import throttled

logger = get_task_logger(__name__)


@celery_app.task(name="app.tasks.report_tasks.process_report", bind=True)
def process_report(self: "Task[Any, Any]", /, report_id: str, **_: Any) -> dict[str, str]:
    """Run the report of that id. A message that can claim nothing ends here: the row knows more than the message.

    What else newer publishers say is passed over: the row tells which worker may run it.
    """
    try:
        outcome = run_report(report_id, _surroundings(self, report_id))
        if outcome is Outcome.NOT_CLAIMED and record_missing(report_id):
            logger.error("report %s: there is no such report; recorded as failed", report_id)
            outcome = Outcome.FAILED
    except SQLAlchemyError as error:
        # The row stays claimed; when its lease has expired the sweep sends it again.
        logger.error("report %s: the database does not answer: %s", report_id, str(error).splitlines()[0])
        outcome = Outcome.CLAIM_LOST
    run_ended(outcome)
    return {"report": report_id, "outcome": outcome}


def _surroundings(task: "Task[Any, Any]", report_id: str) -> Surroundings:
    def show(stage: str, percent: int) -> None:
        if task.request.ignore_result:
            return
        try:
            task.update_state(state="PROGRESS", meta={"report": report_id, "stage": stage, "percent": percent})
        except UNREACHABLE as error:
            logger.debug("report %s: Redis is not told how far it is: %s", report_id, error)

    return Surroundings(on_progress=show, on_throttled=lambda: throttled(task))


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
