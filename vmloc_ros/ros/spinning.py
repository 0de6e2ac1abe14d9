"""`spin`: an executor that outlives what its callbacks raise."""

import logging

from rclpy.exceptions import InvalidHandle
from rclpy.executors import Executor, ExternalShutdownException

logger = logging.getLogger(__name__)


def spin(executor: Executor) -> None:
    """Run callbacks until the executor or the context is shut down; log what they raise."""
    while True:
        try:
            return executor.spin()
        except ExternalShutdownException:
            return None
        except InvalidHandle:
            # A topic was closed in one thread just as the executor was about to wait for it.
            continue
        except Exception:
            logger.exception("a callback failed")
