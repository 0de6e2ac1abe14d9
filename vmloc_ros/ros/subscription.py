"""`SensorSubscription`: a subscription that asks for what its publishers offer, and counts."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.event_handler import (
    QoSMessageLostInfo,
    QoSRequestedIncompatibleQoSInfo,
    SubscriptionEventCallbacks,
    UnsupportedEventTypeError,
)
from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy
from rclpy.subscription import Subscription

from vmloc_ros.errors import VmlocError
from vmloc_ros.ros import qos
from vmloc_ros.ros.arrivals import Arrivals
from vmloc_ros.ros.sensor_topics import SensorTopic

logger = logging.getLogger(__name__)

LOG_PERIOD_S = 1.0
"""Failures are logged at most this often."""


class SensorSubscription:
    """Subscribes to one sensor topic with the reliability of `qos.choose_reliability`.

    Call `review` now and then: publishers come and go. What it found stands until the next time.

    Args:
        node: subscribes.
        topic: name and message type.
        callback: takes each message and the time, by the steady clock, at which it came. What it
            raises is logged, counted where it is no `VmlocError`, and the next message comes.
        reliability: what holds for all inputs.
        group: callbacks of messages and events belong to it.
    """

    def __init__(
        self,
        node: Node,
        topic: SensorTopic,
        callback: Callable[[Any, float], None],
        reliability: qos.Reliability,
        group: CallbackGroup,
    ) -> None:
        self.topic = node.resolve_topic_name(topic.name)
        self.type_name = topic.type_name
        self.arrivals = Arrivals(time.monotonic())
        self.publishers = 0
        """Publishers of the type."""
        self.other_types: tuple[str, ...] = ()
        """Types of the publishers that offer something else."""
        self.incompatible = 0
        """Publishers of the type that offer less than was asked for."""
        self.lost = 0
        """Messages that the transport reported as lost."""
        self.crashed = 0
        """Messages at which the callback raised."""
        self._node = node
        self._topic = topic
        self._callback = callback
        self._group = group
        self._next_log_s = 0.0
        self._changing = threading.Lock()
        self._choice = qos.declare_reliability(node, self.topic, reliability)
        self._asked = self._look()
        self._subscription: Subscription | None = self._subscribe()

    def review(self) -> None:
        """Look at the publishers; subscribe anew if they have come to offer something else."""
        with self._changing:
            asked, self._asked = self._asked, self._look()
            if self._subscription is None or asked == self._asked:
                return
            self._node.destroy_subscription(self._subscription)
            self._subscription = self._subscribe()
        logger.info("%s: subscribed anew, %s", self.topic, self._asked.name.lower())

    def close(self) -> None:
        """Unsubscribe."""
        with self._changing:
            if self._subscription is not None:
                self._node.destroy_subscription(self._subscription)
                self._subscription = None

    def _look(self) -> ReliabilityPolicy:
        """Take note of the publishers; return the reliability to ask them for."""
        found = self._node.get_publishers_info_by_topic(self.topic)
        offers = [one.qos_profile.reliability for one in found if one.topic_type == self.type_name]
        asked = qos.choose_reliability(self._choice, offers)
        self.publishers = len(offers)
        self.other_types = tuple(sorted({one.topic_type for one in found} - {self.type_name}))
        self.incompatible = qos.count_incompatible(asked, offers)
        return asked

    def _subscribe(self) -> Subscription:
        try:
            return self._create(message_lost=self._on_lost)
        except UnsupportedEventTypeError:  # not every transport can tell
            return self._create(message_lost=None)

    def _create(self, message_lost: Callable[[QoSMessageLostInfo], None] | None) -> Subscription:
        events = SubscriptionEventCallbacks(
            incompatible_qos=self._on_incompatible,
            message_lost=message_lost,
            use_default_callbacks=False,  # these log what the diagnosis says better
        )
        return self._node.create_subscription(
            self._topic.message_type,
            self._topic.name,
            self._on_message,
            qos.profile(self._asked),
            callback_group=self._group,
            event_callbacks=events,
            qos_overriding_options=qos.input_overrides(),
        )

    def _on_message(self, msg: Any) -> None:
        now_s = time.monotonic()
        self.arrivals.add(now_s)
        try:
            self._callback(msg, now_s)
        except VmlocError as err:
            self._log(logging.WARNING, str(err), now_s)
        except Exception as err:  # noqa: BLE001  # the next message must come whatever happens
            self.crashed += 1
            self._log(logging.ERROR, f"{type(err).__name__}: {err}", now_s, err)

    def _log(self, level: int, why: str, now_s: float, unexpected: Exception | None = None) -> None:
        if now_s >= self._next_log_s:
            self._next_log_s = now_s + LOG_PERIOD_S
            logger.log(level, "%s: message skipped: %s", self.topic, why, exc_info=unexpected)

    def _on_lost(self, event: QoSMessageLostInfo) -> None:
        self.lost += event.total_count_change

    def _on_incompatible(self, _: QoSRequestedIncompatibleQoSInfo) -> None:
        self.review()
        if self._choice != "auto":
            logger.warning(
                "%s: a publisher offers less than %s and is not received; set reliability to auto",
                self.topic,
                self._choice,
            )
