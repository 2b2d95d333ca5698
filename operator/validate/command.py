"""The command ``revrx-operator validate``."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import click

from revrx_operator.api import KIND
from revrx_operator.validate.across import findings_across
from revrx_operator.validate.documents import NotYaml
from revrx_operator.validate.files import CheckedPool, check_file
from revrx_operator.validate.findings import Finding, Level

STDIN = "-"
VALID, INVALID, UNREADABLE = 0, 1, 2


@dataclass
class Report:
    """Everything that was found in all files."""

    pools: list[CheckedPool] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    readable: bool = True

    @property
    def exit_code(self) -> int:
        """2 where something could not be read or nothing was there to check, 1 where a pool has an error."""
        if not self.readable or not self.pools:
            return UNREADABLE
        return INVALID if any(finding.level is Level.ERROR for finding in self.findings) else VALID


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="For people or for programs.")
def validate(files: tuple[str, ...], output: Literal["text", "json"]) -> None:
    """Check the ReportWorkerPools in FILES, - for standard input, without a cluster.

    Exit code 0: all are valid; 1: one has an error; 2: a file cannot be read, or none has a pool.
    """
    report = check(files)
    click.echo(_as_json(report) if output == "json" else _as_text(report))
    sys.exit(report.exit_code)


def check(files: Sequence[str]) -> Report:
    """Check every pool of every file for itself, and then all of them together."""
    report = Report()
    for file in files:
        try:
            for entry in check_file(file, _read(file)):
                if isinstance(entry, CheckedPool):
                    report.pools.append(entry)
                    report.findings += entry.findings
                else:
                    report.findings.append(entry)
        except NotYaml as error:
            report.readable = False
            report.findings.append(Finding(file, error.line, Level.ERROR, f"this is no YAML: {error}"))
        except (OSError, UnicodeDecodeError) as error:
            report.readable = False
            reason = error.strerror if isinstance(error, OSError) else "it is not encoded in UTF-8"
            report.findings.append(Finding(file, 1, Level.ERROR, f"cannot be read: {reason}"))
    report.findings += findings_across(report.pools)
    return report


def _read(file: str) -> str:
    content = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    return content.decode()


def _as_text(report: Report) -> str:
    lines = [*map(str, report.findings)]
    lines += [_valid(pool) for pool in report.pools if not _has_errors(report, pool)]
    if report.readable and not report.pools:
        lines.append(f"there is no {KIND} to check")
    return "\n".join(lines)


def _valid(pool: CheckedPool) -> str:
    return f"{pool.found.place}: {pool.found.name} is valid"


def _has_errors(report: Report, pool: CheckedPool) -> bool:
    found = pool.found
    return pool.spec is None or any(
        finding.level is Level.ERROR and (finding.file, finding.pool) == (found.file, found.name)
        for finding in report.findings
    )


def _as_json(report: Report) -> str:
    return json.dumps(
        {
            "valid": report.exit_code == VALID,
            "pools": len(report.pools),
            "findings": [asdict(finding) for finding in report.findings],
        },
        indent=2,
        ensure_ascii=False,
    )
