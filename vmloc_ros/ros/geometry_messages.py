"""Poses from and to geometry_msgs."""

from typing import Any

import numpy as np
from geometry_msgs.msg import Quaternion, TransformStamped, Vector3

from vmloc_ros.pose import Pose

NS_PER_S = 1_000_000_000


def read_pose(message: Any) -> Pose:
    """Read geometry_msgs/Pose.

    Raises:
        VmlocError: not finite, or no rotation.
    """
    return _pose(message.position, message.orientation)


def read_transform(message: Any) -> Pose:
    """Read geometry_msgs/Transform as T_parent_child.

    Raises:
        VmlocError: not finite, or no rotation.
    """
    return _pose(message.translation, message.rotation)


def make_transform(parent: str, child: str, stamp_ns: int, T_parent_child: Pose) -> Any:
    """Return geometry_msgs/TransformStamped."""
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id = parent
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, NS_PER_S)
    x, y, z = T_parent_child.position.tolist()
    qx, qy, qz, qw = T_parent_child.quat_xyzw.tolist()
    message.transform.translation = Vector3(x=x, y=y, z=z)
    message.transform.rotation = Quaternion(x=qx, y=qy, z=qz, w=qw)
    return message


def _pose(position: Any, quat: Any) -> Pose:
    return Pose(
        np.array([position.x, position.y, position.z]), np.array([quat.x, quat.y, quat.z, quat.w])
    )
