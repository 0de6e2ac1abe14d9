"""`Health`: what the node under test says about itself."""

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node


class Health:
    """What the node under test says about itself on /diagnostics."""

    def __init__(self, node: Node) -> None:
        self._statuses: dict[str, DiagnosticStatus] = {}
        node.create_subscription(DiagnosticArray, "/diagnostics", self._on_message, 10)

    def level(self, status: str) -> int:
        """0 OK, 1 WARN, 2 ERROR, 3 STALE; -1 before the first message."""
        found = self._statuses.get(status)
        return found.level[0] if found else -1

    def said(self, status: str) -> str:
        """The messages of all its causes, or that all is well."""
        found = self._statuses.get(status)
        return f"{found.message}; {self.values(status).get('also', '')}" if found else ""

    def causes(self, status: str) -> list[str]:
        return list(filter(None, self.values(status).get("causes", "").split(", ")))

    def values(self, status: str) -> dict[str, str]:
        found = self._statuses.get(status)
        return {pair.key: pair.value for pair in found.values} if found else {}

    def forget(self) -> None:
        """Know only what is said from now on."""
        self._statuses = {}

    def _on_message(self, message: DiagnosticArray) -> None:
        ours = [status for status in message.status if status.hardware_id == "/vmloc"]
        self._statuses |= {status.name.split(": ")[-1]: status for status in ours}
