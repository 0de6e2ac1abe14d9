"""`StatusReport`: one status of `/diagnostics`, with the causes that were found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vmloc_ros.causes import CAUSES, Cause, Level, Status
from vmloc_ros.ros.snapshot import Snapshot

UNKNOWN = "-"
"""A value that is not known yet."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause that applies, and to what."""

    cause: Cause
    subject: str
    """The topic, where the same cause may apply to several; else empty."""
    message: str


def found(key: str, subject: str = "", **details: object) -> Finding:
    """Return the finding of a cause; `details` fill the fields of its message."""
    cause = CAUSES[key]
    return Finding(cause, subject, cause.describe(**details))


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One status."""

    name: Status
    level: Level
    message: str
    """Of the worst finding, else what is well."""
    findings: tuple[Finding, ...] = ()
    """The worst first."""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def causes(self) -> tuple[str, ...]:
        """The keys of the findings."""
        return tuple(finding.cause.key for finding in self.findings)


def judge(
    name: Status, findings: Iterable[Finding], well: str, values: Mapping[str, str]
) -> StatusReport:
    """Report the worst of the findings, the others beside it, or `well` where there is none."""
    ordered = sorted(findings, key=lambda finding: -finding.cause.level.severity)
    causes = {
        "causes": ", ".join(dict.fromkeys(finding.cause.key for finding in ordered)),
        "also": "; ".join(finding.message for finding in ordered[1:]),
    }
    if not ordered:
        return StatusReport(name, Level.OK, well, (), causes | dict(values))
    worst = ordered[0]
    return StatusReport(
        name, worst.cause.level, worst.message, tuple(ordered), causes | dict(values)
    )


def unknowable(name: Status, now: Snapshot) -> StatusReport:
    """Report that nothing can be said: the node is not active."""
    return StatusReport(name, Level.STALE, f"the node is {now.model.state}")


def number(value: float | None, decimals: int = 3) -> str:
    """Write a value, or that it is not known."""
    return UNKNOWN if value is None else f"{value:.{decimals}f}"


def rate_hz(count: int, lately: Snapshot) -> str:
    """Write how often something happened per second lately."""
    return number(count / lately.active_s if lately.active_s > 0.0 else None, 1)
