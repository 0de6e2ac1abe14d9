"""`DiagnosticsView`: what a node says of itself, as curves and as lines of a log."""

from collections.abc import Iterator
from typing import Any

from vmloc_ros.causes import Level
from vmloc_ros.viewer.viewer import Level as LogLevel
from vmloc_ros.viewer.viewer import Viewer

LOG_LEVELS: dict[Level, LogLevel] = {
    Level.OK: "INFO",
    Level.WARN: "WARN",
    Level.ERROR: "ERROR",
    Level.STALE: "INFO",
}
LATENCY = "_mean_ms"
PANELS = {"share": "expert_share", "novelty": "novelty"}
"""Plots of the keys that begin so, as "share.rgb"."""


class DiagnosticsView:
    """Draws the statuses of one node.

    Args:
        viewer: draws.
        node: full name of the node; statuses of others are left out.
    """

    def __init__(self, viewer: Viewer, node: str) -> None:
        self._viewer = viewer
        self._node = node
        self._last: dict[str, tuple[Level, str]] = {}

    def show(self, array: Any, stamp_ns: int | None) -> None:
        """Draw a diagnostic_msgs/DiagnosticArray; `stamp_ns` is what the sensors' clock says.

        The stamp of the message itself is by the clock of the node, which need not be the sensors'.
        """
        for status in array.status:
            if status.hardware_id == self._node:
                self._log(status, stamp_ns)
                for series, value in curves(status):
                    self._viewer.plot(stamp_ns, series, value)

    def _log(self, status: Any, stamp_ns: int | None) -> None:
        """Add a line where the level has changed, or the message of one that is not well."""
        level = Level(status.level[0])
        said = (level, status.message if level in (Level.WARN, Level.ERROR) else "")
        if self._last.get(status.name) != said:
            self._last[status.name] = said
            text = f"{status.name}: {status.message}"
            self._viewer.say(stamp_ns, text, LOG_LEVELS[level])


def curves(status: Any) -> Iterator[tuple[str, float]]:
    """Yield the values of a diagnostic_msgs/DiagnosticStatus that are drawn, by series."""
    for pair in status.values:
        series = _series(pair.key)
        if series is None:
            continue
        try:
            yield series, float(pair.value)
        except ValueError:
            continue  # not known yet


def _series(key: str) -> str | None:
    if key.endswith(LATENCY):
        return f"latency_ms/{key.removesuffix(LATENCY)}"
    kind, _, name = key.partition(".")
    return f"{PANELS[kind]}/{name}" if kind in PANELS and name else None
