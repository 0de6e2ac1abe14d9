"""`Gyroscope`: how the robot turned, from an inertial unit."""

from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Imu

from vmloc_ros.errors import MessageError
from vmloc_ros.messages import stamp_ns as stamp_of
from vmloc_ros.messages.header import frame_id
from vmloc_ros.ros import qos
from vmloc_ros.ros.odometry import WAIT_S
from vmloc_ros.ros.odometry_buffer import OdometryBuffer
from vmloc_ros.sweeps import PoseTrack, RateIntegrator

TOPIC = "imu/data"
DEPTH = 100
"""A quarter of a second at 400 Hz."""


class Gyroscope:
    """sensor_msgs/Imu on the topic `imu/data`, best effort: its angular velocities alone."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._integrator = RateIntegrator()
        self._buffer = OdometryBuffer(translates=False)
        self._began_ns = 0
        self.frame = ""
        """That of the last message; empty before it."""
        self._subscription = node.create_subscription(
            Imu,
            TOPIC,
            self._on_message,
            QoSProfile(depth=DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT),
            callback_group=MutuallyExclusiveCallbackGroup(),
            qos_overriding_options=qos.output_overrides(),
        )

    def until(self, stamp_ns: int) -> PoseTrack:
        """Return the rotation up to a time; waits for it a little, never in a callback."""
        return self._buffer.until(stamp_ns, WAIT_S)

    def clear(self) -> None:
        """Forget everything: time has jumped."""
        self._buffer.clear()

    def close(self) -> None:
        """Unsubscribe."""
        self._node.destroy_subscription(self._subscription)

    def _on_message(self, message: Any) -> None:
        rate = message.angular_velocity
        try:
            at_ns = stamp_of(message)
            pose = self._integrator.add(at_ns, (rate.x, rate.y, rate.z))
        except MessageError as err:
            self._node.get_logger().warning(f"{TOPIC}: {err}", throttle_duration_sec=10.0)
            return
        self.frame = frame_id(message)
        if self._began_ns != self._integrator.began_ns:  # what was before cannot be joined to it
            self._began_ns = self._integrator.began_ns
            self._buffer.clear()
        if pose is not None:
            self._buffer.add(at_ns, pose)
