"""The kind cluster as a bench uses it: what it puts there goes again, however the bench ends."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient
from redis import Redis

from bench.result import BenchError
from tools.kind import addons
from tools.kind.cache import REPOSITORY
from tools.kind.cluster import CONTEXT, exists
from tools.kind.tools import tool

Manifest = Mapping[str, Any]

CHART = REPOSITORY / "charts" / "revrx-worker"
RELEASE = ("revrx-worker", "revrx")
"""Name and namespace of the operator's release."""
OPERATOR = ("--namespace", RELEASE[1], "--selector=app.kubernetes.io/component=operator")
"""kubectl's options for the operator's objects."""
REDIS = Path(__file__).with_name("redis.yaml")
READY_SECONDS = 120
CLEAR_SECONDS = 180


def require() -> None:
    """Raise BenchError, with the cure, where there is no cluster."""
    if not exists():
        raise BenchError("there is no kind cluster; call: make kind-up")


def kubectl(*words: str, stdin: str = "", seconds: float = 60) -> str:
    """Give what kubectl prints. Raises BenchError with its complaint."""
    return _run(_tool("kubectl"), "--context", CONTEXT, *words, stdin=stdin, seconds=seconds)


def helm(*words: str, seconds: float = 200) -> str:
    """Give what helm prints. Raises BenchError with its complaint."""
    return _run(_tool("helm"), "--kube-context", CONTEXT, *words, seconds=seconds)


def apply(*manifests: Manifest, namespace: str) -> None:
    """Apply objects in a namespace."""
    text = "\n---\n".join(json.dumps(manifest) for manifest in manifests)
    kubectl("--namespace", namespace, "apply", "--filename=-", stdin=text)


@cache
def api() -> ApiClient:
    """Give a client of the cluster's API, for what has to be faster than a kubectl: watches."""
    client: ApiClient = config.new_client_from_config(context=CONTEXT)  # type: ignore[no-untyped-call]
    return client


@contextmanager
def namespace(name: str, gone_within: int = CLEAR_SECONDS) -> Iterator[str]:
    """Give a namespace that is empty at the start and gone at the end, which may take that many seconds."""
    _delete_namespace(name, gone_within)
    kubectl("create", "namespace", name)
    try:
        yield name
    finally:
        _delete_namespace(name, gone_within)


def _delete_namespace(name: str, seconds: int) -> None:
    words = ("delete", "namespace", name, "--ignore-not-found", f"--timeout={seconds}s")
    kubectl(*words, seconds=seconds + 10)


@contextmanager
def operator(*settings: str) -> Iterator[None]:
    """Have the operator of this clone run, by its chart with `--set` SETTINGS; it goes again unless it was there.

    What stays, as the chart promises, is the definition of the resource.
    """
    name, where = RELEASE
    was_there = bool(json.loads(helm("list", "--namespace", where, "--filter", f"^{name}$", "--output=json")))
    place_was_there = bool(kubectl("get", "namespace", where, "--ignore-not-found"))
    options = [f"--set={setting}" for setting in ("image.tag=dev", "watchNamespaces={*}", *settings)]
    try:
        helm("upgrade", "--install", name, str(CHART), "--namespace", where, "--create-namespace", *options)
        # The tag stays the same, the image behind it may be a newer one.
        kubectl("rollout", "restart", "deployment", *OPERATOR)
        kubectl("rollout", "status", "deployment", *OPERATOR, f"--timeout={READY_SECONDS}s", seconds=READY_SECONDS + 10)
        yield
    finally:
        if not was_there:
            helm("uninstall", name, "--namespace", where, "--ignore-not-found", "--wait")
        if not place_was_there:
            _delete_namespace(where, CLEAR_SECONDS)


@contextmanager
def addon(name: str) -> Iterator[None]:
    """Have an addon of `tools.kind.addons` installed; it goes again unless it was there."""
    was_there = addons.is_installed(name)
    try:
        addons.install(name)
        yield
    finally:
        if not was_there:
            addons.remove(name)


@contextmanager
def redis(where: str) -> Iterator[Redis]:
    """Have a Redis run in a namespace, at `redis://redis.NAMESPACE:6379/0`; gives a client of it for this process."""
    kubectl("--namespace", where, "apply", f"--filename={REDIS}")
    kubectl("--namespace", where, "wait", "pod/redis", "--for=condition=Ready", "--timeout=60s", seconds=70)
    with _forwarded(where, "pod/redis", 6379) as port, Redis(port=port, socket_timeout=10) as client:
        client.ping()
        yield client


@contextmanager
def _forwarded(where: str, target: str, port: int) -> Iterator[int]:
    """Give the local port that leads to a pod's."""
    words = ["--context", CONTEXT, "--namespace", where, "port-forward", target, f":{port}"]
    # In a session of its own: an interrupt at the terminal must not end it before what still needs it.
    process = subprocess.Popen(
        [_tool("kubectl"), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            if not said.startswith("Forwarding from 127.0.0.1:"):
                raise BenchError(f"no way to {target}: {process.stderr.read() if process.stderr else ''}")
            yield int(said.split(" -> ")[0].rpartition(":")[2])
        finally:
            process.terminate()


@cache
def _tool(name: str) -> str:
    return str(tool(name))


def _run(*command: str, stdin: str = "", seconds: float) -> str:
    what = " ".join([Path(command[0]).name, *command[3:]])
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{what}: no answer within {seconds:.0f} s") from None
    if done.returncode:
        raise BenchError(f"{what}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()
