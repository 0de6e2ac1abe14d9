"""`CauseLog`: one line in the log when a cause appears, and one when it is gone."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from vmloc_ros.causes import Level, Status
from vmloc_ros.ros.diagnosis.report import Finding, StatusReport

logger = logging.getLogger(__name__)

GONE_AFTER_S = 2.0
"""A cause that comes and goes within this time is told once."""

LOG_LEVELS = {Level.OK: logging.INFO, Level.WARN: logging.WARNING, Level.ERROR: logging.ERROR}


@dataclass(frozen=True, slots=True)
class _Told:
    status: Status
    finding: Finding
    seen_s: float


class CauseLog:
    """Compares the reports with what it has told already."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], _Told] = {}

    def look(self, reports: Iterable[StatusReport], now_s: float) -> None:
        """Log what is new and what is gone; `now_s` is monotonic."""
        for report in reports:
            for finding in report.findings:
                self._see(report.name, finding, now_s)
            self._forget(report, now_s)

    def _see(self, status: Status, finding: Finding, now_s: float) -> None:
        identity = (finding.cause.key, finding.subject)
        if identity not in self._told:
            level = LOG_LEVELS[finding.cause.level]
            logger.log(level, "%s: %s [%s]", status, finding.message, finding.cause.key)
        self._told[identity] = _Told(status, finding, now_s)

    def _forget(self, report: StatusReport, now_s: float) -> None:
        """Let go of the causes of a status that are gone, or that nobody can tell any more."""
        for identity, told in list(self._told.items()):
            unknown = report.level is Level.STALE
            if told.status != report.name:
                continue
            if unknown or now_s - told.seen_s >= GONE_AFTER_S:
                del self._told[identity]
                if not unknown and told.finding.cause.level is not Level.OK:
                    logger.info("%s: over: %s", report.name, told.finding.message)
