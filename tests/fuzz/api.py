"""The API server as the fuzz speaks to it: plain requests, and what it says no with."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import urllib3

from revrx_operator.kubeapi import Kind
from tests.fixtures.api_server import ApiServer

Json = Any
UNKNOWN = re.compile(r'unknown field "([^"]*)"')
OF_METADATA = re.compile(r"ObjectMeta\.(\w+)")
MOST_EXACT = 2**53 - 1


class Refusal(Exception):
    """The object is not taken; ``fields`` are those that the answer names."""

    def __init__(self, message: str, fields: frozenset[str]) -> None:
        super().__init__(message)
        self.fields = fields


class Api:
    """One connection."""

    def __init__(self, server: ApiServer) -> None:
        self._url = server.url
        self._headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
        self._http = urllib3.PoolManager(ca_certs=str(server.ca))

    def create(self, kind: Kind, namespace: str, manifest: Json) -> Json:
        """Create an object as ``kubectl create`` does. Raises Refusal."""
        status, answer = self._ask("POST", f"{kind.path(namespace)}?fieldValidation=Strict", as_kubectl_sends(manifest))
        if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
            raise Refusal(answer["message"], _fields(answer))
        return _good(status, answer)

    def list(self, kind: Kind, namespace: str = "") -> list[Json]:
        """The objects of a kind; without a namespace those of all."""
        return _good(*self._ask("GET", kind.path(namespace)))["items"]  # type: ignore[no-any-return]

    def clear(self, kind: Kind, namespace: str) -> None:
        """Delete the objects of a kind."""
        _good(*self._ask("DELETE", kind.path(namespace), {"propagationPolicy": "Background"}))

    def serves(self, kind: Kind) -> bool:
        """Whether it knows the kind yet."""
        status, _ = self._ask("GET", kind.path(""))
        return status == HTTPStatus.OK

    def _ask(self, method: str, path: str, body: Json = None) -> tuple[int, Json]:
        content = None if body is None else json.dumps(body)
        answer = self._http.request(method, self._url + path, body=content, headers=self._headers)
        return answer.status, json.loads(answer.data) if answer.data.startswith(b"{") else {}


def as_kubectl_sends(value: Json) -> Json:
    """A whole number of YAML becomes one of JSON, with a point or without (sigs.k8s.io/yaml)."""
    if isinstance(value, Mapping):
        return {name: as_kubectl_sends(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_kubectl_sends(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) <= MOST_EXACT:
        return int(value)
    return value


def _good(status: int, answer: Json) -> Json:
    if status >= HTTPStatus.BAD_REQUEST:
        raise RuntimeError(f"the API server answers {status}: {answer.get('message')}")
    return answer


def _fields(answer: Json) -> frozenset[str]:
    """From the causes of a 422, else from the sentence of a 400."""
    if causes := (answer.get("details") or {}).get("causes"):
        return frozenset(cause["field"] for cause in causes) - {"<nil>"}
    message = answer["message"]
    metadata = {f"metadata.{name}" for name in OF_METADATA.findall(message)}
    if not metadata and "v1.ObjectMeta" in message:
        metadata = {"metadata"}
    return frozenset({*UNKNOWN.findall(message), *metadata})
