"""Flower of a pool, in a namespace that takes nothing but the Pod Security Standard "restricted"."""

import http.client
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import OF_POOL, condition, deployment, small_pool, wait_until_ready
from tests.e2e.waiting import eventually
from tests.fixtures.browser import loaded_page

NAME = "reports-flower"
LOGIN = "reader:hunter2"
RESTRICTED = {"spec": {"securityContext": {"runAsNonRoot": True}}}


def test_flower_shows_the_workers_to_whoever_has_the_login(stack: Kubectl) -> None:
    stack("label", "namespace", stack.namespace, "pod-security.kubernetes.io/enforce=restricted")
    give_login(stack, LOGIN)
    stack.apply(pool_with_flower())
    wait_until_ready(stack)
    stack("wait", "--for=condition=FlowerReady", "rwp/reports", "--timeout=180s", seconds=200)

    with forwarded(stack) as port:
        page = eventually(lambda: loaded_page(f"http://{LOGIN}@127.0.0.1:{port}/"), shows_workers, "a worker is shown")
        assert status(port, "/") == status(port, "/api/workers") == 401

    assert "Online" in page
    assert service_through_the_api_server(stack, "/healthcheck") == "OK"
    assert [group["name"] for group in (stack.get("rwp", "reports") or {})["status"]["groups"]] == ["worker"]


def test_flower_comes_back_and_goes_with_what_asks_for_it(stack: Kubectl) -> None:
    give_login(stack, LOGIN)
    stack.apply(pool_with_flower())
    first = eventually(lambda: stack.get("service", NAME) or {}, bool, "there is a Service")

    stack("delete", "service", NAME)
    eventually(
        lambda: (stack.get("service", NAME) or first)["metadata"]["uid"],
        lambda uid: uid != first["metadata"]["uid"],
        "there is a new Service",
    )
    stack.patch("rwp", "reports", {"spec": {"flower": {"enabled": False}}})
    eventually(lambda: flowers(stack), lambda left: not left, "Flower is gone")
    stack.patch("rwp", "reports", {"spec": {"flower": {"enabled": True}}})
    eventually(lambda: len(flowers(stack)), lambda count: count == 2, "Flower is there again")
    stack("delete", "rwp", "reports")
    eventually(lambda: flowers(stack), lambda left: not left, "Flower has gone with the pool")


def test_a_login_that_lets_everybody_in_ends_flower(stack: Kubectl) -> None:
    give_login(stack, ",")
    stack.apply(pool_with_flower())
    eventually(lambda: reason(stack), lambda told: told == "LoginInvalid", "it is told")
    assert flowers(stack) == []

    give_login(stack, LOGIN)
    eventually(lambda: reason(stack), lambda told: told == "PodReady", "Flower is there", within=240)


def test_an_image_without_flower_is_told_and_the_pool_is_ready(stack: Kubectl) -> None:
    give_login(stack, LOGIN)
    stack.apply(pool_with_flower(image="revrx/redis:dev"))
    wait_until_ready(stack)

    eventually(lambda: reason(stack), lambda told: told == "PodNotReady", "it is told", within=300)

    assert "install flower into the image" in condition(stack, "FlowerReady")["message"]
    assert condition(stack, "Ready")["status"] == "True"


def test_a_service_of_somebody_else_is_left_alone(stack: Kubectl) -> None:
    stack("create", "service", "clusterip", NAME, "--tcp=80")
    give_login(stack, LOGIN)
    stack.apply(pool_with_flower())

    eventually(lambda: reason(stack), lambda told: told == "NameConflict", "it is told")

    assert deployment(stack, NAME) == {}
    assert (stack.get("service", NAME) or {})["spec"]["ports"][0]["port"] == 80


def pool_with_flower(**fields: Any) -> dict[str, Any]:
    resources = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}}
    login = {"name": "flower", "key": "login"}
    pool = small_pool(flower={"enabled": True, "basicAuthSecretRef": login, "resources": resources, **fields})
    pool["spec"]["workers"][0]["podTemplate"] = RESTRICTED
    return pool


def give_login(kubectl: Kubectl, login: str) -> None:
    kubectl.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "flower"}, "stringData": {"login": login}}
    )


def flowers(kubectl: Kubectl) -> list[Any]:
    return kubectl.list("deployments,services", f"{OF_POOL},app.kubernetes.io/component=flower")


def reason(kubectl: Kubectl) -> str:
    return str(condition(kubectl, "FlowerReady").get("reason", ""))


def shows_workers(page: str) -> bool:
    return "worker@reports-worker-" in re.sub("<[^>]*>", "", page)


@contextmanager
def forwarded(kubectl: Kubectl) -> Iterator[int]:
    """A port of this machine that leads to Flower, as its condition says."""
    command = kubectl.command("port-forward", f"service/{NAME}", ":5555")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
            assert found, "kubectl port-forward names no port"
            yield int(found[1])
        finally:
            process.terminate()


def status(port: int, path: str) -> int:
    """What somebody without a login gets."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def service_through_the_api_server(kubectl: Kubectl, path: str) -> str:
    """The API server keeps the Authorization header to itself, so only what needs no login can be had."""
    return kubectl("get", "--raw", f"/api/v1/namespaces/{kubectl.namespace}/services/{NAME}:http/proxy{path}")
