"""`Feed`: a colour and a depth camera at 30 Hz, and what can be wrong with what they send."""

import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass

from rclpy.event_handler import PublisherEventCallbacks
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from soaking.pictures import SOUND, make_pictures

PERIOD_NS = 33_333_333
STREAMS = {"rgb": "camera/image", "depth": "depth/image"}
NS_PER_S = 1_000_000_000
QUIET = PublisherEventCallbacks(use_default_callbacks=False)
"""That a guest offers less than is asked for at first is meant."""


@dataclass(frozen=True)
class Shot:
    """One image to be sent."""

    stream: str
    stamp_ns: int
    look: str = "good"


def pair(stamp_ns):
    """Return what two healthy cameras send."""
    return [Shot(stream, stamp_ns) for stream in STREAMS]


class Feed:
    """Sends what `recipe` says for each moment, in a thread of its own.

    Messages are made once; a tick that comes too late is left out and counted.

    Args:
        node: publishes.
        ledger: written before anything is sent.
    """

    def __init__(self, node, ledger):
        self.sent = Counter()
        """Messages by stream."""
        self.spoilt = Counter()
        """Of them undecodable."""
        self.unstamped = Counter()
        """Of them with stamp 0."""
        self.late = 0
        """Ticks left out."""
        self._recipe = pair
        self._shift = 0
        self._node = node
        self._ledger = ledger
        self._pictures = {stream: make_pictures(stream) for stream in STREAMS}
        self._publishers = self._open(ReliabilityPolicy.RELIABLE)
        self._guests = {}
        self._sending = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed")

    def start(self):
        """Begin to send."""
        self._thread.start()

    def stop(self):
        """Send no more."""
        self._stopped.set()
        self._thread.join()

    @contextmanager
    def sending(self, recipe):
        """Send something else: a function from the stamp of a moment to its shots."""
        self._recipe = recipe
        try:
            yield
        finally:
            self._recipe = pair

    @contextmanager
    def shifted(self, ticks):
        """Count the stamps from another time: earlier ones are those that were sent before."""
        self._shift = ticks
        try:
            yield
        finally:
            self._shift = 0

    @contextmanager
    def guest(self):
        """Let a second publisher of each topic, best effort, send pairs between the others."""
        with self._sending:
            self._guests = self._open(ReliabilityPolicy.BEST_EFFORT)
        try:
            yield
        finally:
            with self._sending:
                guests, self._guests = self._guests, {}
            for publisher in guests.values():
                self._node.destroy_publisher(publisher)

    def _open(self, reliability):
        qos = QoSProfile(depth=10, reliability=reliability)
        return {
            stream: self._node.create_publisher(Image, topic, qos, event_callbacks=QUIET)
            for stream, topic in STREAMS.items()
        }

    def _run(self):
        first_ns, start_s, tick = time.time_ns(), time.monotonic(), 0
        while not self._stopped.is_set():
            stamp_ns = first_ns + (tick + self._shift) * PERIOD_NS
            with self._sending:
                for shot in self._recipe(stamp_ns):
                    self._publish(shot, self._publishers, tick)
                if self._guests and tick % 6 == 0:
                    for shot in pair(stamp_ns + PERIOD_NS // 2):
                        self._publish(shot, self._guests, tick)
            due = int((time.monotonic() - start_s) * NS_PER_S / PERIOD_NS) + 1
            self.late += due - tick - 1
            tick = due
            self._stopped.wait(max(0.0, start_s + tick * PERIOD_NS / NS_PER_S - time.monotonic()))

    def _publish(self, shot, publishers, tick):
        decodable = shot.look in SOUND
        self._ledger.write(shot.stamp_ns, decodable)
        variants = self._pictures[shot.stream][shot.look]
        message = variants[tick % len(variants)]
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(shot.stamp_ns, NS_PER_S)
        publishers[shot.stream].publish(message)
        self.sent[shot.stream] += 1
        self.spoilt[shot.stream] += not decodable
        self.unstamped[shot.stream] += shot.stamp_ns == 0
