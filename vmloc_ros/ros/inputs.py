"""`SensorInputs`: the node's subscriptions, and the sets that their messages form."""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import MessageError
from vmloc_ros.messages import stamp_ns
from vmloc_ros.pairing import FramePairer, PairingCounters
from vmloc_ros.ros.degradation import Degradation
from vmloc_ros.ros.sensor_topics import SENSOR_TOPICS, sensor_topic
from vmloc_ros.ros.snapshot import PairingHealth, StreamHealth
from vmloc_ros.ros.subscription import SensorSubscription

NO_STAMP_NS = 0

SensorSet = Mapping[str, Any]
"""Messages that were taken together, by modality, not decoded yet."""


class SensorInputs:
    """Subscribes to what the model needs and hands over each set that is complete.

    The callbacks only look at the stamp. They share one exclusive group; `review` belongs to it.
    Everything else may be called from any thread.

    Args:
        node: subscribes.
        sensors: those that the model's modalities are made from.
        config: names transports, QoS, the rule of pairing and that of missing sensors.
        subsets: sensors that the bundle can localise with, each time together.
        on_set: takes a set and the time, by the steady clock, at which it was complete. It runs in
            the callback of a message, under no lock; what it raises is logged and counted.
        on_cloud: takes each message of the lidar, whether or not it becomes part of a set.
    """

    def __init__(
        self,
        node: Node,
        sensors: Sequence[str],
        config: NodeConfig,
        subsets: Collection[frozenset[str]],
        on_set: Callable[[SensorSet, float], None],
        on_cloud: Callable[[Any], None] = lambda msg: None,
    ) -> None:
        self.group = MutuallyExclusiveCallbackGroup()
        self._on_set, self._on_cloud = on_set, on_cloud
        self._names = [name for name in SENSOR_TOPICS if name in sensors]
        self._slop_s = config.sync_slop_s if config.sync == "approximate" else 0.0
        self._matching = threading.Lock()
        self._pairer = FramePairer[Any](self._names, round(self._slop_s * 1e9), config.sync_queue)
        self._degradation = Degradation(
            self._names, config.modality_timeout_s, config.on_missing_modality, subsets
        )
        self._unstamped: set[str] = set()
        with ExitStack() as opened:  # what is open when one of them fails is closed again
            subscribe = partial(self._subscribe, opened, node, config)
            self._streams = {name: subscribe(name) for name in self._names}
            self._opened = opened.pop_all()

    @property
    def missing(self) -> Mapping[str, str]:
        """The sensors that take no part now, and why."""
        now_s = time.monotonic()
        with self._matching:
            missing = self._degradation.missing
        return {name: self._why_missing(name, now_s) for name in self._names if name in missing}

    def health(self) -> tuple[dict[str, StreamHealth], PairingHealth]:
        """Return what arrived, by modality, and how it fits together."""
        now_s = time.monotonic()
        with self._matching:
            counters, gaps = self._pairer.counters, self._pairer.gaps
            reach_ns = self._pairer.sweep_reach_ns
            missing, obstacle = self._degradation.missing, self._degradation.obstacle
        streams = {
            name: self._stream_health(name, counters, name in missing, now_s)
            for name in self._names
        }
        pairing = PairingHealth(
            slop_s=self._slop_s,
            matched=counters.matched,
            resets=counters.resets,
            gap_p95_s=_seconds(gaps.p95_ns),
            sweep_reach_s=_seconds(reach_ns),
            sweep_gap_p95_s=_seconds(gaps.sweep_p95_ns),
            nearest_gap_s=_seconds(gaps.nearest_ns),
            obstacle=obstacle,
        )
        return streams, pairing

    def review(self) -> None:
        """Look at the publishers again."""
        for subscription in self._streams.values():
            subscription.review()

    def update(self, config: NodeConfig) -> None:
        """Take over what may change while the node is active: `modality_timeout_s`."""
        with self._matching:
            self._degradation.timeout_s = config.modality_timeout_s

    def reset(self, now_ns: int = 0) -> None:
        """Forget what waits for partners: the clock was set back, to `now_ns` where that is known.

        What is stamped later than that was taken before.
        """
        with self._matching:
            self._pairer.reset(now_ns)

    def close(self) -> None:
        """Unsubscribe."""
        self._opened.close()

    def _subscribe(
        self, opened: ExitStack, node: Node, config: NodeConfig, name: str
    ) -> SensorSubscription:
        topic, callback = sensor_topic(node, name, config), partial(self._on_message, name)
        subscription = SensorSubscription(node, topic, callback, config.reliability, self.group)
        opened.callback(subscription.close)
        return subscription

    def _on_message(self, stream: str, msg: Any, received_s: float) -> None:
        if stream == "lidar":
            self._on_cloud(msg)
        sensors = self._match(stream, msg, received_s)
        if sensors is not None:
            self._on_set(sensors, received_s)

    def _match(self, stream: str, msg: Any, received_s: float) -> SensorSet | None:
        try:
            at_ns = stamp_ns(msg)
        except MessageError:
            with self._matching:
                self._unstamped.add(stream)
                self._pairer.add(stream, NO_STAMP_NS, msg)  # counts it
            raise
        with self._matching:
            self._unstamped.discard(stream)
            if self._degradation.arrive(stream, received_s):
                self._pairer.expect(self._degradation.expected)
            return self._pairer.add(stream, at_ns, msg)

    def _why_missing(self, name: str, now_s: float) -> str:
        topic, arrivals = self._streams[name].topic, self._streams[name].arrivals
        timeout_s, rate_hz = self._degradation.timeout_s, arrivals.rate_hz
        usual_s = 2 / rate_hz if rate_hz else 0.0
        if (silent_s := arrivals.silent_s(now_s)) >= max(timeout_s, usual_s):
            return f"no message on {topic} for {silent_s:.1f} s"
        if name in self._unstamped:
            return f"the messages on {topic} carry no stamp"
        return f"the messages on {topic} come too seldom for modality_timeout_s ({timeout_s:g} s)"

    def _stream_health(
        self, name: str, counters: PairingCounters, is_missing: bool, now_s: float
    ) -> StreamHealth:
        stream = self._streams[name]
        return StreamHealth(
            topic=stream.topic,
            message_type=stream.type_name,
            publishers=stream.publishers,
            other_types=stream.other_types,
            incompatible=stream.incompatible,
            lost=stream.lost,
            crashed=stream.crashed,
            received=counters.received[name],
            unmatched=counters.unmatched[name],
            partial=counters.partial[name],
            missing=is_missing,
            zero_stamp=counters.zero_stamp[name],
            out_of_order=counters.out_of_order[name],
            silent_s=stream.arrivals.silent_s(now_s),
            rate_hz=stream.arrivals.rate_hz,
        )


def _seconds(duration_ns: int | None) -> float | None:
    return None if duration_ns is None else duration_ns * 1e-9
