"""The same app after it joined the pool, in one line."""

import time
from typing import Any

from foreign import app

import revrx_worker

revrx_worker.join(app)


@app.task(name="turned_away", bind=True)
def turned_away(self: Any, times: int) -> None:
    """Meets an API that answers 429, so many times in a row."""
    for _ in range(times):
        revrx_worker.throttled(self)
        time.sleep(0.01)
