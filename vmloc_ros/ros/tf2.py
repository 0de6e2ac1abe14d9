"""`Tf2Transforms`: the only place that knows tf2, which is imported when it is needed.

Of tf2 only the buffer's core is used. `tf2_ros.TransformListener` does not tell our own transforms
from those of others; `tf2_ros.Buffer` leaves a service and a clock callback behind each time that
the node is deactivated, and made without a node it hears of no jump. Here the owner calls `clear`.
"""

import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from importlib import import_module
from types import ModuleType
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.time import Time

from vmloc_ros.errors import ConfigError, VmlocError
from vmloc_ros.pose import Pose
from vmloc_ros.ros.edge_watch import EdgeWatch
from vmloc_ros.ros.geometry_messages import NS_PER_S, make_transform, read_transform
from vmloc_ros.ros.transforms import TransformError

TOPIC, STATIC_TOPIC = "/tf", "/tf_static"
DEPTH = 100
CACHE_S = 10.0
UNKNOWN = "_UNKNOWN_"
"""In the name of a node that was discovered by half."""
NAMED_FRAMES = 10
"""Frames that an error lists at most."""


def load_tf2() -> tuple[ModuleType, ModuleType]:
    """Return tf2_py and tf2_msgs.msg, both parts of tf2_ros.

    Raises:
        ConfigError: they are not installed here, or do not load.
    """
    try:
        return import_module("tf2_py"), import_module("tf2_msgs.msg")
    except ImportError as err:
        raise ConfigError(f"tf2_ros is not installed here ({err})") from err


class Tf2Transforms:
    """`Transforms` on the topics `/tf` and `/tf_static`, which a launch file may rename.

    Args:
        node: subscribes and publishes.
        child: the frame that this node gives a parent, by `broadcast`; empty: none.

    Raises:
        ConfigError: tf2_ros is not installed.
    """

    def __init__(self, node: Node, child: str = "") -> None:
        self._tf2, messages = load_tf2()
        self._message_type = messages.TFMessage
        self._node = node
        self._group = ReentrantCallbackGroup()  # the order does not matter to the buffer
        self._buffer = self._tf2.BufferCore(Duration(seconds=CACHE_S))
        self._frames: set[str] = set()
        self._child = child
        self._watch = EdgeWatch()
        self._arrived = threading.Condition()
        self._changing = threading.Lock()
        self._subscriptions: ExitStack | None = None
        self._closed = False
        self._publisher = node.create_publisher(self._message_type, TOPIC, DEPTH) if child else None
        self._listen()

    def lookup(
        self, target: str, source: str, stamp_ns: int | None = None, wait_s: float = 0.0
    ) -> Pose:
        """Return T_target_source; see `Transforms`."""
        self._listen()
        at = Time(nanoseconds=stamp_ns or 0)
        if wait_s > 0.0 and self._knows(target, source, Time()):
            with self._arrived:
                self._arrived.wait_for(lambda: self._knows(target, source, at), wait_s)
        try:
            return read_transform(self._buffer.lookup_transform_core(target, source, at).transform)
        except (self._tf2.TransformException, VmlocError) as err:
            reason = self._unknown_frame(target, source) or " ".join(str(err).split())
            raise TransformError(
                f"tf does not say where '{source}' is in '{target}': {reason.rstrip('.')}"
            ) from err

    def is_static(self, target: str, source: str) -> bool:
        """Say whether static transforms alone connect two frames."""
        try:
            found = self._buffer.lookup_transform_core(target, source, Time())
        except self._tf2.TransformException:
            return False
        return _stamp_ns(found) == 0  # the latest time that tf2 gives a chain without times

    def other_parent(self) -> str:
        """Say who else gives our child frame its parent; see `Transforms`."""
        parent = self._watch.other_parent(time.monotonic_ns())
        if not parent:
            return ""
        others = ", ".join(self._other_publishers()) or "a node without a name"
        return f"'{self._child}' already has the parent '{parent}'; on tf publish: {others}"

    def broadcast(self, parent: str, poses: Mapping[int, Pose]) -> None:
        """Send the transform of our child frame, T_parent_child by stamp."""
        assert self._publisher is not None, "made with the child that is broadcast"
        for stamp_ns in poses:
            self._watch.sent(stamp_ns)
        transforms = [make_transform(parent, self._child, *item) for item in poses.items()]
        self._publisher.publish(self._message_type(transforms=transforms))

    def rest(self) -> None:
        """Unsubscribe until the next lookup: Python pays for every message on tf."""
        with self._changing:
            subscriptions, self._subscriptions = self._subscriptions, None
        if subscriptions is not None:
            subscriptions.close()

    def clear(self) -> None:
        """Forget what is not static."""
        self._buffer.clear()

    def close(self) -> None:
        """Leave the topics for good."""
        with self._changing:
            self._closed = True
        self.rest()
        if self._publisher is not None:
            self._node.destroy_publisher(self._publisher)

    def _listen(self) -> None:
        with self._changing:
            if self._subscriptions is None and not self._closed:
                self._subscriptions = ExitStack()
                self._subscribe(self._subscriptions, TOPIC, static=False)
                self._subscribe(self._subscriptions, STATIC_TOPIC, static=True)

    def _subscribe(self, subscriptions: ExitStack, topic: str, static: bool) -> None:
        latched = DurabilityPolicy.TRANSIENT_LOCAL if static else DurabilityPolicy.VOLATILE
        subscription = self._node.create_subscription(
            self._message_type,
            topic,
            lambda message: self._take(message, static),
            QoSProfile(depth=DEPTH, durability=latched),
            callback_group=self._group,
        )
        subscriptions.callback(self._node.destroy_subscription, subscription)

    def _take(self, message: Any, static: bool) -> None:
        now_ns = time.monotonic_ns()
        store = self._buffer.set_transform_static if static else self._buffer.set_transform
        for transform in message.transforms:
            store(transform, TOPIC)
            # tf2 strips the slash of ROS 1.
            parent = transform.header.frame_id.removeprefix("/")
            child = transform.child_frame_id.removeprefix("/")
            self._frames |= {parent, child}
            if child == self._child:
                self._watch.saw(parent, _stamp_ns(transform), now_ns, static)
        with self._arrived:
            self._arrived.notify_all()

    def _knows(self, target: str, source: str, at: Time) -> bool:
        return bool(self._buffer.can_transform_core(target, source, at)[0])

    def _unknown_frame(self, target: str, source: str) -> str:
        """Name the frame that nobody has published, and some that are there."""
        frames = sorted(self._frames)
        for frame in (source, target):
            if frame not in frames:
                known = ", ".join(frames[:NAMED_FRAMES]) or "none"
                topic = self._node.resolve_topic_name(TOPIC)
                return f"no frame '{frame}' on {topic} or {topic}_static; frames there: {known}"
        return ""

    def _other_publishers(self) -> list[str]:
        names = {
            f"{info.node_namespace.rstrip('/')}/{info.node_name}"
            for topic in (TOPIC, STATIC_TOPIC)
            for info in self._node.get_publishers_info_by_topic(
                self._node.resolve_topic_name(topic)
            )
        }
        ours = self._node.get_fully_qualified_name()
        return sorted(name for name in names if name != ours and UNKNOWN not in name)


def _stamp_ns(transform: Any) -> int:
    stamp = transform.header.stamp
    return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)
