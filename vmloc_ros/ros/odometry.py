"""`Odometry`: how the robot moved, from a topic or from tf."""

from typing import Any, Protocol

from nav_msgs.msg import Odometry as OdometryMessage
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import VmlocError
from vmloc_ros.messages import stamp_ns as stamp_of
from vmloc_ros.pose import Pose
from vmloc_ros.ros import qos
from vmloc_ros.ros.geometry_messages import read_pose
from vmloc_ros.ros.odometry_buffer import OdometryBuffer
from vmloc_ros.ros.sampled_motion import SampledMotion
from vmloc_ros.ros.transforms import TransformError, Transforms
from vmloc_ros.sweeps import Motion

TOPIC = "odom"
DEPTH = 50
"""A quarter of a second at 200 Hz."""

WAIT_S = 0.05
"""How long a frame or its pose waits for odometry that comes behind it."""


class Odometry(Protocol):
    """Where the robot was in the odometry's frame. Safe for threads."""

    @property
    def missing(self) -> str:
        """Why the last question had no answer; empty where it had one."""
        ...

    def at(self, stamp_ns: int, wait_s: float = 0.0) -> Pose | None:
        """Return T_odom_base at the time of an image; None where it is not known.

        Args:
            stamp_ns: the time of the image.
            wait_s: how long to wait for an odometry that is there and late. Never in a callback.
        """
        ...

    def until(self, stamp_ns: int) -> Motion:
        """Return the motion of the body up to a time; waits for it a little, never in a callback.

        Args:
            stamp_ns: of image or sweep, the later of them.
        """
        ...

    def clear(self) -> None:
        """Forget everything: time has jumped."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


class TopicOdometry:
    """nav_msgs/Odometry on the topic `odom`, best effort: it is received whatever is offered.

    Messages of another body, or in another frame, are left out.
    """

    def __init__(self, node: Node, odom_frame: str, base_frame: str) -> None:
        self._node = node
        self._frames = (odom_frame, base_frame)
        self._buffer = OdometryBuffer()
        self._unusable = ""
        self._topic = node.resolve_topic_name(TOPIC)
        self._subscription = node.create_subscription(
            OdometryMessage,
            TOPIC,
            self._on_message,
            QoSProfile(depth=DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT),
            callback_group=MutuallyExclusiveCallbackGroup(),
            qos_overriding_options=qos.output_overrides(),
        )

    @property
    def missing(self) -> str:
        """Why the last question had no answer."""
        reason = self._unusable or self._buffer.missing
        return f"{self._topic}: {reason}" if reason else ""

    def at(self, stamp_ns: int, wait_s: float = 0.0) -> Pose | None:
        """Return T_odom_base at the time of an image; None where it is not known."""
        return self._buffer.at(stamp_ns, wait_s)

    def until(self, stamp_ns: int) -> Motion:
        """Return the motion of the body, made of nothing that is stamped later."""
        return self._buffer.until(stamp_ns, WAIT_S)

    def clear(self) -> None:
        """Forget everything."""
        self._buffer.clear()

    def close(self) -> None:
        """Unsubscribe."""
        self._node.destroy_subscription(self._subscription)

    def _on_message(self, message: Any) -> None:
        self._unusable = self._refusal(message)
        if self._unusable:
            return
        try:
            self._buffer.add(stamp_of(message), read_pose(message.pose.pose))
        except VmlocError as err:
            self._unusable = str(err)

    def _refusal(self, message: Any) -> str:
        frames = (message.header.frame_id, message.child_frame_id)
        if frames == self._frames:
            return ""
        return (
            f"the odometry is that of '{frames[1]}' in '{frames[0]}', wanted is that of "
            f"'{self._frames[1]}' in '{self._frames[0]}': set base_frame and odom_frame"
        )


class TfOdometry:
    """The transform from the odometry's frame to the body in tf."""

    def __init__(self, transforms: Transforms, odom_frame: str, base_frame: str) -> None:
        self._transforms = transforms
        self._odom_frame = odom_frame
        self._base_frame = base_frame
        self.missing = ""

    def at(self, stamp_ns: int, wait_s: float = 0.0) -> Pose | None:
        """Return T_odom_base at the time of an image; None where it is not known."""
        frames = self._odom_frame, self._base_frame
        try:
            T_odom_base = self._transforms.lookup(*frames, stamp_ns, wait_s)
        except TransformError as err:
            self.missing = str(err)
            return None
        self.missing = ""
        return T_odom_base

    def until(self, stamp_ns: int) -> Motion:
        """Return the motion of the body; tf itself interpolates with the pose after it."""
        self.at(stamp_ns, WAIT_S)
        return SampledMotion(self.at, lambda: self.missing, stamp_ns)

    def clear(self) -> None:
        """Do nothing: the transforms are cleared by their owner."""

    def close(self) -> None:
        """Do nothing: the transforms are closed by their owner."""


def open_odometry(
    node: Node, config: NodeConfig, transforms: Transforms | None
) -> TopicOdometry | TfOdometry | None:
    """Return the odometry that the parameters ask for; None where they ask for none.

    `tf_mode: map_to_odom` needs one: where `odometry` says none, it is taken from tf.
    """
    if config.odometry == "topic":
        return TopicOdometry(node, config.odom_frame, config.base_frame)
    if config.odometry == "none" and config.tf_mode != "map_to_odom":
        return None
    assert transforms is not None, "opened where the odometry is taken from tf"
    return TfOdometry(transforms, config.odom_frame, config.base_frame)
