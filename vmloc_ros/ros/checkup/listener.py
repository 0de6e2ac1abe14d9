"""`Listener`: a node of the doctor's own that looks around and hears all topics at once."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.exceptions import NameValidationException
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from typing_extensions import Self

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.checkup.eavesdropper import Eavesdropper
from vmloc_ros.ros.checkup.observation import Graph, Hearing, Status
from vmloc_ros.ros.checkup.rcl_error import reason_of
from vmloc_ros.ros.checkup.requirements import Wanted
from vmloc_ros.ros.diagnostics import TOPIC
from vmloc_ros.ros.qos import Reliability

NAME = "vmloc_doctor"
NS_PER_S = 1_000_000_000
REVIEW_S = 0.25
"""How often the subscriptions look at what their publishers offer."""


class Listener:
    """Lives in a context of its own, so that it can be used beside other nodes.

    Args:
        namespace: relative topics are resolved in it.
        ros_args: remappings and the like, beginning with --ros-args, or nothing.

    Raises:
        ConfigError: ROS does not accept the arguments or the namespace.
    """

    def __init__(self, namespace: str, ros_args: Sequence[str]) -> None:
        self._context = Context()
        try:
            self._context.init(list(ros_args))
            self.node = Node(
                NAME,
                context=self._context,
                namespace=namespace or None,
                enable_rosout=False,
                start_parameter_services=False,
            )
        except (RuntimeError, NameValidationException) as err:  # RuntimeError: what rcl refuses
            self._context.try_shutdown()
            raise ConfigError(f"ROS does not accept this: {reason_of(err)}") from err
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._statuses: dict[str, Status] = {}
        self._sim_ns: int | None = None
        self._ticks = 0
        self._ears: list[Eavesdropper] = []
        self.node.create_subscription(DiagnosticArray, TOPIC, self._on_diagnostics, 50)
        best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        self.node.create_subscription(Clock, "/clock", self._on_clock, best_effort)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()

    def listen(self, seconds: float, until: Callable[[], object] = lambda: False) -> None:
        """Take what comes, for a time or until a condition holds."""
        deadline_s = time.monotonic() + seconds
        review_s = 0.0
        while (now_s := time.monotonic()) < deadline_s and not until():
            if now_s >= review_s:
                review_s = now_s + REVIEW_S
                for ear in self._ears:
                    ear.review()
            self._executor.spin_once(timeout_sec=min(deadline_s - now_s, 0.05))

    def open(self, wanted: Sequence[Wanted]) -> None:
        """Begin to hear topics."""
        self._ears += [Eavesdropper(self.node, want, lambda: self._sim_ns) for want in wanted]

    def resolve(self, topic: str) -> str:
        """Return the full name of a topic, remapped.

        Raises:
            ConfigError: it is no name of a topic.
        """
        try:
            return str(self.node.resolve_topic_name(topic))
        except (RuntimeError, NameValidationException) as err:
            raise ConfigError(f"'{topic}' is no topic: {reason_of(err)}") from err

    def hearings(self, reliability: Reliability) -> tuple[Hearing, ...]:
        """Return what was heard, judged by the reliability that the node asks for."""
        return tuple(ear.hearing(reliability) for ear in self._ears)

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The last diagnostic status of each name."""
        return tuple(self._statuses.values())

    def sees(self, name: str) -> bool:
        """Say whether a node, given by its full name, is there."""
        return name in self._nodes()

    def graph(self) -> Graph:
        """Return who is there."""
        return Graph(
            nodes=self._nodes(),
            topics={
                topic: tuple(types)
                for topic, types in self.node.get_topic_names_and_types()
                if self.node.count_publishers(topic)
            },
            clock_publishers=self.node.count_publishers("/clock"),
            clock_ticks=self._ticks,
        )

    def _nodes(self) -> tuple[str, ...]:
        """Return the full names of the other nodes."""
        nodes = self.node.get_node_names_and_namespaces()
        names = {f"{namespace.rstrip('/')}/{name}" for name, namespace in nodes}
        return tuple(sorted(names - {self.node.get_fully_qualified_name()}))

    def _on_clock(self, message: Clock) -> None:
        self._sim_ns = int(message.clock.sec) * NS_PER_S + int(message.clock.nanosec)
        self._ticks += 1

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self._statuses[status.name] = _status(status)


def _status(message: Any) -> Status:
    level = message.level[0] if isinstance(message.level, bytes) else int(message.level)
    values = {str(pair.key): str(pair.value) for pair in message.values}
    return Status(str(message.name), str(message.hardware_id), level, str(message.message), values)
