"""Prints the findings: a table in a terminal, lines elsewhere, JSON for machines."""

import importlib.util
import json
from collections.abc import Sequence
from typing import TextIO

from vmloc_ros.ros.checkup.advice import TROUBLESHOOTING
from vmloc_ros.ros.checkup.finding import Finding, Level, exit_status

STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.ERROR: "bold red"}


def write_report(findings: Sequence[Finding], out: TextIO, as_json: bool) -> None:
    """Write all findings in the order of their discovery, and what they come to."""
    if as_json:
        out.write(to_json(findings) + "\n")
    elif out.isatty() and importlib.util.find_spec("rich"):
        _write_table(findings, out)
    else:
        lines = [*_lines(findings), further(findings), summary(findings)]
        out.write("\n".join(filter(None, lines)) + "\n")


def summary(findings: Sequence[Finding]) -> str:
    """Return one line that counts."""
    errors, warnings = _count(findings, Level.ERROR), _count(findings, Level.WARN)
    if not errors and not warnings:
        return f"all {len(findings)} checks are well"
    return f"{_plural(errors, 'error')}, {_plural(warnings, 'warning')}, {len(findings)} checks"


def to_json(findings: Sequence[Finding]) -> str:
    """Return exit_status, errors, warnings, and findings with the fields of `Finding`."""
    return json.dumps(
        {
            "exit_status": exit_status(findings),
            "errors": _count(findings, Level.ERROR),
            "warnings": _count(findings, Level.WARN),
            "findings": [
                {
                    "level": finding.level.name,
                    "check": finding.check,
                    "message": finding.message,
                    "mend": finding.mend,
                    "cause": finding.cause,
                }
                for finding in findings
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def further(findings: Sequence[Finding]) -> str:
    """Return one line with the entries of the documentation, empty where there are none."""
    causes = dict.fromkeys(finding.cause for finding in findings if finding.cause)
    anchors = " ".join(f"#{cause}" for cause in causes)
    return f"why, and what else to try: {TROUBLESHOOTING} {anchors}" if anchors else ""


def _lines(findings: Sequence[Finding]) -> list[str]:
    lines = []
    for finding in findings:
        lines.append(f"{finding.level.name:5} {finding.check}: {finding.message}")
        if finding.mend:
            lines.append(f"      -> {finding.mend}")
    return lines


def _write_table(findings: Sequence[Finding], out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=24)
    table.add_column(overflow="fold", ratio=1)
    for finding in findings:
        style = STYLES[finding.level]
        table.add_row(Text(finding.level.name, style), finding.check, Text(finding.message))
        if finding.mend:
            table.add_row("", "", Text(f"→ {finding.mend}", "cyan"))
    console = Console(file=out)
    console.print(table)
    if further(findings):
        console.print(Text(further(findings), "dim"))
    console.print(Text(summary(findings), STYLES[max(f.level for f in findings)]))


def _count(findings: Sequence[Finding], level: Level) -> int:
    return sum(finding.level == level for finding in findings)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
