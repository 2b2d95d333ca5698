import asyncio

from hypothesis import settings

# How long an example takes says nothing here, and a machine that others use as well is slow at times.
settings.register_profile("revrx", deadline=None)
settings.register_profile("mutation", deadline=None, max_examples=20, derandomize=True, database=None)
settings.load_profile("revrx")


def pytest_configure() -> None:
    """Say that the main thread has no event loop, which Python before 3.14 does not take for granted.

    pytest-asyncio 1.5 asks for the loop that was there before its own (plugin.py, _temporary_event_loop); Python then
    makes one that nobody closes, and its ResourceWarning fails whichever test the garbage collector runs in.
    """
    asyncio.set_event_loop(None)
