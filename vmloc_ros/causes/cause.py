"""`Cause`: one thing that can be wrong, as the node says it and as the docs explain it."""

from dataclasses import dataclass
from enum import IntEnum
from string import Formatter
from typing import Literal, get_args

Status = Literal["input", "sync", "inference", "localization", "tf", "model"]
STATUSES: tuple[Status, ...] = get_args(Status)
"""What the node reports on `/diagnostics`, in the order in which the data flow."""


class Level(IntEnum):
    """The levels of diagnostic_msgs/DiagnosticStatus, with its numbers."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3
    """Nothing can be said: the node is not active."""

    @property
    def severity(self) -> int:
        """The level in the order of urgency: STALE comes before OK."""
        return -1 if self is Level.STALE else int(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """An entry of the catalogue. The texts are Markdown, except for the message."""

    key: str
    """Its name, in snake_case, and its anchor in docs/troubleshooting.md."""
    status: Status
    level: Level
    """OK: worth a note, and no fault."""
    message: str
    """One line, a template for `str.format`."""
    when: str
    """The rule by which it is reported."""
    why: str
    mend: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The names that the message wants to be filled."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.message) if name)

    def describe(self, **details: object) -> str:
        """Return the message on one line with its fields filled."""
        return " ".join(self.message.format(**details).split())
