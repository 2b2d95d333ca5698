"""The command line of the demo: choose a stage, play on it, end with the line that counts."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from rich.console import Console

from tools.demo.choice import choose
from tools.demo.play import Play
from tools.demo.stage import Stage, StageError
from tools.demo.story import Story, final_line, shortcomings, times
from tools.demo.view import SayRecords, View, view_for

REPORTS = 200
INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str]) -> int:
    """Play the demo; the exit code is 0 where all went as it should."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a report may hold what the terminal cannot show
    view = view_for(Console(), options.reports)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        stage = choose(options.on, view.say)
        return asyncio.run(_play(stage, view, options.reports))
    except StageError as error:
        print(f"demo: FAILED: {error}", flush=True)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted; nothing was running", flush=True)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description="Watch a pool scale 0 -> N -> 0.")
    parser.add_argument("--on", choices=("auto", "local", "kind"), default="auto", help="where the workers run")
    parser.add_argument("--reports", type=_count, default=REPORTS, metavar="N", help="how many (default: %(default)s)")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of reports, 1 or more")
    return int(text)


async def _play(stage: Stage, view: View, count: int) -> int:
    """Whatever happens, and however often it is interrupted: nothing of the stage is left when this returns."""
    logging.getLogger("revrx_operator").setLevel(logging.INFO)
    logging.getLogger("revrx_operator").addHandler(SayRecords(view.say))
    interrupted = _event_on_signals()
    performing = asyncio.create_task(_perform(stage, view, count))
    waiting = asyncio.create_task(interrupted.wait())
    await asyncio.wait((performing, waiting), return_when=asyncio.FIRST_COMPLETED)
    performing.cancel()
    waiting.cancel()
    await asyncio.gather(performing, waiting, return_exceptions=True)
    view.close()
    stopped = await stage.stop()
    if performing.cancelled():
        print(f"demo: interrupted; stopped: {', '.join(stopped) or 'nothing, for nothing ran yet'}", flush=True)
        return INTERRUPTED
    return _conclude(performing.result())


def _event_on_signals() -> asyncio.Event:
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, event.set)
    return event


async def _perform(stage: Stage, view: View, count: int) -> tuple[Story, str]:
    """What happened, and one of the reports as a person reads it."""
    play = Play(stage, view, count)
    story = await play.perform()
    return story, await stage.show(play.first_report)


def _conclude(result: tuple[Story, str]) -> int:
    story, report = result
    lacks = shortcomings(story)
    print("\nOne of the reports:\n")
    print("\n".join(f"  {line}".rstrip() for line in report.splitlines()))
    print("\nTimes:\n")
    print("\n".join(f"  {line}" for line in times(story)))
    print()
    for lack in lacks:
        print(f"demo: FAILED: {lack}")
    print(final_line(story), flush=True)
    return 1 if lacks else 0
