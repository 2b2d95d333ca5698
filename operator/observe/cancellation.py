"""Whether a task is to end."""

import asyncio


def is_cancelled() -> bool:
    """Whether this task was cancelled, even where the cancellation was lost on its way.

    Before Python 3.12 ``asyncio.wait_for`` drops one that arrives in the moment in which its inner task ends, and
    redis-py 8.1.0 sends each command with it (asyncio/connection.py, send_packed_command).
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
