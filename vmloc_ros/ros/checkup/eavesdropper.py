"""`Eavesdropper`: hears one topic, with whatever quality of service its publishers offer."""

import time
from collections.abc import Callable
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import QoSCompatibility, QoSProfile, ReliabilityPolicy, qos_check_compatible
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2

from vmloc_ros.errors import MessageError
from vmloc_ros.messages import stamp_ns
from vmloc_ros.ros import qos
from vmloc_ros.ros.checkup.observation import Arrival, Hearing, Publisher
from vmloc_ros.ros.checkup.requirements import Wanted
from vmloc_ros.ros.checkup.sample import look_into

MESSAGE_TYPES: dict[str, type[Any]] = {
    f"sensor_msgs/msg/{kind.__name__}": kind
    for kind in (CameraInfo, CompressedImage, Image, PointCloud2)
}


class Eavesdropper:
    """Keeps when the messages came and the last of them. Spun by its node's executor.

    Args:
        node: subscribes.
        wanted: what to hear.
        sim_ns: the time on /clock, None before it says one.
    """

    def __init__(self, node: Node, wanted: Wanted, sim_ns: Callable[[], int | None]) -> None:
        self._node = node
        self._sim_ns = sim_ns
        self._arrivals: list[Arrival] = []
        self._last: Any = None
        self._wanted = wanted
        self._asked = self._offered()
        self._subscription = self._subscribe()

    def review(self) -> None:
        """Follow publishers that have come to offer something else. Never beside the executor."""
        offered = self._offered()
        if offered != self._asked:
            self._asked = offered
            self._node.destroy_subscription(self._subscription)
            self._subscription = self._subscribe()

    def hearing(self, reliability: qos.Reliability) -> Hearing:
        """Return what was heard; `reliability` is what the localizer would ask for."""
        infos = self._node.get_publishers_info_by_topic(self._wanted.topic)
        offered = [info.qos_profile.reliability for info in infos]
        asked = qos.profile(qos.choose_reliability(reliability, offered))
        return Hearing(
            wanted=self._wanted,
            publishers=tuple(_publisher(info, asked) for info in infos),
            arrivals=tuple(self._arrivals),
            sample=look_into(self._wanted.stream, self._last) if self._arrivals else None,
        )

    def _offered(self) -> ReliabilityPolicy:
        """Return what every publisher offers, whatever the localizer would ask for."""
        infos = self._node.get_publishers_info_by_topic(self._wanted.topic)
        return qos.choose_reliability("auto", [info.qos_profile.reliability for info in infos])

    def _subscribe(self) -> Subscription:
        message_type = MESSAGE_TYPES[self._wanted.message_type]
        return self._node.create_subscription(
            message_type,
            self._wanted.topic,
            self._on_message,
            qos.profile(self._asked),
            event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),  # they log
        )

    def _on_message(self, message: Any) -> None:
        try:
            at_ns = stamp_ns(message)
        except MessageError:
            at_ns = 0
        arrival = Arrival(time.monotonic(), at_ns, time.time_ns(), self._sim_ns())
        self._arrivals.append(arrival)
        self._last = message


def _publisher(info: TopicEndpointInfo, asked: QoSProfile) -> Publisher:
    compatibility, reason = qos_check_compatible(info.qos_profile, asked)
    fits = compatibility != QoSCompatibility.ERROR
    return Publisher(
        node=f"{info.node_namespace.rstrip('/')}/{info.node_name}",
        message_type=info.topic_type,
        reliability=info.qos_profile.reliability.name,
        conflict="" if fits else reason.removeprefix("ERROR: ").strip(" ;"),
    )
