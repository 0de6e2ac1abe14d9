"""`BagClock`: the time of the bag, published on /clock."""

import threading
import time

from rclpy.clock import Clock as RosClock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from rosgraph_msgs.msg import Clock

NS_PER_S = 1_000_000_000
PERIOD_S = 0.02


class BagClock:
    """Publishes the time of the bag every 20 ms, whether it runs or stands.

    Args:
        node: publishes.
        rate: bag seconds per second while the clock runs.
    """

    def __init__(self, node: Node, rate: float) -> None:
        self._rate = rate
        self._bag_ns = 0
        self._since_s: float | None = None
        self._changing = threading.Lock()
        self._publisher = node.create_publisher(Clock, "/clock", 1)
        steady = RosClock(clock_type=ClockType.STEADY_TIME)
        node.create_timer(PERIOD_S, self._publish, clock=steady)

    @property
    def now_ns(self) -> int:
        """The time of the bag; 0 before it is set."""
        with self._changing:
            if self._since_s is None:
                return self._bag_ns
            passed_s = (time.monotonic() - self._since_s) * self._rate
            return self._bag_ns + round(passed_s * NS_PER_S)

    def stand_at(self, bag_ns: int) -> None:
        """Set the time and let it stand."""
        with self._changing:
            self._bag_ns, self._since_s = bag_ns, None

    def run_from(self, bag_ns: int) -> None:
        """Set the time and let it run."""
        with self._changing:
            self._bag_ns, self._since_s = bag_ns, time.monotonic()

    def sleep_until(self, bag_ns: int) -> None:
        """Wait until a running clock shows a time."""
        delay_ns = bag_ns - self.now_ns
        if delay_ns > 0:
            time.sleep(delay_ns / NS_PER_S / self._rate)

    def _publish(self) -> None:
        now_ns = self.now_ns
        if now_ns > 0:
            message = Clock()
            message.clock.sec, message.clock.nanosec = divmod(now_ns, NS_PER_S)
            self._publisher.publish(message)
