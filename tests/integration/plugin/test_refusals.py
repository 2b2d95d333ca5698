"""Whatever goes wrong is told in one line, with the cure."""

from pathlib import Path

import pytest

from tests.integration.plugin.conftest import Place


def error(place: Place, *arguments: str) -> str:
    ended = place.revrx(*arguments)
    assert ended.exit_code == 1
    (line,) = ended.stderr.splitlines()
    return line.removeprefix("Error: ")


@pytest.mark.parametrize(
    "command", [("pause",), ("resume",), ("drain", "--no-wait"), ("top",), ("failed",), ("requeue", "--all")]
)
def test_a_name_that_is_not_quite_right_is_put_right(place: Place, command: tuple[str, ...]) -> None:
    place.pool()

    name, *options = command
    told = error(place, name, "reprots", *options)

    assert told == f"there is no ReportWorkerPool reprots in namespace {place.namespace}; did you mean reports?"


def test_a_name_unlike_any_other_is_told_with_those_that_are_there(place: Place) -> None:
    place.pool("reports")
    place.pool("mails")

    assert error(place, "pause", "x").endswith("; there is mails, reports")


def test_where_there_is_no_pool_at_all_the_way_to_the_others_is_told(place: Place) -> None:
    assert error(place, "pause", "x").endswith("; kubectl get rwp --all-namespaces lists those that there are")


def test_whoever_may_not_read_pools_is_told_which_right_is_missing(place: Place, tmp_path: Path) -> None:
    place.pool()
    nobody = place.as_user(tmp_path)

    told = error(nobody, "pause", "reports")

    assert 'cannot get resource "reportworkerpools" in API group "revrx.io"' in told
    assert told.endswith(f"; it takes get on reportworkerpools.revrx.io in namespace {place.namespace}")
    assert error(nobody, "top").endswith(
        f"; it takes list on reportworkerpools.revrx.io in namespace {place.namespace}"
    )
    assert error(nobody, "top", "-A").endswith("; it takes list on reportworkerpools.revrx.io in all namespaces")


def test_whoever_may_only_read_is_told_what_it_takes_to_steer(place: Place, tmp_path: Path) -> None:
    place.pool()
    reader = place.as_user(tmp_path, "get reportworkerpools.revrx.io")

    for command in ("pause", "drain"):
        right = f"it takes patch on reportworkerpools.revrx.io in namespace {place.namespace}"
        assert error(reader, command, "reports").endswith(right)
    assert not place.spec()["paused"]


def test_whoever_may_not_list_or_enter_pods_is_told_so(place: Place, tmp_path: Path) -> None:
    place.pool()
    place.worker("reports-worker-1")
    reader = place.as_user(tmp_path, "get reportworkerpools.revrx.io")

    assert error(reader, "requeue", "reports", "--all").endswith(
        f"it takes list on pods in namespace {place.namespace}"
    )

    place.kubectl("create", "role", "pods", "--verb=list", "--resource=pods")
    account = f"--serviceaccount={place.namespace}:user"
    place.kubectl("create", "rolebinding", "pods", "--role=pods", account)
    assert error(reader, "requeue", "reports", "--all") == (
        "you may not run a command in pod reports-worker-1: "
        f"it takes get and create on pods/exec in namespace {place.namespace}"
    )


def test_a_token_that_has_run_out_is_told(place: Place, tmp_path: Path) -> None:
    stranger = place.as_user(tmp_path)
    text = stranger.kubeconfig.read_text()
    stranger.kubeconfig.write_text(text.replace("token: ", "token: x"))

    assert error(stranger, "top") == (
        "the API server does not know who you are: Unauthorized; log in, and try kubectl auth whoami"
    )


def test_an_api_server_that_is_away_is_told(place: Place, tmp_path: Path) -> None:
    away = place.as_user(tmp_path)
    text = away.kubeconfig.read_text()
    port = text.partition("https://127.0.0.1:")[2].partition("\n")[0]
    away.kubeconfig.write_text(text.replace(f":{port}", ":1"))

    told = error(away, "top")

    assert told.startswith("the API server does not answer: ")
    assert told.endswith("kubectl cluster-info tells where it is looked for")


def test_an_unknown_context_is_told(place: Place) -> None:
    assert error(place, "top", "--context", "elsewhere").startswith("no cluster to talk to: ")
