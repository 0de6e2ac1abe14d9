"""`BagPublishers`: sends the messages of a bag as they are, byte for byte."""

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

logger = logging.getLogger(__name__)

DEPTH = 10


class BagPublishers:
    """A publisher for each topic of a bag whose message type is installed here.

    Args:
        node: publishes.
        types: message type, such as "sensor_msgs/msg/Image", of each topic as it is published.
    """

    def __init__(self, node: Node, types: Mapping[str, str]) -> None:
        self._publishers: dict[str, Publisher] = {}
        for topic, type_name in types.items():
            message_type = _find_type(type_name)
            if message_type is None:
                logger.warning("%s is left out: %s is not installed here", topic, type_name)
            else:
                self._publishers[topic] = node.create_publisher(message_type, topic, _qos(topic))

    def __contains__(self, topic: str) -> bool:
        return topic in self._publishers

    def publish(self, topic: str, serialized: bytes) -> None:
        """Send a message in its serialised form (CDR)."""
        self._publishers[topic].publish(serialized)

    def is_matched(self, topic: str) -> bool:
        """Say whether a subscription is connected to a topic."""
        return self._publishers[topic].get_subscription_count() > 0


def _find_type(type_name: str) -> type[Any] | None:
    package, _, name = type_name.replace("/msg/", "/").partition("/")
    if not package.isidentifier():  # the bag may name anything
        return None
    try:
        return getattr(import_module(f"{package}.msg"), name, None)
    except ImportError:
        return None


def _qos(topic: str) -> QoSProfile:
    latched = topic.endswith("/tf_static")
    return QoSProfile(
        depth=DEPTH,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )
