"""`Camera`: publishes sets of images on the topics that the node reads."""

from collections.abc import Collection

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from vmloc_ros.ros.benchmark.images import ImageSet

NS_PER_S = 1_000_000_000
TOPICS = {"rgb": "camera/image", "depth": "depth/image"}
QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)


class Camera:
    """Sends the images of the given modalities, as a driver would: reliable, the last five kept."""

    def __init__(self, node: Node, modalities: Collection[str]) -> None:
        self._publishers = {
            name: node.create_publisher(Image, TOPICS[name], QOS) for name in modalities
        }

    def is_matched(self) -> bool:
        """Say whether somebody subscribes to every topic."""
        return all(one.get_subscription_count() > 0 for one in self._publishers.values())

    def publish(self, images: ImageSet, stamp_ns: int) -> None:
        """Send a set with one stamp."""
        for name, publisher in self._publishers.items():
            stamp = images[name].header.stamp
            stamp.sec, stamp.nanosec = divmod(stamp_ns, NS_PER_S)
            publisher.publish(images[name])
