"""`Diagnostics`: what the node says about itself on `/diagnostics` and in its log."""

import logging
import time
from collections.abc import Callable, Sequence

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node

from vmloc_ros.causes import Level
from vmloc_ros.ros.diagnosis import StatusReport, diagnose
from vmloc_ros.ros.diagnosis.cause_log import CauseLog
from vmloc_ros.ros.diagnosis.history import History
from vmloc_ros.ros.snapshot import Snapshot

logger = logging.getLogger(__name__)

TOPIC = "/diagnostics"
DEPTH = 10
PERIOD_S = 1.0
LOOK_PERIOD_S = 0.25
"""How often the node looks at itself; what has become worse is published at once."""
FAILURE_LOG_PERIOD_S = 10.0


class Diagnostics:
    """Publishes the diagnosis every second, and at once when a level rises.

    Made once, with the node: it works in every state of the lifecycle, and by the steady clock, so
    that it speaks while the ROS clock stands still.

    Args:
        node: gives the names, the clock of the stamps and the timer.
        take_snapshot: called from the timer, in a group of its own.
    """

    def __init__(self, node: Node, take_snapshot: Callable[[], Snapshot]) -> None:
        self._node = node
        self._take_snapshot = take_snapshot
        self._history = History()
        self._log = CauseLog()
        self._levels: dict[str, Level] = {}
        """Of the last message."""
        self._due_s = 0.0
        self._failure_due_s = 0.0
        self._closed = False
        self._system_clock = Clock(clock_type=ClockType.SYSTEM_TIME)
        self._publisher = node.create_publisher(DiagnosticArray, TOPIC, DEPTH)
        self._timer = node.create_timer(
            LOOK_PERIOD_S,
            self._on_timer,
            MutuallyExclusiveCallbackGroup(),
            Clock(clock_type=ClockType.STEADY_TIME),
        )

    def close(self) -> None:
        """End the timer and withdraw the topic."""
        self._closed = True
        self._node.destroy_timer(self._timer)
        self._node.destroy_publisher(self._publisher)

    def _on_timer(self) -> None:
        try:
            self._look(time.monotonic())
        except Exception as err:  # noqa: BLE001  # whoever watches the node must not end it
            self._complain(err)

    def _look(self, now_s: float) -> None:
        snapshot = self._take_snapshot()
        reports = diagnose(snapshot, self._history.add(now_s, snapshot))
        self._log.look(reports, now_s)
        if now_s >= self._due_s:
            self._due_s = max(self._due_s, now_s - LOOK_PERIOD_S) + PERIOD_S
            self._publish(reports)
        elif self._rises(reports):
            self._publish(reports)

    def _rises(self, reports: Sequence[StatusReport]) -> bool:
        return any(report.level.severity > self._severity(report.name) for report in reports)

    def _severity(self, name: str) -> int:
        """Return the last level of a status; what was well or unknown becomes worse at WARN."""
        return max(self._levels.get(name, Level.OK).severity, Level.OK.severity)

    def _publish(self, reports: Sequence[StatusReport]) -> None:
        array = DiagnosticArray(status=[self._status(report) for report in reports])
        array.header.stamp = self._stamp()
        self._publisher.publish(array)
        self._levels = {report.name: report.level for report in reports}

    def _status(self, report: StatusReport) -> DiagnosticStatus:
        full_name = self._node.get_fully_qualified_name()
        return DiagnosticStatus(
            level=bytes([report.level]),
            # With the namespace: robots that share /diagnostics are told apart.
            name=f"{full_name.lstrip('/')}: {report.name}",
            message=report.message,
            hardware_id=full_name,
            values=[KeyValue(key=key, value=value) for key, value in report.values.items()],
        )

    def _stamp(self) -> Time:
        """Return the node's time; that of the system where /clock has said nothing yet."""
        now = self._node.get_clock().now()
        return (now if now.nanoseconds > 0 else self._system_clock.now()).to_msg()

    def _complain(self, err: Exception) -> None:
        now_s = time.monotonic()
        if self._closed or now_s < self._failure_due_s:
            return
        self._failure_due_s = now_s + FAILURE_LOG_PERIOD_S
        logger.error("no diagnostics: %s: %s", type(err).__name__, err, exc_info=err)
