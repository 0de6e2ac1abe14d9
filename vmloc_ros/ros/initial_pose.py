"""`InitialPosePublisher`: hands the pose over to a planar localizer, AMCL above all."""

import logging
import threading

import numpy as np
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy

from vmloc_ros.config import NodeConfig
from vmloc_ros.pose import Array, Pose
from vmloc_ros.ros import qos
from vmloc_ros.ros.consistent_fixes import ConsistentFixes
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.validity import Rejection

logger = logging.getLogger(__name__)

TOPIC = "initialpose"
"""Relative, as AMCL's own, so that both find each other in a namespace."""
NS_PER_S = 1_000_000_000
MIN_VARIANCE = 1e-6
"""m² or rad²: with less AMCL draws every particle at one spot, and none may fit the scan."""
MAX_VARIANCE = 1e6
"""m² or rad²: beyond this nothing is known; nav2 refuses numbers that are not finite."""
PLANAR = (0, 1, 5)
"""x, y and yaw among the six axes: all that AMCL reads."""


class InitialPosePublisher:
    """Publishes PoseWithCovarianceStamped on `initialpose`, as `NodeConfig.initialpose` says.

    `off`: there is no topic. `on_request`: only `publish` sends. `once`: also sends the first time
    that `after` accepted poses in a row agree and somebody subscribes; earlier the message would be
    lost, for AMCL may start later than this node.

    Feed it each outcome. Any thread may call.

    Args:
        node: owns the topic.
        map_frame: frame of the poses; AMCL ignores any but its own `global_frame_id`.
        mode: off, once or on_request.
        after: poses that have to agree; may be set at any time.
    """

    def __init__(self, node: Node, map_frame: str, mode: str, after: int) -> None:
        self.after = after
        self._node = node
        self._map_frame = map_frame
        self._waits = mode == "once"
        self._lock = threading.Lock()
        self._fixes = ConsistentFixes()
        self._publisher = None
        if mode != "off":
            self._publisher = node.create_publisher(
                PoseWithCovarianceStamped,
                TOPIC,
                qos.profile(ReliabilityPolicy.RELIABLE),
                qos_overriding_options=qos.output_overrides(),
            )

    @classmethod
    def of(cls, node: Node, config: NodeConfig) -> "InitialPosePublisher":
        """Make it as the node's parameters say."""
        return cls(node, config.map_frame, config.initialpose, config.initialpose_after)

    @property
    def is_heard(self) -> bool:
        """Whether somebody subscribes to the topic."""
        return self._publisher is not None and self._publisher.get_subscription_count() > 0

    def on_fix(self, body: BodyPose, T_odom_body: Pose | None = None) -> None:
        """Take in a pose that was accepted, with the odometry at its stamp where known."""
        if not self._waits:
            return
        with self._lock:
            row = self._fixes.add(body, T_odom_body)
        if row >= self.after and self.is_heard:
            logger.info("%d poses in a row agree: %s", row, self.publish(body))

    def on_rejection(self, rejection: Rejection) -> None:
        """Take in that a pose was refused."""
        self.reset()

    def reset(self) -> None:
        """Forget the poses so far: the clock jumped."""
        with self._lock:
            self._fixes.clear()

    def publish(self, body: BodyPose) -> str:
        """Send a pose now; return one clause that says what became of it, empty if `off`."""
        publisher = self._publisher
        if publisher is None:
            return ""
        publisher.publish(planar_message(body, self._map_frame))
        if publisher.get_subscription_count() == 0:
            return f"sent on {publisher.topic_name}, to which nobody subscribes"
        self._waits = False
        return f"sent on {publisher.topic_name}"

    def close(self) -> None:
        """Withdraw the topic."""
        if self._publisher is not None:
            self._node.destroy_publisher(self._publisher)
            self._publisher = None


def planar_message(body: BodyPose, map_frame: str) -> PoseWithCovarianceStamped:
    """Return the pose as a planar localizer wants it, at the image's stamp.

    It is what rviz's "2D Pose Estimate" would send: z = 0, no roll, no pitch, and the heading of
    the body's x axis. AMCL reads x, y and yaw alone and moves the pose on to the present by its own
    odometry. The covariance is diagonal, with the variances of x, y and yaw.
    """
    forward = body.T_map_body.rotation.apply([1.0, 0.0, 0.0])
    half_yaw = 0.5 * float(np.arctan2(forward[1], forward[0]))
    message = PoseWithCovarianceStamped()
    message.header.frame_id = map_frame
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(body.stamp_ns, NS_PER_S)
    pose = message.pose.pose
    pose.position.x, pose.position.y = body.T_map_body.position[:2].tolist()
    pose.orientation.z, pose.orientation.w = float(np.sin(half_yaw)), float(np.cos(half_yaw))
    message.pose.covariance = planar_covariance(body.covariance).ravel()
    return message


def planar_covariance(covariance: Array) -> Array:
    """Return the diagonal (6, 6) covariance of the planar pose.

    Each entry lies between `MIN_VARIANCE` and `MAX_VARIANCE`; a variance that is not finite counts
    as unknown, and what the projection fixes (z, roll, pitch) as known.
    """
    variances = np.zeros(6)
    given = np.diag(covariance)
    for axis in PLANAR:
        variances[axis] = given[axis] if np.isfinite(given[axis]) else MAX_VARIANCE
    return np.diag(np.clip(variances, MIN_VARIANCE, MAX_VARIANCE))
