"""A scenario from its first report to its verdict."""

import time
from pathlib import Path
from subprocess import TimeoutExpired

from tests.faults import ledger
from tests.faults.bill import bill
from tests.faults.faults import Fault
from tests.faults.paid_requests import paid_requests
from tests.faults.stage import Stage, TooFewReports, set_up
from tests.faults.verdict import Verdict
from tests.fixtures.postgresql_server import PostgresqlServer

TROUBLES = (TimeoutError, TooFewReports, AssertionError, TimeoutExpired)
"""What a scenario cannot go on after; it is judged all the same."""


def play(fault: Fault, pool: str, postgresql: PostgresqlServer, folder: Path, reports: int) -> Verdict:
    """Have the reports made while the fault strikes, and count."""
    with set_up(folder, postgresql, pool, reports, fault.seconds, **fault.env) as stage:
        stage.api.latency = fault.answer_seconds
        began = time.monotonic()
        trouble = _make_reports(stage, fault)
        seconds = time.monotonic() - began
        trouble += [f"{log} ended" for log in stage.crew.dead()]
        trouble += [f"{log} takes no tasks any more" for log in stage.crew.deaf()]
        return _judge(stage, fault, seconds, trouble)


def _make_reports(stage: Stage, fault: Fault) -> list[str]:
    """What kept the scenario from coming to its end."""
    try:
        stage.submit()
        fault.strike(stage)
        stage.until_completed()
    except TROUBLES as error:
        return [str(error)]
    return []


def _judge(stage: Stage, fault: Fault, seconds: float, trouble: list[str]) -> Verdict:
    recorded = ledger.recorded(stage.database)
    if recorded.logged != recorded.completed:  # what is stored twice would go unseen
        trouble.append(f"the trigger saw the end of {recorded.logged} of {recorded.completed} reports")
    return Verdict(
        reports=stage.reports,
        completed=recorded.completed,
        stored_twice=recorded.stored_twice,
        runs=recorded.runs,
        bill=bill(paid_requests(stage.api), stage.parts(), recorded.answered_at),
        bound=fault.in_vain.get(stage.crew.pool, 0),
        seconds=seconds,
        trouble=(*trouble, *recorded.unfinished),
    )
