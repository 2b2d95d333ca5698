"""The namespace of a round: Redis that outlives a kill, PostgreSQL with the traces of the runs, a client."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.killer.subject import APP
from tests.e2e.killer.verdict import Run, Traces
from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import EXAMPLES, MANIFESTS
from tests.e2e.reports import Row
from tests.e2e.stack import remove, wait_until_up

HERE = Path(__file__).parent
REDIS_AWAY_SECONDS = 2
KILL_REDIS = ("sh", "-c", "kill -9 $(cat /data/redis.pid)")
"""Redis comes back with everything that it had acknowledged: its append-only file is written before each answer."""
FETCHING_SECONDS = 2
"""Of a message that a worker has popped and not noted yet: no look at Redis or at the workers would find it."""
RESEND_SECONDS = 3600
"""Nothing is sent a second time because it waits for long: what is left in the queue is thrown away."""

TRACES = """
create table killer_runs (number serial, report_id text, pod text, began float8, ended float8, outcome text);
create table killer_stores (report_id text);
create function killer_note() returns trigger language plpgsql as
  'begin insert into killer_stores values (new.id); return new; end';
create trigger killer_note after update on reports for each row
  when (new.finished_at is distinct from old.finished_at and new.finished_at is not null)
  execute function killer_note();
"""


@contextmanager
def namespace(context: str, name: str) -> Iterator[Kubectl]:
    """A namespace with everything that a round needs, gone at the end."""
    kubectl = Kubectl(context, name)
    kubectl("create", "namespace", name)
    try:
        build(kubectl)
        yield kubectl
    finally:
        remove(kubectl)


def build(kubectl: Kubectl) -> None:
    """Bring everything that a round needs into an empty namespace."""
    app = (HERE / "in_cluster" / f"{APP}.py").read_text()
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": APP}, "data": {f"{APP}.py": app}}
    kubectl.apply(*stack(), config_map)
    wait_until_up(kubectl)
    _sql(kubectl, TRACES)


def stack() -> list[dict[str, Any]]:
    """The stack of the other end-to-end tests, with a Redis that comes back with its data when it is killed."""
    objects: list[dict[str, Any]] = list(yaml.safe_load_all((MANIFESTS / "stack.yaml").read_text()))
    (redis,) = (found for found in objects if found["kind"] == "Pod" and found["metadata"]["name"] == "redis")
    (container,) = redis["spec"]["containers"]
    (program, *options) = container.pop("args")
    lasting = ["--protected-mode", "no", "--dir", "/data", "--pidfile", "/data/redis.pid"]
    lasting += ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
    forever = f'while :; do {program} "$@"; sleep {REDIS_AWAY_SECONDS}; done'
    container["command"] = ["sh", "-c", forever, "redis", *lasting, *options]
    # The loop is the container's first process, which no SIGTERM ends.
    redis["spec"]["terminationGracePeriodSeconds"] = 0
    return objects


def submit(kubectl: Kubectl, prefix: str, count: int, *, resend_seconds: int = RESEND_SECONDS) -> None:
    """Submit reports whose ids begin like that, each with a text of its own."""
    lines = "\n".join(json.dumps(report) for report in reports(prefix, count))
    command = ("env", f"REPORT_RESEND_SECONDS={resend_seconds}", "revrx-reports", "submit", "-")
    said = kubectl.execute("client", *command, stdin=lines, seconds=180)
    assert f"{count} submitted, 0 failed" in said, said


def reports(prefix: str, count: int) -> list[dict[str, str]]:
    """The encounters of the example under other ids, which stand in their texts as well."""
    encounters = [json.loads(line) for line in (EXAMPLES / "encounters.jsonl").read_text().splitlines()]
    return [_renamed(encounters[number % len(encounters)], f"{prefix}{number:03}") for number in range(count)]


def _renamed(encounter: dict[str, str], report_id: str) -> dict[str, str]:
    return {**encounter, "id": report_id, "text": f"{encounter['text']}\nREPORT: {report_id}"}


def empty_queue(kubectl: Kubectl) -> float:
    """Throw away what waits; gives when that was."""
    kubectl.execute("redis", "redis-cli", "del", "reports")
    return time.time()


def forget_waiting(kubectl: Kubectl, prefix: str) -> None:
    """Forget the reports whose messages were thrown away, once nobody can be fetching one any more.

    A message that finds no report would be recorded as a failed one.
    """
    time.sleep(FETCHING_SECONDS)
    _sql(kubectl, f"delete from reports where state = 'queued' and id like '{prefix}%'")  # noqa: S608 - ours


def traces(kubectl: Kubectl, prefix: str) -> Traces:
    """What the reports whose ids begin like that have left behind."""
    query = f"""select json_build_object(
      'rows', (select coalesce(json_agg(r), '[]') from
        (select id, state, attempts, token, null as summary from reports where id like '{prefix}%') r),
      'runs', (select coalesce(json_agg(r), '[]') from
        (select report_id, pod, began, ended, outcome from killer_runs where report_id like '{prefix}%') r),
      'stored', (select coalesce(json_agg(report_id), '[]') from killer_stores where report_id like '{prefix}%'))
    """  # noqa: S608 - ours
    found = json.loads(_sql(kubectl, query))
    return Traces(
        tuple(Row(**row) for row in found["rows"]), tuple(Run(**run) for run in found["runs"]), tuple(found["stored"])
    )


def _sql(kubectl: Kubectl, statement: str) -> str:
    options = ("--username=revrx", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1")
    return kubectl.execute("postgres", "psql", *options, f"--command={statement}")
