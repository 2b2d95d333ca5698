"""``python -m tests.fuzz``: many generated resources, and a table of what came of them."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.playing import Tally, play
from tests.fuzz.stage import stage
from tests.fuzz.tables import table

NAMESPACES = 60
FAULTS_SHOWN = 20


def main() -> int:
    """Exit code 1 where something is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--resources", type=int, default=10_000, help="how many (default: 10000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed brings others (default: 1)")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # all servers go
    began, shown = time.monotonic(), 0

    def progress(tally: Tally) -> None:
        nonlocal shown
        for fault in tally.faults[shown:FAULTS_SHOWN]:
            print(f"\n{fault}\n")
        seconds, shown = time.monotonic() - began, len(tally.faults)
        print(f"{tally.resources} of {arguments.resources} in {seconds:.0f} s, {shown} faults", flush=True)

    with tempfile.TemporaryDirectory(prefix="revrx-fuzz-") as folder, stage(Path(folder), NAMESPACES) as playing:
        tally = play(playing, arguments.resources, arguments.seed, progress)
    for crash in tally.crashes[:FAULTS_SHOWN]:
        print(crash)
    print(f"\n{table(tally).plain()}\nin {time.monotonic() - began:.0f} s, seed {arguments.seed}")
    return 0 if tally.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
