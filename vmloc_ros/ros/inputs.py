"""`SensorInputs`: the node's subscriptions, and the pairs that their messages form."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import Image, PointCloud2

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import MessageError
from vmloc_ros.messages import stamp_ns
from vmloc_ros.pairing import FramePairer, PairingCounters
from vmloc_ros.ros.subscription import SensorSubscription

logger = logging.getLogger(__name__)

STREAMS: Mapping[str, tuple[str, type[Any]]] = {
    "rgb": ("camera/image", Image),
    "depth": ("depth/image", Image),
    "lidar": ("lidar/points", PointCloud2),
}
"""Topic and message type of each modality, the first one present gives the stamp."""

NO_STAMP_NS = 0
LOG_PERIOD_S = 1.0


SensorSet = Mapping[str, Any]
"""Messages that were taken together, by stream, not decoded yet."""


@dataclass(frozen=True, slots=True)
class InputCounters:
    """What arrived, by stream or by topic."""

    topics: Mapping[str, str]
    """Full topic name of each stream."""
    publishers: Mapping[str, int]
    """Publishers of each stream at this moment."""
    incompatible: Mapping[str, int]
    """Publishers of each stream met so far that offered less than was asked for."""
    pairing: PairingCounters


class SensorInputs:
    """Subscribes to what the model needs and hands over each set that is complete.

    The callbacks only look at the stamp. They share one exclusive group; `review` belongs to it.
    """

    def __init__(
        self,
        node: Node,
        modalities: Sequence[str],
        config: NodeConfig,
        on_set: Callable[[SensorSet], None],
    ) -> None:
        self.group = MutuallyExclusiveCallbackGroup()
        self._on_set = on_set
        self._pairer = FramePairer[Any](
            [name for name in STREAMS if name in modalities],
            round(config.sync_slop_s * 1e9),
            config.sync_queue,
        )
        self._next_log_s = 0.0
        with ExitStack() as opened:  # what is open when one of them fails is closed again
            subscribe = partial(self._subscribe, opened, node, config)
            self._streams = {
                name: subscribe(topic, message_type, partial(self._on_message, name))
                for name, (topic, message_type) in STREAMS.items()
                if name in modalities
            }
            self._opened = opened.pop_all()

    @property
    def counters(self) -> InputCounters:
        """The counters as they stand."""
        streams = self._streams.items()
        return InputCounters(
            topics={name: stream.topic for name, stream in streams},
            publishers={name: stream.publishers for name, stream in streams},
            incompatible={name: stream.incompatible for name, stream in streams},
            pairing=self._pairer.counters,
        )

    def review(self) -> None:
        """Look at the publishers again."""
        for subscription in self._streams.values():
            subscription.review()

    def close(self) -> None:
        """Unsubscribe."""
        self._opened.close()

    def _subscribe(
        self,
        opened: ExitStack,
        node: Node,
        config: NodeConfig,
        topic: str,
        message_type: type[Any],
        callback: Callable[[Any], None],
    ) -> SensorSubscription:
        subscription = SensorSubscription(
            node, message_type, topic, callback, config.reliability, self.group
        )
        opened.callback(subscription.close)
        return subscription

    def _on_message(self, stream: str, msg: Any) -> None:
        try:
            at_ns = stamp_ns(msg)
        except MessageError as err:
            self._warn(f"{self._streams[stream].topic}: {err}")
            at_ns = NO_STAMP_NS  # the pairer counts it
        messages = self._pairer.add(stream, at_ns, msg)
        if messages is not None:
            self._on_set(messages)

    def _warn(self, message: str) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_log_s:
            self._next_log_s = now_s + LOG_PERIOD_S
            logger.warning(message)
