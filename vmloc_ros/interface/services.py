"""`Service`: a service that the node offers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A service."""

    name: str
    type: str
    when: str
    meaning: str


SERVICES = (
    Service(
        "~/relocalize",
        "std_srvs/srv/Trigger",
        "while the node is active",
        "Forget the earlier poses and find the robot anew. Answers with its place once "
        "`initialpose_after` fresh poses in a row agree, or after `relocalize_timeout_s` with the "
        "reason why they do not.",
    ),
    Service(
        "~/reload",
        "std_srvs/srv/Trigger",
        "while the node is active",
        "Load the bundle that the parameter `bundle` names, and change over without a pause. "
        "Where that fails the former one stays at work and the answer is the reason.",
    ),
)
"""Beside those that every lifecycle node has."""
