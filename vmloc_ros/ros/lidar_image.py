"""`LidarImagePublisher`: the sweep as the network sees it, on `~/debug/lidar_image`."""

from array import array

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy
from sensor_msgs.msg import Image

from vmloc_ros.bundle import BundleDescription
from vmloc_ros.frame import Frame
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.ros import qos

TOPIC = "~/debug/lidar_image"
NS_PER_S = 1_000_000_000
RANGE = 0
"""Channel of the cylindrical picture that holds the range."""


class LidarImagePublisher:
    """Publishes what the network is shown of the points, metres (32FC1, 0 = no return).

    That is the range of the cylindrical picture, or the depth in the camera where the model has
    that alone. Without a lidar among the sensors there is no topic. The sweep is projected anew for
    this, and only while somebody subscribes.

    Args:
        node: publishes.
        description: of the bundle.
    """

    def __init__(self, node: Node, description: BundleDescription) -> None:
        self._node = node
        self.adopt(description)
        self._publisher = None
        if "lidar" in description.sensors:
            self._publisher = node.create_publisher(
                Image,
                TOPIC,
                qos.profile(ReliabilityPolicy.RELIABLE),
                qos_overriding_options=qos.output_overrides(),
            )

    def adopt(self, description: BundleDescription) -> None:
        """Go on with the settings of another bundle."""
        shown = "lidar" if "lidar" in description.model.modalities else "depth"
        self._preprocess = Preprocessor(description.preprocessing, (shown,), description.rig)

    def show(self, frame: Frame, lidar_frame: str) -> None:
        """Publish the picture of a frame's sweep, if there is one and somebody subscribes."""
        if self._publisher is None or frame.points is None:
            return
        if self._publisher.get_subscription_count() > 0:
            message = range_image(self._picture_m(frame))
            message.header.frame_id = lidar_frame
            stamp = message.header.stamp
            stamp.sec, stamp.nanosec = divmod(frame.stamp_ns, NS_PER_S)
            self._publisher.publish(message)

    def _picture_m(self, frame: Frame) -> NDArray[np.float32]:
        reduced = self._preprocess.reduce(frame)
        is_depth = "depth" in reduced
        values = reduced["depth"] * 1e-3 if is_depth else reduced["lidar"][..., RANGE]
        return np.asarray(values, np.float32)

    def close(self) -> None:
        """Withdraw the topic."""
        if self._publisher is not None:
            self._node.destroy_publisher(self._publisher)


def range_image(range_m: NDArray[np.float32]) -> Image:
    """Return (R, C) metres as sensor_msgs/Image, 32FC1, without a header."""
    rows, columns = range_m.shape
    data = array("B")
    data.frombytes(np.ascontiguousarray(range_m, "<f4").tobytes())  # an ndarray takes far longer
    message = Image(height=rows, width=columns, encoding="32FC1", step=4 * columns)
    message.data = data
    return message
