"""`MapBroadcaster`: sends what a plan says is due, unless somebody else owns the transform."""

import threading
import time

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ROSClock
from rclpy.clock_type import ClockType
from rclpy.node import Node

from vmloc_ros.ros.broadcast_plan import BroadcastPlan, Fix
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.ros.transforms import Transforms

LISTEN_FIRST_NS = 1_000_000_000
"""How long to listen for another owner before speaking."""


class MapBroadcaster:
    """Broadcasts where map is: at each fix, and at a fixed rate in between.

    Fixes age by the steady clock, and by the ROS clock where that is simulated: a recording that is
    played slowly or stands still loses nobody.

    Args:
        node: its clock dates the transforms.
        transforms: knows the child of the edge.
        plan: says what is due.
        map_frame: parent of the edge.
        rate_hz: how often to look whether something is due.
    """

    def __init__(
        self,
        node: Node,
        transforms: Transforms,
        plan: BroadcastPlan,
        map_frame: str,
        rate_hz: float,
    ) -> None:
        self._node = node
        self._transforms = transforms
        self._plan = plan
        self._map_frame = map_frame
        self._speaks_from_ns = time.monotonic_ns() + LISTEN_FIRST_NS
        self._sending = threading.Lock()
        self.broadcasts = 0
        """Messages sent so far."""
        self._timer = node.create_timer(
            1.0 / rate_hz,
            self._send,
            MutuallyExclusiveCallbackGroup(),
            Clock(clock_type=ClockType.STEADY_TIME),
        )

    @property
    def conflict(self) -> str:
        """Who else owns the transform, so that nothing is sent; empty: nobody."""
        return self._transforms.other_parent()

    def offer(self, body: BodyPose) -> None:
        """Take a pose that has just been published."""
        self._plan.offer(Fix(body.stamp_ns, body.T_map_body, self._age_clock_ns()))
        self._send()

    def clear(self) -> None:
        """Forget the poses: time has jumped."""
        self._plan.clear()

    def close(self) -> None:
        """Stop sending."""
        self._node.destroy_timer(self._timer)

    def _send(self) -> None:
        with self._sending:
            if time.monotonic_ns() < self._speaks_from_ns or self.conflict:
                return
            clock_ns = self._node.get_clock().now().nanoseconds
            due = self._plan.due(clock_ns, self._age_clock_ns())
            if due:
                self._transforms.broadcast(self._map_frame, due)
                self.broadcasts += 1

    def _age_clock_ns(self) -> int:
        clock = self._node.get_clock()
        assert isinstance(clock, ROSClock), "as every node's clock"
        return clock.now().nanoseconds if clock.ros_time_is_active else time.monotonic_ns()
