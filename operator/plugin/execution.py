"""Running a command in a container, by the API server's WebSocket.

Protocol v4.channel.k8s.io (Kubernetes, apimachinery/pkg/util/remotecommand): the first byte of a message names its
channel, 1 standard output, 2 standard error, 3 a Status object that says how the command ended.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from kubernetes.aio.client import ApiClient

from revrx_operator.kubeapi import POD

PROTOCOL = "v4.channel.k8s.io"
STDOUT, STDERR, STATUS = 1, 2, 3
QUIET_SECONDS = 60.0
"""A connection of which nothing is heard, not even an answer to a ping, is given up."""
CLOSING_SECONDS = 0.25
"""aiohttp closes a WebSocket over TLS after the fact (its documentation, "Graceful Shutdown")."""


class CannotExecute(Exception):
    """The command did not run, or how it ended is not known."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status with which the API server refused; 0 where it did not."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ran."""

    code: int
    stdout: str
    stderr: str


async def execute(client: ApiClient, pod: tuple[str, str], container: str, command: Sequence[str]) -> Ended:
    """Run a command to its end in a container of the pod, given as namespace and name. Raises CannotExecute."""
    heard: dict[int, bytearray] = {STDOUT: bytearray(), STDERR: bytearray(), STATUS: bytearray()}
    try:
        async with await _connection(client, pod, container, command) as socket:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY and message.data:
                    heard.setdefault(message.data[0], bytearray()).extend(message.data[1:])
        await asyncio.sleep(CLOSING_SECONDS)
    except aiohttp.WSServerHandshakeError as error:
        raise CannotExecute(f"the API server refuses: {error.status} {error.message}", error.status) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CannotExecute(f"the API server does not answer: {error or type(error).__name__}") from error
    out, err = (heard[channel].decode(errors="replace") for channel in (STDOUT, STDERR))
    return Ended(_code(bytes(heard[STATUS])), out, err)


async def _connection(client: ApiClient, pod: tuple[str, str], container: str, command: Sequence[str]) -> Any:
    """A WebSocket with the credentials, the certificates and the proxy of the client, used as a context.

    Not by kubernetes.aio.stream (kubernetes 37): it mixes the two outputs and goes past the proxy.
    """
    asked = [("container", container), ("stdout", "true"), ("stderr", "true"), *(("command", word) for word in command)]
    _, url, headers, *_ = await client.param_serialize(
        "GET", POD.path(*pod, "exec"), query_params=asked, header_params={}, auth_settings=["BearerToken"]
    )
    rest = client.rest_client
    rest.pool_manager = rest.pool_manager or rest._create_pool_manager()
    return rest.pool_manager.ws_connect(
        url, headers=headers, protocols=(PROTOCOL,), heartbeat=QUIET_SECONDS, proxy=rest.proxy
    )


def _code(status: bytes) -> int:
    """The exit code in a Status object. Raises CannotExecute where the command did not run or was cut off."""
    try:
        told = json.loads(status)
    except ValueError:
        raise CannotExecute("the connection ended before the command did") from None
    if told.get("status") == "Success":
        return 0
    causes = (told.get("details") or {}).get("causes") or []
    codes = [cause["message"] for cause in causes if cause.get("reason") == "ExitCode"]
    if not codes:
        raise CannotExecute(str(told.get("message", "")) or "for no reason that is told")
    return int(codes[0])
