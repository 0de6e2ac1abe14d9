"""`SensorTopic`: where the messages of a modality come from, by transport."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image, PointCloud2

from vmloc_ros.config import NodeConfig


@dataclass(frozen=True, slots=True)
class SensorTopic:
    """Name and message type of an input."""

    name: str
    message_type: type[Any]

    @property
    def type_name(self) -> str:
        """The type as ROS writes it: "sensor_msgs/msg/Image"."""
        package = self.message_type.__module__.partition(".")[0]
        return f"{package}/msg/{self.message_type.__name__}"


SENSOR_TOPICS: Mapping[str, SensorTopic] = {
    "rgb": SensorTopic("camera/image", Image),
    "depth": SensorTopic("depth/image", Image),
    "lidar": SensorTopic("lidar/points", PointCloud2),
}
"""By modality, raw; the first one present gives the stamp."""


def sensor_topic(node: Node, modality: str, config: NodeConfig) -> SensorTopic:
    """Return the topic of a modality as `image_transport` or `depth_transport` say.

    A transport is appended to the name of the raw topic, as image_transport does, after it is
    remapped: `camera/image:=/front/image` leads to /front/image/compressed. The name of the
    compressed topic itself can be remapped too.
    """
    raw = SENSOR_TOPICS[modality]
    transport = {"rgb": config.image_transport, "depth": config.depth_transport}.get(modality)
    if transport in (None, "raw"):
        return raw
    return SensorTopic(f"{node.resolve_topic_name(raw.name)}/{transport}", CompressedImage)
