"""`Finding`: one thing that the doctor looked at, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad it is."""

    OK = 0
    WARN = 1
    """Works, or may work; worth a look."""
    ERROR = 2
    """No poses, or wrong ones, until it is mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of what was found and, where that is not well, one line that mends it."""

    level: Level
    check: str
    """What was looked at, in a word or two."""
    message: str
    mend: str = ""
    cause: str = ""
    """Its key in `vmloc_ros.causes`, where the catalogue knows it."""

    def __post_init__(self) -> None:
        assert bool(self.mend) == (self.level != Level.OK), "what is not well has a mend"


def ok(check: str, message: str) -> Finding:
    """Return a finding of what is well."""
    return Finding(Level.OK, check, message)


def warn(check: str, message: str, mend: str, cause: str = "") -> Finding:
    """Return a finding that leaves the exit status at 0."""
    return Finding(Level.WARN, check, message, mend, cause)


def error(check: str, message: str, mend: str, cause: str = "") -> Finding:
    """Return a finding that makes the exit status 1."""
    return Finding(Level.ERROR, check, message, mend, cause)


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 1 where there is an error, else 0."""
    return int(any(finding.level == Level.ERROR for finding in findings))
