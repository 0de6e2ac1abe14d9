"""What tf knows of the way from the camera to the body."""

from rclpy.node import Node

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.checkup.observation import Transform
from vmloc_ros.ros.tf2 import Tf2Transforms
from vmloc_ros.ros.transforms import TransformError, Transforms


def open_tf(node: Node) -> Transforms | None:
    """Begin to listen to tf; None where tf2_ros is not installed."""
    try:
        return Tf2Transforms(node)
    except ConfigError:
        return None


def observe_transform(tf: Transforms | None, base_frame: str, camera_frame: str) -> Transform:
    """Look up where a body is in the frame of the camera."""
    if tf is None:
        return Transform(is_installed=False)
    try:
        tf.lookup(camera_frame, base_frame)
    except TransformError as err:
        return Transform(is_installed=True, reason=str(err))
    return Transform(is_installed=True, is_known=True)
