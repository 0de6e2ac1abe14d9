"""`Peer`: cameras and a listener beside the node under test."""

import time
from collections.abc import Callable, Collection

import numpy as np
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from nav_msgs.msg import Path
from node_services import NodeServices
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from tiny_images import FIRST_NS, PERIOD_NS, depth_pixels, image, rgb_pixels

STREAMS = ("rgb", "depth")


class Peer(NodeServices):
    """A camera and a listener beside the node under test."""

    def __init__(self, best_effort: bool = False) -> None:
        policy = ReliabilityPolicy.BEST_EFFORT if best_effort else ReliabilityPolicy.RELIABLE
        qos = QoSProfile(depth=10, reliability=policy)
        super().__init__(Node("peer"))
        self.rgb = self.node.create_publisher(Image, "camera/image", qos)
        self.depth = self.node.create_publisher(Image, "depth/image", qos)
        self.poses: list[PoseStamped] = []
        self.covariances: list[PoseWithCovarianceStamped] = []
        self.paths: list[Path] = []
        self.on_pose: Callable[[int], object] = lambda stamp_ns: None
        """Is given the stamp of each pose as it comes."""
        listen = self.node.create_subscription
        self.pose_subscription = listen(PoseStamped, "vmloc/pose", self._take_pose, 10)
        listen(PoseWithCovarianceStamped, "vmloc/pose_with_covariance", self.covariances.append, 10)
        self._listen_to_path = lambda: listen(Path, "vmloc/path", self.paths.append, 10)

    def _take_pose(self, message: PoseStamped) -> None:
        self.on_pose(stamp_of(message))
        self.poses.append(message)

    def listen_to_path(self) -> None:
        self._listen_to_path()

    def is_matched(self) -> bool:
        return bool(
            self.rgb.get_subscription_count()
            and self.depth.get_subscription_count()
            and self.pose_subscription.get_publisher_count()
        )

    def send(self, number: int, seed: int | None = None, streams: Collection[str] = STREAMS) -> int:
        """Publish a pair, or what of it is among the streams; return its stamp."""
        return self.send_at(
            FIRST_NS + number * PERIOD_NS, number if seed is None else seed, streams
        )

    def send_now(self, seed: int = 0, streams: Collection[str] = STREAMS) -> int:
        """Publish a pair that was taken at this moment; return its stamp."""
        return self.send_at(time.time_ns(), seed, streams)

    def send_at(self, stamp_ns: int, seed: int = 0, streams: Collection[str] = STREAMS) -> int:
        """Publish a pair with a stamp; return it."""
        pixels = {"rgb": rgb_pixels(seed), "depth": depth_pixels(seed)}
        return self.send_pixels(stamp_ns, **{name: pixels[name] for name in streams})

    def send_pixels(
        self, stamp_ns: int, rgb: np.ndarray | None = None, depth: np.ndarray | None = None
    ) -> int:
        """Publish these images with a stamp; return it."""
        if rgb is not None:
            self.rgb.publish(image(rgb, "rgb8", stamp_ns))
        if depth is not None:
            self.depth.publish(image(depth, "16UC1", stamp_ns))
        return stamp_ns

    def send_bad(self, number: int) -> int:
        """Publish a pair whose colours nobody can decode."""
        stamp_ns = FIRST_NS + number * PERIOD_NS
        self.rgb.publish(image(rgb_pixels(number), "8SC3", stamp_ns))
        self.depth.publish(image(depth_pixels(number), "16UC1", stamp_ns))
        return stamp_ns

    def send_unstamped(self) -> None:
        """Publish an image whose driver sets no time."""
        self.rgb.publish(image(rgb_pixels(0), "rgb8", 0))

    def stamps_ns(self) -> list[int]:
        """Stamps of the poses so far, once each is there on both topics."""
        if len(self.poses) != len(self.covariances):
            return []
        return [stamp_of(message) for message in self.poses]


def stamp_of(message: object) -> int:
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
