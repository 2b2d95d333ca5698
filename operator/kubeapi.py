"""The Kubernetes API in plain dicts: the few calls that the operator makes, on top of ``kubernetes.aio``.

Typed models refuse the partial objects of server-side apply, and a PATCH without its content type silently becomes a
strategic merge (kubernetes 37, aio/client/rest.py); so every call here names what it sends.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp
from kubernetes.aio.client import ApiClient, ApiException

from revrx_operator.api import GROUP, KIND, PLURAL, VERSION
from revrx_operator.model import Manifest

REQUEST_TIMEOUT_SECONDS = 10.0

APPLY = "application/apply-patch+yaml; charset=utf-8"
"""With the charset, for without it kubernetes.aio writes the body, and in a spelling that is JSON and no YAML."""
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"

ANY_VERSION = "0"
"""Of a GET: whatever the API server has in its watch cache (Kubernetes API concepts, "Resource versions")."""
NO_VERSION = "1"
"""Of an apply that is to make an object: no object has this version, for the first write to etcd has revision 2. The
version is asked of what is found only (Kubernetes 1.37, apiserver, pkg/registry/generic/registry/store.go, Update)."""

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
"""Annotation of a pod: where a ReplicaSet has to choose, it deletes those of the lowest cost first."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Where objects of a kind live in the API."""

    api_version: str
    name: str
    plural: str

    @property
    def resource(self) -> tuple[str, str, str]:
        """API group, empty for the core's, version and plural."""
        group, _, version = self.api_version.rpartition("/")
        return group, version, self.plural

    def path(self, namespace: str, name: str = "", subresource: str = "") -> str:
        """The URL path of the collection, an object or its subresource; no namespace is all of them."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        parts = (root, "namespaces" if namespace else "", namespace, self.plural, name, subresource)
        return "/".join(quote(part, safe="/") for part in parts if part)


POOL = Kind(f"{GROUP}/{VERSION}", KIND, PLURAL)
SECRET = Kind("v1", "Secret", "secrets")
POD = Kind("v1", "Pod", "pods")
EVENT = Kind("events.k8s.io/v1", "Event", "events")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
SERVICE = Kind("v1", "Service", "services")
LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")

GROUP_CHILDREN = (DEPLOYMENT, AUTOSCALER, DISRUPTION_BUDGET)
FLOWER_CHILDREN = (DEPLOYMENT, SERVICE)
CHILDREN = (*GROUP_CHILDREN, SERVICE)
KINDS = {kind.name: kind for kind in (POOL, *CHILDREN)}
"""What is watched and applied, by name."""

OBJECT_AT_FAULT = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
REFUSED_BY_TYPE = ("failed to create typed patch object", "failed to convert new object")
"""What an apply is told whose object has an unknown field, a value of the wrong type or an entry twice. The status is
500, as if the server were at fault (Kubernetes 1.37, apimachinery, managedfields/internal/structuredmerge.go)."""


class ApiError(Exception):
    """The API server refused a request or could not be reached."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status; 0 where there was no answer."""

    @property
    def is_refusal(self) -> bool:
        """The object itself is at fault: asking again would not help before somebody changes it."""
        if self.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return str(self).startswith(REFUSED_BY_TYPE)
        return self.status in OBJECT_AT_FAULT

    @property
    def is_conflict(self) -> bool:
        """The object is not what the request took it for: a stale test of a JSON Patch (422) or a field conflict."""
        return self.status in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}


OnRequest = Callable[[str, str, int], None]
"""Takes HTTP method, plural of the kind and HTTP status of each request; status 0 where there was no answer."""


class KubeApi:
    """One connection pool to the API server."""

    def __init__(
        self,
        client: ApiClient,
        on_answer: Callable[[Manifest], object] = lambda _: None,
        on_request: OnRequest = lambda *_: None,
        seconds_to_write: Callable[[], float] = lambda: REQUEST_TIMEOUT_SECONDS,
    ) -> None:
        """``on_answer`` takes each object as a write left it, before any watch tells of it.

        ``seconds_to_write`` is asked before each write: within how many seconds it has to end. It may raise ApiError.
        """
        self._client = client
        self._seconds_to_write = seconds_to_write
        self._on_answer = on_answer
        self._on_request = on_request

    async def get(self, kind: Kind, namespace: str, name: str, *, cached: bool = False) -> Manifest | None:
        """The object, or None where there is none. Raises ApiError.

        ``cached``: what the API server has in memory will do, though etcd may have a newer one; at half the cost.
        """
        query = [("resourceVersion", ANY_VERSION)] if cached else []
        try:
            found = await self._request("GET", kind, kind.path(namespace, name), query=query)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return {"kind": kind.name, "apiVersion": kind.api_version, **found}

    async def list(self, kind: Kind, namespace: str, label_selector: str) -> list[Manifest]:
        """The objects that the selector matches; no namespace is all of them. Raises ApiError."""
        found = await self._request("GET", kind, kind.path(namespace), query=[("labelSelector", label_selector)])
        return [{"kind": kind.name, "apiVersion": kind.api_version, **item} for item in found["items"]]

    async def apply(
        self, manifest: Manifest, *, manager: str, force: bool, new: bool = False, subresource: str = ""
    ) -> Manifest:
        """Server-side apply. Raises ApiError, status 409 where another manager owns a field and force is off.

        ``new``: there is no such object yet; where there is one, it is left as it is, status 409.
        """
        kind, metadata = KINDS[manifest["kind"]], manifest["metadata"]
        path = kind.path(metadata["namespace"], metadata["name"], subresource)
        query = [("fieldManager", manager), ("force", json.dumps(force))]
        if new:
            manifest = {**manifest, "metadata": {**metadata, "resourceVersion": NO_VERSION}}
        return await self._write(kind, path, query, as_yaml(manifest), APPLY)

    async def create(self, kind: Kind, manifest: Manifest) -> None:
        """Create an object that nobody has made before. Raises ApiError."""
        await self._request("POST", kind, kind.path(manifest["metadata"]["namespace"]), body=manifest)

    async def replace(self, kind: Kind, manifest: Manifest) -> None:
        """Write the whole object. Raises ApiError, status 409 where it is not the version that the manifest names."""
        metadata = manifest["metadata"]
        await self._request("PUT", kind, kind.path(metadata["namespace"], metadata["name"]), body=manifest)

    async def proxy(self, namespace: str, pod: str, port: int, path: str) -> Any:
        """What a pod answers to a GET of ``path`` on its port, as JSON. Raises ApiError."""
        return await self._request("GET", POD, f"{POD.path(namespace, f'{pod}:{port}', 'proxy')}{quote(path)}")

    async def patch(
        self, kind: Kind, namespace: str, name: str, operations: Sequence[Manifest], manager: str
    ) -> Manifest:
        """JSON Patch (RFC 6902). Raises ApiError, status 422 where a test does not hold."""
        query = [("fieldManager", manager)]
        return await self._write(kind, kind.path(namespace, name), query, list(operations), JSON_PATCH)

    async def merge_metadata(self, kind: Kind, namespace: str, name: str, metadata: Manifest, manager: str) -> bool:
        """Merge Patch (RFC 7396) of labels and annotations, None taking one off; ``metadata`` names the UID.

        Returns False where that very object is gone. Raises ApiError.
        """
        query = [("fieldManager", manager)]
        try:
            await self._write(kind, kind.path(namespace, name), query, {"metadata": metadata}, MERGE_PATCH)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND or error.is_conflict:
                return False
            raise
        return True

    async def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete the object and, in the background, what it owns; one that is gone is fine. Raises ApiError."""
        try:
            query = [("propagationPolicy", "Background")]
            await self._request("DELETE", kind, kind.path(namespace, name), query=query)
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _write(
        self, kind: Kind, path: str, query: Sequence[tuple[str, str]], body: Any, content_type: str
    ) -> Manifest:
        answer: Manifest = await self._request("PATCH", kind, path, query=query, body=body, content_type=content_type)
        self._on_answer(answer)
        return answer

    async def _request(
        self,
        method: str,
        kind: Kind,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        content_type: str = "application/json",
    ) -> Any:
        seconds = REQUEST_TIMEOUT_SECONDS
        if method != "GET":
            seconds = min(seconds, self._seconds_to_write())
        try:
            status, answer = await self._send(method, path, query, body, content_type, seconds=seconds)
        except ApiError as error:
            self._on_request(method, kind.plural, error.status)
            raise
        self._on_request(method, kind.plural, status)
        return answer

    async def _send(
        self, method: str, path: str, query: Sequence[tuple[str, str]], body: Any, content_type: str, *, seconds: float
    ) -> tuple[int, Any]:
        headers = {"Accept": "application/json", "Content-Type": content_type}
        request = await self._client.param_serialize(
            method, path, query_params=list(query), header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        try:
            # Without the threshold aiohttp 3.14 rounds what is longer than five seconds up to a whole one.
            timeout = aiohttp.ClientTimeout(total=seconds, ceil_threshold=math.inf)
            response = await self._client.call_api(*request, _request_timeout=timeout)
            content = await response.read()  # type: ignore[no-untyped-call]
        except ApiException as error:
            raise ApiError(error.status or 0, _told(error.body) or str(error.reason)) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiError(0, f"the API server does not answer: {error or type(error).__name__}") from error
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise ApiError(response.status, _told(content) or response.reason)
        try:
            return response.status, json.loads(content)
        except ValueError as error:
            raise ApiError(response.status, "the answer is not JSON") from error


def as_yaml(manifest: Manifest, indent: int | None = None) -> str:
    """JSON that is YAML 1.1 as well, which knows no surrogate pairs and has further line breaks."""
    text = json.dumps(manifest, ensure_ascii=False, indent=indent)
    return re.sub("[\x7f-\uffff]", lambda character: f"\\u{ord(character[0]):04x}", text)


def _told(body: str | bytes | None) -> str:
    """The sentence in a Status object, which is how the API server says no."""
    try:
        status = json.loads(body or "{}")
    except ValueError:
        return ""
    return str(status.get("message", "")) if isinstance(status, dict) else ""
