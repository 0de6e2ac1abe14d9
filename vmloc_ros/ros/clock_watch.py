"""`ClockWatch`: notices when the node's clock jumps or stands still."""

import logging
import threading
import time
from collections.abc import Callable

from rclpy.clock import ClockChange, JumpThreshold, ROSClock, TimeJump
from rclpy.duration import Duration
from rclpy.node import Node

from vmloc_ros.ros.snapshot import ClockHealth

logger = logging.getLogger(__name__)

CLOCK_TOPIC = "/clock"
NS_PER_S = 1_000_000_000
BACKWARD_JUMP_NS = 1_000_000
"""Time that goes back at all is another time; less is rounding."""
FORWARD_JUMP_NS = 10 * NS_PER_S
"""A seek. A recording played 100 times as fast steps by 2.5 s between two ticks of 40 Hz; 10 s is
what tf keeps, so that nothing it knows is of use after a larger one."""
SYSTEM_STEP_NS = NS_PER_S // 2
"""The system clock is compared with the steady one at each `review`, and the thread may be held up
between the two readings; a clock that is slewed, not stepped, stays far below."""
SILENCE_NS = 3 * NS_PER_S // 2
"""Simulated time that stands still for longer does not tick: known within 2 s, reviews included."""
LOG_PERIOD_S = 1.0
"""Two sources of /clock that disagree jump at every tick."""


class SystemClockSteps:
    """Finds steps of the system clock: NTP after the start, a user's hand, a suspended machine."""

    def __init__(self) -> None:
        self._offset_ns: int | None = None

    def look(self, system_ns: int, steady_ns: int) -> int:
        """Return by how much the clock was set ahead (or back) since the last look, else 0."""
        offset_ns = system_ns - steady_ns
        step_ns = 0 if self._offset_ns is None else offset_ns - self._offset_ns
        self._offset_ns = offset_ns
        return step_ns if abs(step_ns) > SYSTEM_STEP_NS else 0

    def forget(self) -> None:
        """Begin anew: the clock was another one."""
        self._offset_ns = None


class ClockWatch:
    """Calls back when the ROS clock of a node jumps: back, far ahead, or to another source.

    rcl tells of jumps of simulated time, in the thread that takes in /clock and with the clock
    held: `on_jump` must be quick. What it raises is logged, for rclpy would skip the callbacks of
    others, as tf's. Steps of the system clock rcl never tells; `review` finds them.

    Args:
        node: its clock is watched.
        on_jump: is given one line that says what happened.
    """

    def __init__(self, node: Node, on_jump: Callable[[str], None]) -> None:
        self._node = node
        clock = node.get_clock()
        assert isinstance(clock, ROSClock), "as every node's clock"
        self._clock = clock
        self._on_jump = on_jump
        self._lock = threading.Lock()
        self._jumps = 0
        self._next_log_s = 0.0
        self._steps = SystemClockSteps()
        self._last_ns = clock.now().nanoseconds
        self._moved_ns = time.monotonic_ns()
        """When the clock was last seen to move, by the steady clock."""
        threshold = JumpThreshold(
            min_forward=Duration(nanoseconds=FORWARD_JUMP_NS),
            min_backward=Duration(nanoseconds=-BACKWARD_JUMP_NS),
            on_clock_change=True,
        )
        # rcl keeps a bare pointer to the handle: it must live until it is unregistered.
        self._handle = self._clock.create_jump_callback(threshold, post_callback=self._on_ros_jump)

    @property
    def jumps(self) -> int:
        """Jumps so far."""
        with self._lock:
            return self._jumps

    def review(self) -> None:
        """Look at the clock; to be called twice a second, by a steady timer."""
        now_ns, steady_ns = self._clock.now().nanoseconds, time.monotonic_ns()
        with self._lock:
            if now_ns != self._last_ns:
                self._last_ns, self._moved_ns = now_ns, steady_ns
        if self._clock.ros_time_is_active:
            self._steps.forget()
        elif step_ns := self._steps.look(now_ns, steady_ns):
            self._tell(f"the system clock was set {_direction(step_ns)}")

    def health(self, age_s: float | None, limit_s: float) -> ClockHealth:
        """Return the state of the clock.

        Args:
            age_s: age of the newest image when it arrived.
            limit_s: `clock_skew_s`.
        """
        simulated = self._clock.ros_time_is_active
        with self._lock:
            still_ns = time.monotonic_ns() - self._moved_ns
        return ClockHealth(
            uses_sim_time=simulated,
            ticks=not simulated or still_ns < SILENCE_NS,
            publishers=self._node.count_publishers(CLOCK_TOPIC),
            age_s=age_s,
            limit_s=limit_s,
            jumps=self.jumps,
        )

    def close(self) -> None:
        """Stop watching."""
        self._handle.unregister()

    def _on_ros_jump(self, jump: TimeJump) -> None:
        change, delta_ns = int(jump.clock_change), jump.delta.nanoseconds
        if change == ClockChange.ROS_TIME_ACTIVATED:
            self._tell(f"time comes from {CLOCK_TOPIC} now")
        elif change == ClockChange.ROS_TIME_DEACTIVATED:
            self._tell("time comes from the system clock now")
        elif self._clock.now().nanoseconds != delta_ns:  # else the first tick, which ends no time
            self._tell(f"{CLOCK_TOPIC} went {_direction(delta_ns)}")

    def _tell(self, reason: str) -> None:
        with self._lock:
            self._jumps += 1
            now_s = time.monotonic()
            is_due = now_s >= self._next_log_s
            if is_due:
                self._next_log_s = now_s + LOG_PERIOD_S
        if is_due:
            logger.warning("%s: what was known before is forgotten", reason)
        try:
            self._on_jump(reason)
        except Exception:
            logger.exception("a jump of the clock was not dealt with")


def _direction(delta_ns: int) -> str:
    return f"{'back' if delta_ns < 0 else 'ahead'} by {abs(delta_ns) * 1e-9:.3f} s"
