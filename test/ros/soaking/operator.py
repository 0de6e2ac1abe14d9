"""`Operator`: somebody who calls the node's services while it works."""

import time
from collections import Counter

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

ANSWER_S = 60.0
"""Longest wait for an answer; loading a model on a busy machine takes a while."""
POLL_S = 0.01


class Operator:
    """Calls services and takes note of answers that are missing or wrong. One thread calls.

    Args:
        node: spun by somebody else.
        name: full name of the localizer.
    """

    def __init__(self, node, name):
        self.faults = []
        self.answers = Counter()
        """By service and success."""
        client = node.create_client
        self._change_state = client(ChangeState, f"{name}/change_state")
        self._set_parameters = client(SetParameters, f"{name}/set_parameters")
        self._triggers = {
            service: client(Trigger, f"{name}/{service}") for service in ("relocalize", "reload")
        }

    def transition(self, verb, succeeds=True):
        """Ask for a transition and wait for the answer."""
        number = getattr(Transition, f"TRANSITION_{verb.upper()}")
        request = ChangeState.Request(transition=Transition(id=number))
        answer = self._wait(self._change_state.call_async(request), verb)
        self._judge(verb, answer.success if answer else None, succeeds)

    def set_parameter(self, name, value, succeeds=True):
        """Set a parameter and wait for the answer."""
        parameter = Parameter(name, value=value).to_parameter_msg()
        request = SetParameters.Request(parameters=[parameter])
        answer = self._wait(self._set_parameters.call_async(request), f"set {name}")
        self._judge(f"set {name}", answer.results[0].successful if answer else None, succeeds)

    def call(self, service):
        """Call `relocalize` or `reload`; return the future of the answer."""
        return self._triggers[service].call_async(Trigger.Request())

    def take(self, service, future, succeeds=None):
        """Wait for the answer of `call`; None accepts either, as long as there is one."""
        answer = self._wait(future, service)
        self._judge(service, answer.success if answer else None, succeeds)

    def _wait(self, future, what):
        deadline_s = time.monotonic() + ANSWER_S
        while not future.done():
            if time.monotonic() > deadline_s:
                self.faults.append(f"{what}: no answer within {ANSWER_S:g} s")
                return None
            time.sleep(POLL_S)
        return future.result()

    def _judge(self, what, success, expected):
        self.answers[f"{what}: {'done' if success else 'refused'}"] += success is not None
        if success is not None and expected is not None and success != expected:
            self.faults.append(f"{what}: {'refused' if expected else 'not refused'}")
