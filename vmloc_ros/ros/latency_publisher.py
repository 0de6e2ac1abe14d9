"""`LatencyPublisher`: the durations of the stages on `~/debug/latency`, while somebody listens."""

from collections.abc import Mapping
from dataclasses import asdict

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy

from vmloc_ros.ros import qos
from vmloc_ros.ros.snapshot import StageTimes
from vmloc_ros.ros.stage_times import StageWindow

TOPIC = "~/debug/latency"


class LatencyPublisher:
    """Publishes a `StageWindow` as DiagnosticStatus, one key per stage and statistic.

    The keys are `inference_mean_ms`, `inference_median_ms`, `inference_p95_ms` and so on for the
    stages of `stage_times.STAGES`; the values are numbers in milliseconds. The level is always OK:
    what is too slow, /diagnostics says.
    """

    def __init__(self, node: Node, window: StageWindow) -> None:
        self._node = node
        self._window = window
        self._publisher = node.create_publisher(
            DiagnosticStatus,
            TOPIC,
            qos.profile(ReliabilityPolicy.RELIABLE),
            qos_overriding_options=qos.output_overrides(),
        )

    def publish(self) -> None:
        """Publish the window as it stands, if somebody subscribes and a stage ran lately."""
        if self._publisher.get_subscription_count() == 0:
            return
        if times := self._window.times():
            self._publisher.publish(latency_status(times, self._node.get_fully_qualified_name()))

    def close(self) -> None:
        """Withdraw the topic."""
        self._node.destroy_publisher(self._publisher)


def latency_status(times: Mapping[str, StageTimes], node_name: str) -> DiagnosticStatus:
    """Return the message; its text names the stage that takes longest on average."""
    longest = max(times, key=lambda stage: times[stage].mean)
    return DiagnosticStatus(
        level=DiagnosticStatus.OK,
        name=f"{node_name.lstrip('/')}: latency",
        message=f"longest: {longest}, {times[longest].mean:.1f} ms on average",
        values=[
            KeyValue(key=f"{stage}_{statistic}_ms", value=f"{duration_ms:.3f}")
            for stage, summary in times.items()
            for statistic, duration_ms in asdict(summary).items()
        ],
    )
