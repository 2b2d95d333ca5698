"""What the database has recorded of a scenario, a trigger of our own included: it logs each end that is written."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

# Celery and the worker know nothing of it, so that whatever writes an end is caught.
LOG_ENDS = """
CREATE TABLE ends (report_id text, state text, token integer);
CREATE FUNCTION log_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ends VALUES (NEW.id, NEW.state, NEW.token);
  RETURN NULL;
END $$;
CREATE TRIGGER log_end AFTER UPDATE ON reports FOR EACH ROW
WHEN (
  NEW.state IN ('completed', 'failed')
  AND (OLD.state, OLD.token, OLD.finished_at, OLD.result)
    IS DISTINCT FROM (NEW.state, NEW.token, NEW.finished_at, NEW.result)
)
EXECUTE FUNCTION log_end();
"""

PROGRESS = """
SELECT count(*) FILTER (WHERE state = 'completed'), count(*) FILTER (WHERE state IN ('completed', 'failed'))
FROM reports
"""

COUNTS = """
SELECT count(*) FILTER (WHERE state = 'completed') AS completed,
       (SELECT count(DISTINCT report_id) FROM ends WHERE state = 'completed') AS logged,
       (SELECT count(*) FROM (SELECT 1 FROM ends GROUP BY report_id HAVING count(*) > 1) AS twice) AS stored_twice,
       coalesce(sum(token), 0) AS runs
FROM reports
"""

UNFINISHED = """
SELECT id, state, attempts, sends, error_code, error_message FROM reports WHERE state <> 'completed' ORDER BY id LIMIT 5
"""


@dataclass(frozen=True)
class Progress:
    """How many reports are completed, and how many are at their end."""

    completed: int = 0
    ended: int = 0


@dataclass(frozen=True)
class Recorded:
    """What the database tells in the end."""

    completed: int
    logged: int
    """Reports of which the trigger has seen a good end."""
    stored_twice: int
    runs: int
    """Claims; each is a run that was started."""
    answered_at: Mapping[tuple[str, str], float]
    """When the answer to a part was stored, by report and hash."""
    unfinished: tuple[str, ...]
    """Some of the reports that are not completed, for whoever looks into it."""


def log_ends(url: str) -> None:
    """Begin to log."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(LOG_ENDS)


def progress(url: str) -> Progress:
    """How far the reports are; no further than nowhere while the database is away."""
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            return Progress(*(connection.execute(PROGRESS).fetchone() or ()))
    except psycopg.OperationalError:
        return Progress()


def recorded(url: str) -> Recorded:
    """What came of the reports."""
    with psycopg.connect(url) as connection:
        completed, logged, stored_twice, runs = connection.execute(COUNTS).fetchone() or (0, 0, 0, 0)
        answers = connection.execute("SELECT report_id, request_hash, answered_at FROM report_answers").fetchall()
        unfinished = tuple(str(row) for row in connection.execute(UNFINISHED).fetchall())
    answered_at = {(report_id, request): at for report_id, request, at in answers}
    return Recorded(completed, logged, stored_twice, int(runs), answered_at, unfinished)
