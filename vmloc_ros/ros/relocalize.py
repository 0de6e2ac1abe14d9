"""`RelocalizeService`: `~/relocalize`, which answers after it has tried."""

import logging
from collections.abc import Callable

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_srvs.srv import Trigger

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import VmlocError
from vmloc_ros.ros.relocalization import Relocalization

logger = logging.getLogger(__name__)

NAME = "~/relocalize"


class RelocalizeService:
    """Asks a `Relocalization` on request; exists as long as the node, in each of its states.

    A call keeps one thread of the executor while it tries; a second call meanwhile is refused at
    once. The group of its own keeps both apart from other callbacks. `Relocalization.close` ends
    the call, to be done before the executor is shut down: after that no answer is sent.

    Args:
        node: owns the service.
        relocalization: opened and closed by whoever activates and deactivates the node.
        config: returns the parameters as they stand.
    """

    def __init__(
        self, node: Node, relocalization: Relocalization, config: Callable[[], NodeConfig]
    ) -> None:
        self._node = node
        self._relocalization = relocalization
        self._config = config
        node.create_service(Trigger, NAME, self._answer, callback_group=ReentrantCallbackGroup())

    def _answer(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            response.message = self._try()
            response.success = True
        except VmlocError as err:
            response.message = str(err)
        except Exception as err:  # whoever called must get an answer
            logger.exception("relocalize: %s", type(err).__name__)
            response.message = f"{type(err).__name__}: {err}"
        level = logging.INFO if response.success else logging.WARNING
        logger.log(level, "relocalize: %s", response.message)
        return response

    def _try(self) -> str:
        config = self._config()
        now_ns = self._node.get_clock().now().nanoseconds
        return self._relocalization.run(
            now_ns, config.initialpose_after, config.relocalize_timeout_s
        )
