"""What a person reads while this works (standard error: `tool NAME` prints a path on standard output)."""

import sys


class KindError(Exception):
    """Something that the reader of the message has to cure; ends the run without a traceback."""


def say(text: str) -> None:
    """Print a line at once."""
    print(f"kind: {text}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Write seconds as a person would: 8 s, 3 min 31 s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
