"""`NodeListener`: what a localizer says about itself."""

import threading

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node

from vmloc_ros.ros.diagnostics import TOPIC

UNKNOWN = "unknown"


class NodeListener:
    """Listens to the diagnostics and the latencies of the node `vmloc` in the node's namespace."""

    def __init__(self, node: Node) -> None:
        self._name = f"{node.get_namespace().rstrip('/')}/vmloc"
        self._arrived = threading.Condition()
        self._model: dict[str, str] = {}
        self._stages: list[dict[str, dict[str, float]]] = []
        node.create_subscription(DiagnosticArray, TOPIC, self._on_diagnostics, 10)
        node.create_subscription(DiagnosticStatus, "vmloc/debug/latency", self._on_latency, 10)

    @property
    def state(self) -> str:
        """Label of the lifecycle state."""
        return self._model.get("state", UNKNOWN)

    @property
    def failure(self) -> str:
        """Why the last transition failed; empty where none did."""
        return self._model.get("failure", "")

    def next_stages_ms(self, timeout_s: float) -> dict[str, dict[str, float]]:
        """Wait for the next durations, by stage and statistic; empty where none come in time."""
        with self._arrived:
            known = len(self._stages)
            self._arrived.wait_for(lambda: len(self._stages) > known, timeout_s)
            return self._stages[-1] if len(self._stages) > known else {}

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.hardware_id == self._name and status.name.endswith(": model"):
                self._model = {pair.key: pair.value for pair in status.values}

    def _on_latency(self, message: DiagnosticStatus) -> None:
        with self._arrived:
            self._stages.append(read_stages_ms(message))
            self._arrived.notify_all()


def read_stages_ms(message: DiagnosticStatus) -> dict[str, dict[str, float]]:
    """Return the durations of `~/debug/latency`, milliseconds, by stage and statistic."""
    stages_ms: dict[str, dict[str, float]] = {}
    for pair in message.values:
        stage, _, statistic = pair.key.removesuffix("_ms").rpartition("_")
        stages_ms.setdefault(stage, {})[statistic] = float(pair.value)
    return stages_ms
