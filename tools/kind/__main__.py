"""Command line: `python3 -m tools.kind COMMAND`."""

import argparse
import sys
from collections.abc import Callable, Sequence

from tools.kind import addons, cache, commands
from tools.kind.report import KindError, say
from tools.kind.tools import ON_PATH

COMMANDS: dict[str, tuple[Callable[[], None], str]] = {
    "up": (commands.up, "a cluster with the project's images loaded, by the fastest way this machine allows"),
    "down": (commands.down, "delete the cluster"),
    "images": (commands.images, "build the project's images only"),
    "status": (commands.status, "say what is there"),
    "check": (commands.check, "say whether `up` would get a cluster without building one offline; exit code 1 if not"),
    "stop-docker": (commands.stop_docker, "stop the dockerd that `up` started, and no other"),
}
WITHOUT_LOCK = ("status", "check")


def main(arguments: Sequence[str]) -> int:
    """Carry out a command and give its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "tool":
            commands.tool(options.name)
        elif options.command == "addon":
            with cache.locked("cluster"):
                (addons.remove if options.remove else addons.install)(options.name)
        elif options.command in WITHOUT_LOCK:
            COMMANDS[options.command][0]()
        else:
            with cache.locked("cluster"):
                COMMANDS[options.command][0]()
    except KindError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; what was finished is kept, the next call goes on from there")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.kind", description="The project's kind cluster.")
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, meaning) in COMMANDS.items():
        choices.add_parser(name, help=meaning)
    tool = choices.add_parser("tool", help="print the path of a tool, making it when missing")
    tool.add_argument("name", help=", ".join(ON_PATH))
    addon = choices.add_parser("addon", help="install something on the cluster that benches and tests want for a while")
    addon.add_argument("name", help=", ".join(addons.ADDONS))
    addon.add_argument("--remove", action="store_true", help="remove it again")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
