"""A controller for each term in which this operator acts. In between its watches go on, so that it knows the pools.

A term ends with the lead, and when the clock is set: most of what a controller remembers is since when.
"""

from collections.abc import Callable, Iterable, Iterator
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
        pools: Callable[[], Iterable[PoolKey]],
        metrics: OperatorMetrics,
        clock: Callable[[], float],
    ) -> None:
        """``pools`` tells which there are at the begin of a term."""
        self._new_controller = new_controller
        self._pools = pools
        self._metrics = metrics
        self._clock = clock
        self._acts = False
        self.controller = new_controller()
        """Of this term, or of the next."""

    async def run(self, leadership: Leadership) -> None:
        """Act while it is held, until cancelled."""
        while True:
            await leadership.acquired()
            with self._acting():
                await until_one_ends(self.controller.run(), leadership.lost(), clock_is_set(self._clock))
            self.controller = self._new_controller()
            for key in self._pools():
                self.controller.mark(key)

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
