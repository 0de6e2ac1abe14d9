"""`LocalizerLink`: who answers to the player, and which pairs it is asked to answer."""

import struct
import time
from collections.abc import Mapping

from rclpy.node import Node

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import RecordingError
from vmloc_ros.pairing import FramePairer
from vmloc_ros.ros.bag_publishers import BagPublishers
from vmloc_ros.ros.pose_recorder import PoseRecorder

NS_PER_S = 1_000_000_000
SETTLED_S = 0.5
"""The localizer's subscriptions are taken for complete when they have not changed for this long."""
POLL_S = 0.05
SLOP_NS = round(NodeConfig().sync_slop_s * NS_PER_S)
QUEUE = NodeConfig().sync_queue


class LocalizerLink:
    """Knows the node that publishes the poses, and forms the same pairs as that node.

    Args:
        node: looks at the graph.
        types: message type of each topic as it is published.
        publishers: what the player publishes.
        recorder: receives the poses.
    """

    def __init__(
        self,
        node: Node,
        types: Mapping[str, str],
        publishers: BagPublishers,
        recorder: PoseRecorder,
    ) -> None:
        self._node = node
        self._publishers = publishers
        self._recorder = recorder
        self._sensors = {
            topic: stream
            for topic, kind in types.items()
            if topic in publishers and (stream := _stream(topic, kind))
        }
        self._streams: dict[str, str] = {}
        self._pairer: FramePairer[int] | None = None

    def wait(self, timeout_s: float) -> None:
        """Wait until the localizer is there and connected.

        Raises:
            RecordingError: it does not come, or subscribes to none of the images.
        """
        deadline_s = time.monotonic() + timeout_s
        served, since_s = self._served(), time.monotonic()
        while not (served and time.monotonic() - since_s >= SETTLED_S):
            if time.monotonic() > deadline_s:
                raise RecordingError(self._what_is_missing(timeout_s))
            time.sleep(POLL_S)
            now = self._served()
            if now != served:
                served, since_s = now, time.monotonic()

    def begin(self) -> None:
        """Start a pass over the bag with the topics that the localizer listens to now.

        Where there is no localizer yet, the cameras of the bag are taken.
        """
        cameras = {t for t, stream in self._sensors.items() if stream != "lidar"}
        chosen = self._served() or cameras
        self._streams = {topic: self._sensors[topic] for topic in chosen}
        names = [name for name in ("rgb", "depth", "lidar") if name in self._streams.values()]
        self._pairer = FramePairer(names, SLOP_NS, QUEUE) if names else None

    def completes(self, topic: str, serialized: bytes) -> int | None:
        """Take note of a message; return the stamp (ns) of the pair that it completes."""
        if self._pairer is None or topic not in self._streams:
            return None
        stamp_ns = header_stamp_ns(serialized)
        pair = self._pairer.add(self._streams[topic], stamp_ns, stamp_ns)
        return next(iter(pair.values())) if pair else None

    def _served(self) -> set[str]:
        """Return the sensor topics that the publisher of the poses subscribes to."""
        if not self._recorder.is_matched():
            return set()
        localizers = {
            (info.node_namespace, info.node_name)
            for info in self._node.get_publishers_info_by_topic(self._recorder.topic)
        }
        return {topic for topic in self._sensors if self._is_served(topic, localizers)}

    def _is_served(self, topic: str, localizers: set[tuple[str, str]]) -> bool:
        subscribers = {
            (info.node_namespace, info.node_name)
            for info in self._node.get_subscriptions_info_by_topic(topic)
        }
        return self._publishers.is_matched(topic) and bool(subscribers & localizers)

    def _what_is_missing(self, timeout_s: float) -> str:
        if not self._recorder.is_matched():
            return (
                f"nobody published on {self._recorder.topic} within {timeout_s:g} s: start the "
                "localizer with a bundle, or name its topic with --pose-topic"
            )
        topics = ", ".join(sorted(self._sensors)) or "none"
        return (
            f"the localizer did not subscribe to the sensors of the bag ({topics}) within "
            f"{timeout_s:g} s: rename them with --remap"
        )


def _stream(topic: str, type_name: str) -> str:
    """Return the stream that a topic of a bag belongs to, empty if to none."""
    if type_name == "sensor_msgs/msg/PointCloud2":
        return "lidar"
    if type_name in ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"):
        return "depth" if "depth" in topic.lower() else "rgb"
    return ""


def header_stamp_ns(serialized: bytes) -> int:
    """Return the stamp of a serialised (CDR) message that begins with a std_msgs/Header."""
    is_little = serialized[1] & 1
    seconds, nanoseconds = struct.unpack_from("<iI" if is_little else ">iI", serialized, 4)
    return int(seconds) * NS_PER_S + int(nanoseconds)
