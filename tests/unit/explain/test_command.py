"""``revrx-operator explain`` as a user runs it, against an API server of our own."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from revrx_operator.explain.facts import explain
from revrx_operator.model import GroupReading, QueueLoad
from tests.unit.explain.builders import pool_state
from tests.unit.fake_cluster import FakeCluster, command, commanded, operator_pod

STATE = pool_state(GroupReading(QueueLoad(waiting=40)))
EXPLANATION = json.loads(explain(STATE).model_dump_json(by_alias=True))
POOL = STATE.snapshot.view.pool
WHY = "40 waiting and 0 running tasks at 8 a replica ask for 5"


async def explained(cluster: FakeCluster, folder: Path, *arguments: str) -> Result:
    return await commanded(cluster, folder, "explain", *arguments)


async def test_the_operator_is_found_and_asked_through_the_api_server(tmp_path: Path) -> None:
    cluster = FakeCluster({"operator-1:8081": (200, EXPLANATION)}, [operator_pod("operator-1")], pool=POOL)

    ended = await explained(cluster, tmp_path, "revrx-celery")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert f"goal       5 replicas, QueueDepth: {WHY}" in ended.stdout
    assert "\x1b" not in ended.stdout


async def test_programs_get_json(tmp_path: Path) -> None:
    cluster = FakeCluster({"operator-1:8081": (200, EXPLANATION)}, [operator_pod("operator-1")], pool=POOL)

    ended = await explained(cluster, tmp_path, "revrx-celery", "-n", "revrx", "-o", "json")

    assert json.loads(ended.stdout) == EXPLANATION


async def test_of_several_operators_the_one_that_serves_the_pool_answers(tmp_path: Path) -> None:
    cluster = FakeCluster(
        {
            "operator-1:8081": (404, {"message": "this operator knows no pool revrx/revrx-celery"}),
            "operator-2:8081": (200, EXPLANATION),
        },
        [
            operator_pod("operator-1"),
            operator_pod("not-ready", ready=False),
            operator_pod("somebody-elses", port="metrics"),
            operator_pod("operator-2", "revrx"),
        ],
        pool=POOL,
    )

    ended = await explained(cluster, tmp_path, "revrx-celery")

    assert ended.exit_code == 0
    assert WHY in ended.stdout


async def test_a_pool_that_does_not_exist_is_an_error_with_its_cure(tmp_path: Path) -> None:
    ended = await explained(FakeCluster(), tmp_path, "revrx-celery")

    assert ended.exit_code == 1
    assert ended.stderr == (
        "Error: there is no ReportWorkerPool revrx-celery in namespace revrx; "
        "kubectl get rwp --all-namespaces lists those that there are\n"
    )


@pytest.mark.parametrize(
    ("cluster", "sentence"),
    [
        (FakeCluster(), "no operator is ready; look at it: kubectl get pods --all-namespaces --selector"),
        (FakeCluster(list_status=403), "pods is forbidden; name the operator's namespace with --operator-namespace"),
        (
            FakeCluster({"operator-1:8081": (403, {"message": "no pods/proxy"})}, [operator_pod("operator-1")]),
            "the operator revrx-system/operator-1 may not be asked: no pods/proxy; it takes get on pods/proxy",
        ),
        (
            FakeCluster({"operator-1:8081": (200, {"another": "answer"})}, [operator_pod("operator-1")]),
            "operator-1 answers something else; take the revrx-operator of its version",
        ),
    ],
    ids=["none is ready", "pods may not be listed", "the proxy may not be used", "another version"],
)
async def test_where_the_operator_cannot_be_asked_the_status_is_shown_with_the_cure(
    cluster: FakeCluster, sentence: str, tmp_path: Path
) -> None:
    cluster.pool = POOL

    ended = await explained(cluster, tmp_path, "revrx-celery")

    assert ended.exit_code == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert f"QueueDepth  {WHY}" in ended.stdout


async def test_an_operator_namespace_narrows_the_search(tmp_path: Path) -> None:
    cluster = FakeCluster({"operator-1:8081": (200, EXPLANATION)}, [operator_pod("operator-1")], pool=POOL)

    await explained(cluster, tmp_path, "revrx-celery", "--operator-namespace", "revrx-system")

    assert "/api/v1/namespaces/revrx-system/pods" in cluster.asked
    assert "/api/v1/pods" not in cluster.asked


def test_without_a_kubeconfig_the_error_says_what_to_set(tmp_path: Path) -> None:
    ended = command("explain", "revrx-celery", kubeconfig=tmp_path / "absent")

    assert ended.exit_code == 1
    assert "no cluster to talk to" in ended.stderr
    assert "Set KUBECONFIG, or use --url" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_address_where_nobody_listens_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    ended = command("explain", "revrx-celery", "--url", "http://127.0.0.1:1", kubeconfig=tmp_path / "absent")

    assert ended.exit_code == 1
    assert "no operator answers at http://127.0.0.1:1/explain" in ended.stderr
    assert "Traceback" not in ended.stderr
