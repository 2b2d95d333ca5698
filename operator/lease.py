"""Which of several operators acts: the one that holds a Lease (coordination.k8s.io/v1).

What is written is what client-go's leader election writes (v0.37, tools/leaderelection), so that ``kubectl get lease``
reads as usual. How it is read differs: nobody's wall clock counts. A Lease has run out when the same version of it was
seen for its whole duration, by a clock that neither jumps nor stands still while the machine sleeps.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from revrx_operator.kubeapi import LEASE, REQUEST_TIMEOUT_SECONDS, ApiError, KubeApi
from revrx_operator.model import Manifest

LEASE_SECONDS = 10.0
"""A holder that is not heard of for so long has lost it."""
DEADLINE_SECONDS = 6.0
"""A holder that could not renew for so long begins nothing more: what it began before ends within the rest."""
RENEW_SECONDS = 2.0
LOOK_SECONDS = 1.0
"""Between two looks of those that wait. A Lease that its holder gave up is taken after one."""
REQUEST_SECONDS = 2.0

log = logging.getLogger(__name__)


def seconds_awake_or_asleep() -> float:
    """A clock that nobody sets; on Linux it also runs while the machine is suspended, as the Lease does."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class LeaseName:
    """Where the Lease is, and who this operator is among those that want it."""

    namespace: str
    name: str
    holder: str


@dataclass(frozen=True, slots=True)
class _Sight:
    version: str
    since: float


class Leadership(Protocol):
    """Held by one operator at a time."""

    async def run(self) -> None:
        """Try to get it, and to keep it, until cancelled."""

    async def acquired(self) -> None:
        """Wait until this operator holds it."""

    async def lost(self) -> None:
        """Wait until this operator holds it no more."""

    def is_held(self) -> bool:
        """Whether something may be begun now."""
        ...

    def seconds_to_write(self) -> float:
        """Within how many seconds a write that begins now has to end. Raises ApiError where none may begin."""
        ...

    async def release(self) -> None:
        """Give it up, so that another operator need not wait. Nothing may be begun from now on."""


class Alone:
    """Where there is no other operator."""

    async def run(self) -> None:
        """Nothing has to be kept."""
        await asyncio.Event().wait()

    async def acquired(self) -> None:
        """It always is."""

    async def lost(self) -> None:
        """It never is."""
        await asyncio.Event().wait()

    def is_held(self) -> bool:
        """Always."""
        return True

    def seconds_to_write(self) -> float:
        """As long as any request."""
        return REQUEST_TIMEOUT_SECONDS

    async def release(self) -> None:
        """Nobody waits for it."""


class Lease:
    """Leadership by a Lease on the API server."""

    def __init__(
        self,
        api: KubeApi,
        name: LeaseName,
        clock: Callable[[], float] = seconds_awake_or_asleep,
        utc_now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """``utc_now`` is for those who read the Lease; nothing is decided by it."""
        self._api = api
        self._name = name
        self._clock = clock
        self._utc_now = utc_now
        self._renewed_at = -math.inf
        self._sight = _Sight("", -math.inf)
        self._trouble = ""
        self._held = asyncio.Event()
        self._lost = asyncio.Event()

    async def run(self) -> None:
        """Take it when it is free, and renew it."""
        while True:
            self._tell()  # a process that was frozen has lost it, even if it gets it back at once
            renewed = await self._turn()
            self._tell()
            await asyncio.sleep(RENEW_SECONDS if renewed else LOOK_SECONDS)

    async def acquired(self) -> None:
        """Wait until this operator holds it."""
        await self._held.wait()

    async def lost(self) -> None:
        """Wait until this operator holds it no more."""
        await self._lost.wait()

    def is_held(self) -> bool:
        """Whether something may be begun now."""
        return self._clock() - self._renewed_at < DEADLINE_SECONDS

    def seconds_to_write(self) -> float:
        """Within how many seconds a write that begins now has to end. Raises ApiError where none may begin."""
        if not self.is_held():
            raise ApiError(0, f"not written: {self._name.holder} does not hold the lease {self._name.name}")
        return LEASE_SECONDS - (self._clock() - self._renewed_at)

    async def release(self) -> None:
        """Let it be nobody's."""
        held, self._renewed_at = self.is_held(), -math.inf
        self._tell()
        if not held:
            return
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await self._give_up()
        except (ApiError, TimeoutError) as error:
            log.warning("the lease %s runs out by itself: %s", self._name.name, _words(error))

    async def _turn(self) -> bool:
        """Whether it was taken or renewed just now."""
        began = self._clock()
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                ours = await self._take()
        except (ApiError, TimeoutError) as error:
            if not (isinstance(error, ApiError) and error.is_conflict):
                self._tell_of_trouble(_words(error))
            return False
        self._tell_of_trouble("")
        # From before the request: when the API server heard of it is not known, and others count from then.
        self._renewed_at = began if ours else -math.inf
        return ours

    def _tell_of_trouble(self, words: str) -> None:
        """Say what keeps it from the Lease when that begins and ends, not at every turn in between."""
        if words and words != self._trouble:
            log.warning("lease %s: %s; trying again every %g s", self._name.name, words, LOOK_SECONDS)
        elif self._trouble and not words:
            log.info("lease %s: the API server answers again", self._name.name)
        self._trouble = words

    def _tell(self) -> None:
        held = self.is_held()
        if held != self._held.is_set():
            log.info("%s %s the lease %s", self._name.holder, "holds" if held else "does not hold", self._name.name)
        for event, is_so in ((self._held, held), (self._lost, not held)):
            event.set() if is_so else event.clear()

    async def _take(self) -> bool:
        """Write our name into it, unless it is somebody else's. Raises ApiError, a conflict if another was faster."""
        found = await self._api.get(LEASE, self._name.namespace, self._name.name)
        if found is None:
            if self._sight.version and not self._has_been_seen_for_long("deleted"):
                return False
            await self._api.create(LEASE, self._manifest({}, self._claim({}, transitions=0)))
            return True
        spec = found["spec"]
        if spec.get("holderIdentity") == self._name.holder:
            claim = self._claim(spec, transitions=spec.get("leaseTransitions", 0))
        elif self._is_free(found):
            claim = self._claim({}, transitions=spec.get("leaseTransitions", 0) + 1)
        else:
            return False
        await self._api.replace(LEASE, self._manifest(found["metadata"], claim))
        return True

    async def _give_up(self) -> None:
        found = await self._api.get(LEASE, self._name.namespace, self._name.name)
        if found is not None and found["spec"].get("holderIdentity") == self._name.holder:
            nobody = {**found["spec"], "holderIdentity": "", "renewTime": self._now()}
            await self._api.replace(LEASE, self._manifest(found["metadata"], nobody))

    def _is_free(self, found: Manifest) -> bool:
        """Nobody's, or of a holder that has not renewed it for as long as it lasts."""
        spec = found["spec"]
        run_out = self._has_been_seen_for_long(
            found["metadata"]["resourceVersion"], spec.get("leaseDurationSeconds") or LEASE_SECONDS
        )
        return not spec.get("holderIdentity") or run_out

    def _has_been_seen_for_long(self, version: str, seconds: float = LEASE_SECONDS) -> bool:
        """Whether nothing but this version was seen for so long, and for as long as our own leases last."""
        now = self._clock()
        if version != self._sight.version:
            self._sight = _Sight(version, now)
        return now - self._sight.since >= max(seconds, LEASE_SECONDS)

    def _manifest(self, metadata: Manifest, spec: dict[str, Any]) -> Manifest:
        """The version in the metadata makes the API server refuse it where somebody else was faster."""
        name = {"namespace": self._name.namespace, "name": self._name.name}
        return {"apiVersion": LEASE.api_version, "kind": LEASE.name, "metadata": {**metadata, **name}, "spec": spec}

    def _claim(self, spec: Manifest, transitions: int) -> dict[str, Any]:
        return {
            "holderIdentity": self._name.holder,
            "leaseDurationSeconds": int(LEASE_SECONDS),
            "acquireTime": spec.get("acquireTime") or self._now(),
            "renewTime": self._now(),
            "leaseTransitions": transitions,
        }

    def _now(self) -> str:
        """As Kubernetes' MicroTime has it."""
        return self._utc_now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _words(error: ApiError | TimeoutError) -> str:
    """A timeout of asyncio has none of its own."""
    return str(error) or f"the API server does not answer within {REQUEST_SECONDS:g} s"
