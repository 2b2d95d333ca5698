"""The Kubernetes API in plain dicts: the few calls that the operator makes, on top of ``kubernetes.aio``.

Typed models refuse the partial objects of server-side apply, and a PATCH without its content type silently becomes a
strategic merge (kubernetes 37, aio/client/rest.py); so every call here names what it sends.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp
from kubernetes.aio.client import ApiClient, ApiException

from revrx_operator.api import GROUP, KIND, PLURAL, VERSION
from revrx_operator.model import Manifest

REQUEST_TIMEOUT_SECONDS = 10

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """Where objects of a kind live in the API."""

    api_version: str
    name: str
    plural: str

    def path(self, namespace: str, name: str = "", subresource: str = "") -> str:
        """The URL path of the collection, an object or its subresource."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        parts = (root, "namespaces", namespace, self.plural, name, subresource)
        return "/".join(quote(part, safe="/") for part in parts if part)


POOL = Kind(f"{GROUP}/{VERSION}", KIND, PLURAL)
SECRET = Kind("v1", "Secret", "secrets")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")

CHILDREN = (DEPLOYMENT, AUTOSCALER, DISRUPTION_BUDGET)
KINDS = {kind.name: kind for kind in (POOL, *CHILDREN)}


class ApiError(Exception):
    """The API server refused a request or could not be reached."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status; 0 where there was no answer."""

    @property
    def is_refusal(self) -> bool:
        """The object itself is at fault: asking again would not help before somebody changes it."""
        return self.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY}

    @property
    def is_conflict(self) -> bool:
        """The object is not what the request took it for: a stale test of a JSON Patch (422) or a field conflict."""
        return self.status in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}


class KubeApi:
    """One connection pool to the API server."""

    def __init__(self, client: ApiClient, on_answer: Callable[[Manifest], object] = lambda _: None) -> None:
        """``on_answer`` takes each object as a write left it, before any watch tells of it."""
        self._client = client
        self._on_answer = on_answer

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """The object, or None where there is none. Raises ApiError."""
        try:
            found = await self._request("GET", kind.path(namespace, name))
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return {"kind": kind.name, "apiVersion": kind.api_version, **found}

    async def list(self, kind: Kind, namespace: str, label_selector: str) -> list[Manifest]:
        """The objects that the selector matches. Raises ApiError."""
        found = await self._request("GET", kind.path(namespace), [("labelSelector", label_selector)])
        return [{"kind": kind.name, "apiVersion": kind.api_version, **item} for item in found["items"]]

    async def apply(self, manifest: Manifest, *, manager: str, force: bool, subresource: str = "") -> Manifest:
        """Server-side apply. Raises ApiError, status 409 where another manager owns a field and force is off."""
        kind, metadata = KINDS[manifest["kind"]], manifest["metadata"]
        path = kind.path(metadata["namespace"], metadata["name"], subresource)
        query = [("fieldManager", manager), ("force", json.dumps(force))]
        return await self._write(path, query, manifest, APPLY)

    async def patch(
        self, kind: Kind, namespace: str, name: str, operations: Sequence[Manifest], manager: str
    ) -> Manifest:
        """JSON Patch (RFC 6902). Raises ApiError, status 422 where a test does not hold."""
        query = [("fieldManager", manager)]
        return await self._write(kind.path(namespace, name), query, list(operations), JSON_PATCH)

    async def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete the object and, in the background, what it owns; one that is gone is fine. Raises ApiError."""
        try:
            await self._request("DELETE", kind.path(namespace, name), [("propagationPolicy", "Background")])
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _write(self, path: str, query: Sequence[tuple[str, str]], body: Any, content_type: str) -> Manifest:
        answer: Manifest = await self._request("PATCH", path, query, body, content_type)
        self._on_answer(answer)
        return answer

    async def _request(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        content_type: str = "application/json",
    ) -> Any:
        headers = {"Accept": "application/json", "Content-Type": content_type}
        request = await self._client.param_serialize(
            method, path, query_params=list(query), header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        try:
            response = await self._client.call_api(*request, _request_timeout=REQUEST_TIMEOUT_SECONDS)
            content = await response.read()  # type: ignore[no-untyped-call]
        except ApiException as error:
            raise ApiError(error.status or 0, _told(error.body) or str(error.reason)) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiError(0, f"the API server does not answer: {error or type(error).__name__}") from error
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise ApiError(response.status, _told(content) or response.reason)
        return json.loads(content)


def _told(body: str | bytes | None) -> str:
    """The sentence in a Status object, which is how the API server says no."""
    try:
        status = json.loads(body or "{}")
    except ValueError:
        return ""
    return str(status.get("message", "")) if isinstance(status, dict) else ""
