"""Plays a bag to the localizer over DDS: `python -m vmloc_ros.ros.player BAG`.

The messages are sent as the bag holds them, with its time on /clock. The poses that come back are
counted, timed and, if asked for, recorded.
"""

import json
import logging
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import try_shutdown
from rosbags.rosbag2 import Reader

from vmloc_ros.errors import RecordingError, VmlocError
from vmloc_ros.ros.bag_clock import BagClock
from vmloc_ros.ros.bag_publishers import BagPublishers
from vmloc_ros.ros.localizer_link import LocalizerLink
from vmloc_ros.ros.logging import CORE, bridge, unbridge
from vmloc_ros.ros.player_options import PlayerOptions, parse_options
from vmloc_ros.ros.pose_recorder import PoseRecorder
from vmloc_ros.ros.profiles import use_large_messages_profile
from vmloc_ros.ros.spinning import spin
from vmloc_ros.ros.text_file import write_text

logger = logging.getLogger(CORE)  # __name__ is __main__ where the player runs by -m

NAME = "vmloc_player"
LAST_POSE_S = 2.0
"""How long to wait for the last pose of a bag that is played at a rate."""


@dataclass(frozen=True, slots=True)
class BagMessage:
    """A message as the bag holds it."""

    topic: str
    log_ns: int
    serialized: bytes


class Bag:
    """The topics and messages of a rosbag2 (folder, .mcap or .db3).

    Raises:
        RecordingError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix == ".bag":
            raise RecordingError(f"{path}: a ROS 1 bag; convert it with rosbags-convert first")
        self._path = path
        with self._damage_named(), Reader(path) as reader:
            self.types = {c.topic: c.msgtype for c in reader.connections}
            self.start_ns = reader.start_time
            self.duration_s = (reader.end_time - reader.start_time) * 1e-9
        if not self.types:
            raise RecordingError(f"{path}: the bag is empty")

    def messages(self) -> Iterator[BagMessage]:
        """Read the messages in the order of their recording."""
        with self._damage_named(), Reader(self._path) as reader:
            for connection, log_ns, data in reader.messages():
                yield BagMessage(connection.topic, log_ns, bytes(data))

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        try:
            yield
        except VmlocError:
            raise
        except Exception as err:
            reason = " ".join(str(err).split()) or type(err).__name__
            raise RecordingError(f"{self._path}: cannot be read as a bag ({reason})") from err


class Player:
    """Plays one bag. The node must be spun by somebody else."""

    def __init__(self, node: Node, options: PlayerOptions) -> None:
        self._options = options
        self._bag = Bag(options.bag)
        self._recorder = PoseRecorder(node, options.pose_topic)
        # The time is our own, and a recorded pose would pass for the localizer's answer.
        left_out = {"/clock", self._recorder.topic}
        topics = {topic: options.published(topic) for topic in self._bag.types}
        self._topics = {old: new for old, new in topics.items() if new not in left_out}
        types = {new: self._bag.types[old] for old, new in self._topics.items()}
        self._publishers = BagPublishers(node, types)
        self._clock = BagClock(node, options.rate)
        self._clock.stand_at(self._bag.start_ns)  # time is there before the first message
        self._link = LocalizerLink(node, types, self._publishers, self._recorder)
        self._pairs = 0
        self._timeouts = 0

    def play(self) -> None:
        """Play the bag to its end, or for ever, once the localizer is there.

        Raises:
            RecordingError: the bag is damaged, or no localizer comes in lossless mode.
        """
        limit_s = self._options.start_timeout_s
        logger.info("waiting for the localizer on %s, %g s at most", self._recorder.topic, limit_s)
        try:
            self._link.wait(limit_s)
        except RecordingError as err:
            if self._options.lossless:
                raise
            logger.warning("playing without a localizer: %s", err)
        how = "waiting for each pose" if self._options.lossless else f"rate {self._options.rate:g}"
        logger.info("playing %s: %.1f s, %s", self._options.bag, self._bag.duration_s, how)
        self._play_once()
        while self._options.loop:
            self._play_once()

    def finish(self) -> dict[str, object]:
        """Write the files that were asked for; return the figures.

        Raises:
            RecordingError: a file cannot be written.
        """
        latencies_ms = self._recorder.latencies_ms
        figures: dict[str, object] = {
            "pairs": self._pairs,
            "poses": self._recorder.count,
            "timeouts": self._timeouts,
            "latency_ms": _percentiles(latencies_ms),
        }
        if self._options.record is not None:
            write_text(self._options.record, self._recorder.trajectory())
        if self._options.summary is not None:
            complete = figures | {"latencies_ms": latencies_ms}
            write_text(self._options.summary, json.dumps(complete) + "\n")
        return figures

    @property
    def answered(self) -> bool:
        """Whether any pose came."""
        return self._recorder.count > 0

    def _play_once(self) -> None:
        self._link.begin()
        last_ns: int | None = None
        for number, message in enumerate(self._bag.messages()):
            self._keep_time(message.log_ns, starts=number == 0)
            topic = self._topics.get(message.topic, "")
            if topic in self._publishers:
                last_ns = self._send(topic, message.serialized) or last_ns
        if last_ns is not None and not self._options.lossless and self._recorder.is_matched():
            self._recorder.wait_for(last_ns, LAST_POSE_S)

    def _keep_time(self, log_ns: int, starts: bool) -> None:
        if self._options.lossless:
            self._clock.stand_at(log_ns)
        elif starts:
            self._clock.run_from(log_ns)
        else:
            self._clock.sleep_until(log_ns)

    def _send(self, topic: str, serialized: bytes) -> int | None:
        """Send a message; return the stamp of the pair that it completes."""
        stamp_ns = self._link.completes(topic, serialized)
        if stamp_ns is None:
            self._publishers.publish(topic, serialized)
            return None
        self._pairs += 1
        self._recorder.expect(stamp_ns)
        self._publishers.publish(topic, serialized)
        if self._options.lossless:
            in_time = self._recorder.wait_for(stamp_ns, self._options.pair_timeout_s)
            self._timeouts += not in_time
        return stamp_ns


def play(options: PlayerOptions) -> int:
    """Play a bag until its end or Ctrl-C; print the figures; return the exit status.

    Raises:
        VmlocError: the bag cannot be read, no localizer answers, or a file cannot be written.
    """
    node = Node(NAME)
    log = bridge(Node.get_logger(node))
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    spinner = threading.Thread(target=spin, args=(executor,), name=f"{NAME}-executor")
    spinner.start()
    try:
        player = Player(node, options)
        try:
            player.play()
        except KeyboardInterrupt:
            logger.info("stopped")
        sys.stdout.write(json.dumps(player.finish()) + "\n")
        return 1 if options.lossless and not player.answered else 0
    finally:
        executor.shutdown()
        spinner.join()
        node.destroy_node()
        unbridge(log)


def main(args: Sequence[str] | None = None) -> int:
    """Run the player; return the exit status, 2 with a line on stderr for what a user can mend."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts jobs with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        options = parse_options(sys.argv[1:] if args is None else args)
        use_large_messages_profile()
        rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
        return play(options)
    except VmlocError as err:
        sys.stderr.write(f"error: {err}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    finally:
        try_shutdown()


def _percentiles(latencies_ms: list[float]) -> dict[str, float | None]:
    if not latencies_ms:
        return {"median": None, "p95": None}
    middle, high = np.percentile(latencies_ms, [50, 95])
    return {"median": round(float(middle), 3), "p95": round(float(high), 3)}


if __name__ == "__main__":
    sys.exit(main())
