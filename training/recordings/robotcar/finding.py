"""`Finding`: one thing that is not as it should be in a download."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeVar

Item = TypeVar("Item")

Severity = Literal["error", "warning"]
"""An error stops a training or spoils it; a warning says what it goes without."""

SHOWN = 3
"""Of many alike, so many are named and the rest are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, with its file and, in a text file, its line."""

    severity: Severity
    message: str


def first_and_rest(findings: Iterator[Finding], what: str) -> Iterator[Finding]:
    """Yield the first of many findings that are alike, and one that counts the others."""
    yield from islice(findings, SHOWN)
    rest = list(findings)
    if rest:
        yield Finding(rest[0].severity, f"{what}: {len(rest)} more like these")
