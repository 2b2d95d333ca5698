"""A controller for each term in which this operator acts. In between its watches go on, so that it knows the pools.

A term ends with the lead, and when the clock is set: most of what a controller remembers is since when.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager

from revrx_operator.clock import clock_is_set
from revrx_operator.controller import Controller
from revrx_operator.ending import until_one_ends
from revrx_operator.lease import Leadership
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import PoolKey


class Terms:
    """One controller after another: what one remembers of workers may be wrong after somebody else acted."""

    def __init__(
        self,
        new_controller: Callable[[], Controller],
        pools: Callable[[], Awaitable[Iterable[PoolKey]]],
        metrics: OperatorMetrics,
        clock: Callable[[], float],
    ) -> None:
        """``pools`` tells which are to be looked at when a term begins."""
        self._new_controller = new_controller
        self._pools = pools
        self._metrics = metrics
        self._clock = clock
        self._acts = False
        self.controller = new_controller()
        """Of this term, or of the next."""

    def acts(self) -> bool:
        """Whether what changes now is the controller's business; where not, the next term begins with all pools."""
        return self._acts

    async def run(self, leadership: Leadership) -> None:
        """Act while it is held, until cancelled."""
        while True:
            await leadership.acquired()
            await until_one_ends(self._act(), leadership.lost(), clock_is_set(self._clock))
            self.controller = self._new_controller()

    async def _act(self) -> None:
        pools = await self._pools()
        with self._acting():
            for key in pools:
                self.controller.mark(key)
            await self.controller.run()

    @contextmanager
    def _acting(self) -> Iterator[None]:
        self._acts = True
        self._metrics.leading.set(1)
        try:
            yield
        finally:
            self._acts = False
            self._metrics.leading.set(0)

    def is_alive(self) -> bool:
        """Whether the controller's loop turns, where it should."""
        return not self._acts or self.controller.is_alive()
