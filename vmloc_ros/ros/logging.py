"""`RosLogHandler`: what the core logs with Python's `logging` appears in the node's log."""

import logging
from typing import Any

from typing_extensions import override

CORE = "vmloc_ros"
"""The logger above all loggers of the package."""


class RosLogHandler(logging.Handler):
    """Hands log records to an rclpy logger."""

    def __init__(self, ros_logger: Any) -> None:
        super().__init__()
        self._ros = ros_logger
        self.setFormatter(logging.Formatter("%(message)s"))

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Log a record at its own level."""
        text = self.format(record)
        # One line of code for each level: rclpy refuses another level from the same line.
        if record.levelno >= logging.CRITICAL:
            self._ros.fatal(text)
        elif record.levelno >= logging.ERROR:
            self._ros.error(text)
        elif record.levelno >= logging.WARNING:
            self._ros.warning(text)
        elif record.levelno >= logging.INFO:
            self._ros.info(text)
        else:
            self._ros.debug(text)


def bridge(ros_logger: Any) -> RosLogHandler:
    """Send the package's log to an rclpy logger, which then decides what is shown."""
    handler = RosLogHandler(ros_logger)
    core = logging.getLogger(CORE)
    core.setLevel(logging.DEBUG)
    core.addHandler(handler)
    return handler


def unbridge(handler: RosLogHandler) -> None:
    """End what `bridge` began."""
    core = logging.getLogger(CORE)
    core.removeHandler(handler)
    if not core.handlers:
        core.setLevel(logging.NOTSET)
