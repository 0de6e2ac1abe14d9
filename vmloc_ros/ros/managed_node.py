"""`ManagedNode`: a lifecycle node whose transitions explain themselves."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from lifecycle_msgs.srv import ChangeState
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.lifecycle import LifecycleNodeMixin, LifecycleState, TransitionCallbackReturn
from rclpy.node import Node

from vmloc_ros.errors import VmlocError
from vmloc_ros.ros.logging import bridge, unbridge

logger = logging.getLogger(__name__)

Callback = Callable[[ChangeState.Request, ChangeState.Response], ChangeState.Response]


class ManagedNode(LifecycleNodeMixin, Node):
    """A lifecycle node that survives failed and impossible transitions.

    Subclasses say what a transition does in `configure`, `activate`, `deactivate` and `cleanup`.
    What these raise is logged, and the transition fails, to be tried again after a correction:
    rclpy would swallow the reason. A request that does not fit the state is refused: in rclpy it
    would end `spin()`. The services answer while a transition runs.
    """

    def __init__(self, name: str, cli_args: list[str] | None = None) -> None:
        Node.__init__(self, name, cli_args=cli_args)
        self._log = bridge(Node.get_logger(self))
        self.services_group = ReentrantCallbackGroup()
        LifecycleNodeMixin.__init__(self, callback_group=self.services_group)
        self._transition = threading.Lock()
        self.failure = ""
        """Why the last transition failed; empty after one that succeeded."""
        self._service_change_state.callback = partial(
            self._answer, self._service_change_state.callback
        )

    @property
    def state(self) -> str:
        """Label of the lifecycle state, such as "inactive" or "configuring"."""
        return str(self._state_machine.current_state[1])

    def configure(self) -> None:
        """Acquire what is expensive."""

    def activate(self) -> None:
        """Begin to work."""

    def deactivate(self) -> None:
        """Stop working; may be called in any state."""

    def cleanup(self) -> None:
        """Release everything; may be called in any state."""

    def bring_up(self) -> bool:
        """Configure and activate where nobody else has begun to; return whether both succeeded."""
        with self._transition:
            if self.state != "unconfigured":
                return False
            steps = (LifecycleNodeMixin.trigger_configure, LifecycleNodeMixin.trigger_activate)
            return all(step(self) == TransitionCallbackReturn.SUCCESS for step in steps)

    @contextmanager
    def no_transition(self) -> Iterator[None]:
        """Wait for the transition that is under way, and refuse others in the body of a `with`."""
        with self._transition:
            yield

    def destroy_node(self) -> None:
        """Release everything and leave the graph, after the transition that is under way."""
        with self.no_transition():  # a stopped executor does not wait for its callbacks
            self.stop()
        Node.destroy_node(self)
        self._state_machine.destroy_when_not_in_use()  # or it keeps the node in the graph
        unbridge(self._log)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run `configure`; what it leaves behind when it fails is cleaned up."""
        return self._attempt("configure", self.configure, undo=self.cleanup)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run `activate`; what it leaves behind when it fails is deactivated."""
        return self._attempt("activate", self.activate, undo=self.deactivate)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run `deactivate`."""
        return self._attempt("deactivate", self.deactivate)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run `cleanup`."""
        return self._attempt("cleanup", self.cleanup)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run `deactivate` and `cleanup`."""
        return self._attempt("shutdown", self.stop)

    def stop(self) -> None:
        """Release everything, from any state."""
        self.deactivate()
        self.cleanup()

    def _attempt(
        self, verb: str, action: Callable[[], None], undo: Callable[[], None] | None = None
    ) -> TransitionCallbackReturn:
        try:
            action()
        except VmlocError as err:
            self.failure = f"{verb} failed: {err}"
            logger.error(self.failure)
        except Exception as err:  # rclpy would swallow it
            self.failure = f"{verb} failed: {type(err).__name__}: {err}"
            logger.exception(self.failure)
        else:
            self.failure = ""
            return TransitionCallbackReturn.SUCCESS
        if undo is not None:
            undo()
        return TransitionCallbackReturn.FAILURE

    def _answer(
        self, callback: Callback, request: ChangeState.Request, response: ChangeState.Response
    ) -> ChangeState.Response:
        """Answer a request of the change_state service, one at a time."""
        response.success = False
        if not self._transition.acquire(blocking=False):
            self._refuse(request, "another transition is under way")
            return response
        try:
            if self._is_possible(request):
                return callback(request, response)
            possible = ", ".join(label for _, label in self._possible())
            self._refuse(request, f"the node is {self.state}; possible now: {possible}")
        finally:
            self._transition.release()
        return response

    def _is_possible(self, request: ChangeState.Request) -> bool:
        wanted = request.transition
        return any(
            wanted.label == label if wanted.label else wanted.id == number
            for number, label in self._possible()
        )

    def _possible(self) -> list[tuple[int, str]]:
        available = self._state_machine.available_transitions
        return [(int(number), str(label)) for number, label, *_ in available]

    def _refuse(self, request: ChangeState.Request, reason: str) -> None:
        wanted = request.transition.label or f"number {request.transition.id}"
        logger.warning("transition %s refused: %s", wanted, reason)
