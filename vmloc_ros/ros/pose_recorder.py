"""`PoseRecorder`: what a localizer answers, when, and as a TUM file."""

import threading
import time

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

NS_PER_S = 1_000_000_000
QUEUE = 1000


class PoseRecorder:
    """Keeps every pose that arrives on a topic, and how long those that are expected take."""

    def __init__(self, node: Node, topic: str) -> None:
        self._arrived = threading.Condition()
        self._lines: list[str] = []
        self._expected_s: dict[int, float] = {}
        self._latencies_ms: list[float] = []
        self._subscription = node.create_subscription(
            PoseStamped,
            topic,
            self._on_pose,
            QoSProfile(depth=QUEUE, reliability=ReliabilityPolicy.RELIABLE),
        )
        self.topic = self._subscription.topic_name

    @property
    def count(self) -> int:
        """The number of poses so far."""
        return len(self._lines)

    def is_matched(self) -> bool:
        """Say whether a publisher is connected."""
        return bool(self._subscription.get_publisher_count() > 0)

    @property
    def latencies_ms(self) -> list[float]:
        """From `expect` to the arrival of the pose, for each that came."""
        with self._arrived:
            return list(self._latencies_ms)

    def expect(self, stamp_ns: int) -> None:
        """Begin to wait for the pose of a stamp: call it before the last message is sent."""
        with self._arrived:
            self._expected_s[stamp_ns] = time.monotonic()

    def wait_for(self, stamp_ns: int, timeout_s: float) -> bool:
        """Return whether the expected pose of a stamp came in time; else it is given up."""
        with self._arrived:
            self._arrived.wait_for(lambda: stamp_ns not in self._expected_s, timeout_s)
            return self._expected_s.pop(stamp_ns, None) is None

    def trajectory(self) -> str:
        """Return the poses as a TUM trajectory: seconds x y z qx qy qz qw, in order of arrival."""
        with self._arrived:
            return "".join(self._lines)

    def _on_pose(self, message: PoseStamped) -> None:
        now_s = time.monotonic()
        stamp = message.header.stamp
        with self._arrived:
            self._lines.append(tum_line(message))
            sent_s = self._expected_s.pop(stamp.sec * NS_PER_S + stamp.nanosec, None)
            if sent_s is not None:
                self._latencies_ms.append((now_s - sent_s) * 1e3)
            self._arrived.notify_all()


def tum_line(message: PoseStamped) -> str:
    """Return a line of a TUM trajectory, every digit of the numbers kept."""
    stamp, p, q = message.header.stamp, message.pose.position, message.pose.orientation
    numbers = " ".join(f"{value:.17g}" for value in (p.x, p.y, p.z, q.x, q.y, q.z, q.w))
    return f"{stamp.sec}.{stamp.nanosec:09d} {numbers}\n"
