"""`ReloadService`: `~/reload`, which takes over a new bundle while the node works."""

import logging
import threading
from collections.abc import Callable

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_srvs.srv import Trigger

from vmloc_ros.errors import VmlocError

logger = logging.getLogger(__name__)

NAME = "~/reload"
CLOSING_S = 3.0
"""How long `close` waits for a call: a bundle is loaded in less, and launch kills after 5 s."""


class ReloadService:
    """Answers when the new bundle is at work, or with the reason why the former one goes on.

    Args:
        node: owns the service.
        reload: loads what the parameter `bundle` names and returns a line about it.
    """

    def __init__(self, node: Node, reload: Callable[[], str]) -> None:
        self._reload = reload
        self._busy = threading.Lock()
        self._is_closed = False
        node.create_service(Trigger, NAME, self._answer, callback_group=ReentrantCallbackGroup())

    def close(self) -> None:
        """Refuse calls from now on; wait for the one that is under way, so that it is answered."""
        self._is_closed = True
        if self._busy.acquire(timeout=CLOSING_S):
            self._busy.release()

    def _answer(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            response.message = self._try()
            response.success = True
        except VmlocError as err:
            response.message = str(err)
        except Exception as err:  # whoever called must get an answer
            logger.exception("reload: %s", type(err).__name__)
            response.message = f"{type(err).__name__}: {err}"
        level = logging.INFO if response.success else logging.ERROR
        logger.log(level, "reload: %s", response.message)
        return response

    def _try(self) -> str:
        if self._is_closed:
            raise VmlocError("the node shuts down")
        if not self._busy.acquire(blocking=False):
            raise VmlocError("another call is under way: wait for its answer")
        try:
            return self._reload()
        finally:
            self._busy.release()
