"""`SensorSubscription`: a subscription that asks for what its publishers offer."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.event_handler import QoSRequestedIncompatibleQoSInfo, SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy
from rclpy.subscription import Subscription

from vmloc_ros.ros import qos

logger = logging.getLogger(__name__)


class SensorSubscription:
    """Subscribes to one sensor topic with the reliability of `qos.choose_reliability`.

    Call `review` now and then: publishers come and go.
    """

    def __init__(
        self,
        node: Node,
        message_type: type[Any],
        topic: str,
        callback: Callable[[Any], None],
        reliability: qos.Reliability,
        group: CallbackGroup,
    ) -> None:
        self.topic = node.resolve_topic_name(topic)
        self.incompatible = 0
        """Publishers met so far that offered less than was asked for."""
        self._node = node
        self._name = topic
        self._message_type = message_type
        self._callback = callback
        self._group = group
        self._changing = threading.Lock()
        self._choice = qos.declare_reliability(node, self.topic, reliability)
        self._asked = self._wanted()
        self._subscription: Subscription | None = self._subscribe()

    @property
    def publishers(self) -> int:
        """The number of publishers on the topic."""
        return self._node.count_publishers(self.topic)

    def review(self) -> None:
        """Subscribe anew if the publishers have come to offer something else."""
        with self._changing:
            wanted = self._wanted()
            if self._subscription is None or wanted == self._asked:
                return
            self._node.destroy_subscription(self._subscription)
            self._asked = wanted
            self._subscription = self._subscribe()
        logger.info("%s: subscribed anew, %s", self.topic, wanted.name.lower())

    def close(self) -> None:
        """Unsubscribe."""
        with self._changing:
            if self._subscription is not None:
                self._node.destroy_subscription(self._subscription)
                self._subscription = None

    def _wanted(self) -> ReliabilityPolicy:
        publishers = self._node.get_publishers_info_by_topic(self.topic)
        return qos.choose_reliability(
            self._choice, [publisher.qos_profile.reliability for publisher in publishers]
        )

    def _subscribe(self) -> Subscription:
        return self._node.create_subscription(
            self._message_type,
            self._name,
            self._callback,
            qos.profile(self._asked),
            callback_group=self._group,
            event_callbacks=SubscriptionEventCallbacks(incompatible_qos=self._on_incompatible),
            qos_overriding_options=qos.input_overrides(),
        )

    def _on_incompatible(self, event: QoSRequestedIncompatibleQoSInfo) -> None:
        self.incompatible += event.total_count_change
        if self._choice == "auto":
            self.review()
            return
        logger.warning(
            "%s: a publisher offers less than %s and is not received; set reliability to auto",
            self.topic,
            self._choice,
        )
