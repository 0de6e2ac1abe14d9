"""`StampedTransform`: where one frame was in another at one moment, read from a message."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vmloc_ros.messages import stamp_ns
from vmloc_ros.pose import Pose


@dataclass(frozen=True, slots=True, eq=False)
class StampedTransform:
    """`T_parent_child` at a stamp."""

    stamp_ns: int
    parent: str
    child: str
    """Empty where the message does not name the body whose pose it is."""
    T_parent_child: Pose


def read_transforms(msg: Any) -> Iterator[StampedTransform]:
    """Read PoseStamped, PoseWithCovarianceStamped, Odometry, TransformStamped or TFMessage.

    Raises:
        VmlocError: a stamp of zero, or no unit quaternion.
    """
    if hasattr(msg, "transforms"):
        for transform in msg.transforms:
            yield from read_transforms(transform)
        return
    if hasattr(msg, "transform"):
        T = read_pose(msg.transform.translation, msg.transform.rotation)
    else:
        pose = getattr(msg.pose, "pose", msg.pose)  # beside it a covariance, in some
        T = read_pose(pose.position, pose.orientation)
    child = getattr(msg, "child_frame_id", "")
    yield StampedTransform(stamp_ns(msg), msg.header.frame_id, child, T)


def read_pose(position: Any, orientation: Any) -> Pose:
    """Return the pose of a point or vector and a quaternion of geometry_msgs."""
    p, q = position, orientation
    return Pose(np.array([p.x, p.y, p.z]), np.array([q.x, q.y, q.z, q.w]))
