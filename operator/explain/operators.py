"""The operators of a cluster, asked by way of the API server with what the user's kubeconfig allows.

Of several operators one acts, by its Lease. Those that stand by know no pool: all are asked, and who knows answers. So
users need not be allowed to read Leases, and operators of different namespaces are all heard.
"""

import asyncio
from http import HTTPStatus
from typing import Any, NamedTuple

from revrx_operator.kubeapi import POD, ApiError, KubeApi
from revrx_operator.model import Manifest
from revrx_operator.objects import has_condition

OPERATOR_PODS = "app.kubernetes.io/component=operator"
PORT_NAME = "revrx-metrics"
"""By it the operator's pods are told from those of other operators with the same label."""


class Unanswered(Exception):
    """The operator could not be asked; the text says why, and what to do about it."""

    def __init__(self, sentence: str, pool: Manifest | None = None) -> None:
        super().__init__(sentence)
        self.pool = pool
        """The pool as it stands, where at least that is known."""


class Operator(NamedTuple):
    """A pod of an operator that is ready, and its port."""

    namespace: str
    name: str
    port: int

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


async def first_answer(api: KubeApi, namespace: str, path: str) -> tuple[Operator, Any]:
    """What the first operator says that knows something at that path. Raises Unanswered.

    An empty namespace is all of them, here and below.
    """
    asked = [asyncio.ensure_future(_asked(api, operator, path)) for operator in await _operators(api, namespace)]
    complaints = []
    try:
        for answered in asyncio.as_completed(asked):
            try:
                return await answered
            except Unanswered as error:
                complaints.append(str(error))
    finally:
        for task in asked:
            task.cancel()
    raise Unanswered("; ".join(complaints))


async def all_answers(api: KubeApi, namespace: str, path: str) -> list[tuple[Operator, Any]]:
    """What each operator says that answers. Raises Unanswered where none does."""
    operators = await _operators(api, namespace)
    told = await asyncio.gather(*(_answer_or_complaint(api, operator, path) for operator in operators))
    answers = [answer for answer in told if not isinstance(answer, Unanswered)]
    if not answers:
        raise Unanswered("; ".join(map(str, told)))
    return answers


async def _answer_or_complaint(api: KubeApi, operator: Operator, path: str) -> tuple[Operator, Any] | Unanswered:
    try:
        return await _asked(api, operator, path)
    except Unanswered as error:
        return error


async def _asked(api: KubeApi, operator: Operator, path: str) -> tuple[Operator, Any]:
    try:
        return operator, await api.proxy(*operator, path)
    except ApiError as error:
        raise Unanswered(_complaint(operator, error)) from error


def _complaint(operator: Operator, error: ApiError) -> str:
    if error.status == HTTPStatus.FORBIDDEN:
        right = f"it takes get on pods/proxy in namespace {operator.namespace}"
        return f"the operator {operator} may not be asked: {error}; {right}"
    return f"the operator {operator} does not say: {error}"


async def _operators(api: KubeApi, namespace: str) -> list[Operator]:
    try:
        pods = await api.list(POD, namespace, OPERATOR_PODS)
    except ApiError as error:
        cure = "" if namespace else "; name the operator's namespace with --operator-namespace"
        raise Unanswered(f"the operator's pods cannot be listed: {error}{cure}") from error
    found = [_operator(pod, port) for pod in pods if _is_ready(pod) and (port := _port(pod))]
    if not found:
        look = f"kubectl get pods --all-namespaces --selector {OPERATOR_PODS}"
        raise Unanswered(f"no operator is ready; look at it: {look}")
    return found


def _operator(pod: Manifest, port: int) -> Operator:
    return Operator(pod["metadata"]["namespace"], pod["metadata"]["name"], port)


def _is_ready(pod: Manifest) -> bool:
    return has_condition(pod.get("status", {}), "Ready")


def _port(pod: Manifest) -> int | None:
    ports = (port for container in pod["spec"]["containers"] for port in container.get("ports") or [])
    return next((port["containerPort"] for port in ports if port.get("name") == PORT_NAME), None)
