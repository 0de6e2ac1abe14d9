"""Asks the running localizer for its state, its parameters and its topics."""

from collections.abc import Sequence
from typing import Any

from lifecycle_msgs.srv import GetState
from rcl_interfaces.srv import GetParameters
from rclpy.parameter import parameter_value_to_python

from vmloc_ros.config import NodeConfig
from vmloc_ros.ros.checkup.listener import Listener
from vmloc_ros.ros.checkup.observation import NodeAnswers, Status

QUESTIONS = (*NodeConfig.model_fields, "use_sim_time")
TOPIC_KEY = ".topic"
"""Ends the keys of the status "input" that name the topics: "rgb.topic"."""


def interview(listener: Listener, name: str, timeout_s: float) -> NodeAnswers | None:
    """Ask a node, given by its full name; None where it is not there."""
    if not listener.sees(name):
        return None
    node = listener.node
    state = node.create_client(GetState, f"{name}/get_state")
    parameters = node.create_client(GetParameters, f"{name}/get_parameters")
    clients = (state, parameters)
    try:
        listener.listen(timeout_s, lambda: all(client.service_is_ready() for client in clients))
        answers = [
            state.call_async(GetState.Request()),
            parameters.call_async(GetParameters.Request(names=QUESTIONS)),
        ]
        listener.listen(timeout_s, lambda: all(answer.done() for answer in answers))
        told, given = (answer.result() if answer.done() else None for answer in answers)
    finally:
        for client in clients:
            node.destroy_client(client)
    if told and told.current_state.label == "active":
        listener.listen(timeout_s, lambda: _served(listener.statuses, name))
    return NodeAnswers(
        name=name,
        state=str(told.current_state.label) if told else "",
        parameters=_values(given.values) if given else {},
        served=_served(listener.statuses, name),
    )


def _values(values: Any) -> dict[str, object]:
    """Return the parameters that are set, as plain Python."""
    plain = {name: parameter_value_to_python(v) for name, v in zip(QUESTIONS, values, strict=False)}
    return {
        name: value if isinstance(value, str | bool | int | float) else list(value)
        for name, value in plain.items()
        if value is not None
    }


def _served(statuses: Sequence[Status], name: str) -> dict[str, str]:
    """Return the topics that a node reports to listen to, by stream."""
    return {
        key.removesuffix(TOPIC_KEY): value
        for status in statuses
        if status.node == name
        for key, value in status.values.items()
        if key.endswith(TOPIC_KEY)
    }
