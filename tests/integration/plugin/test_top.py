"""``top`` where no operator answers: the status tells."""

import json

from tests.integration.plugin.conftest import Place

STATUS = {"replicas": 3, "readyReplicas": 2, "desiredReplicas": 4, "busyReplicas": 2, "waiting": 147, "running": 16}
WHY = {"reason": "MaxReplicas", "message": "maxReplicas is 4; 147 waiting and 16 running tasks"}


def test_the_numbers_are_those_of_the_status_and_that_is_said(place: Place) -> None:
    place.pool(groups=("worker", "urgent"))
    place.status("rwp", "reports", groups=[{"name": "worker", **STATUS, **WHY}])

    ended = place.revrx("top")

    assert [line.split() for line in ended.stdout.splitlines()] == [
        ["POOL", "GROUP", "WAITING", "RUNNING", "OLDEST", "BUSY", "READY", "DESIRED", "MAX", "REASON"],
        ["reports", "worker", "147", "16", "-", "2", "2", "4", "10", "MaxReplicas"],
        ["reports", "urgent", "-", "-", "-", "-", "0", "-", "10", "-"],
    ]
    assert ended.stderr.startswith("These numbers are the status's: no operator is ready; look at it: kubectl get pods")
    assert ended.exit_code == 0


def test_all_namespaces_have_their_column(place: Place) -> None:
    place.pool()

    lines = place.revrx("top", "-A", "-l", "").stdout.splitlines()

    assert lines[0].split()[0] == "NAMESPACE"
    assert [place.namespace, "reports"] in [line.split()[:2] for line in lines[1:]]


def test_labels_choose_the_pools(place: Place) -> None:
    place.pool("reports")
    place.pool("mails")
    place.kubectl("label", "rwp", "mails", "team=post")

    lines = place.revrx("top", "-l", "team=post").stdout.splitlines()

    assert [line.split()[0] for line in lines] == ["POOL", "mails"]


def test_programs_get_the_documented_fields(place: Place) -> None:
    place.pool()
    place.status("rwp", "reports", groups=[{"name": "worker", **STATUS, **WHY}])

    document = json.loads(place.revrx("top", "reports", "-o", "json").stdout)

    assert set(document) == {"at", "note", "groups"}
    assert document["groups"] == [
        {
            "namespace": place.namespace,
            "pool": "reports",
            "group": "worker",
            "oldestEnqueuedAt": None,
            "maxReplicas": 10,
            "source": "status",
            **STATUS,
            **WHY,
        }
    ]


def test_where_there_is_no_pool_that_is_said(place: Place) -> None:
    ended = place.revrx("top")

    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", f"No pools in namespace {place.namespace}.\n")
