"""Quality of service of the node's topics."""

from collections.abc import Iterable
from typing import Literal, get_args

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.qos import QoSPolicyKind, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions

from vmloc_ros.errors import ConfigError

Reliability = Literal["auto", "reliable", "best_effort"]

DEPTH = 5
"""Messages kept (keep_last) per topic."""


def profile(reliability: ReliabilityPolicy) -> QoSProfile:
    """Return a new profile; rclpy writes overrides into the one that it is given."""
    return QoSProfile(depth=DEPTH, reliability=reliability)


def output_overrides() -> QoSOverridingOptions:
    """Let `qos_overrides` change history, depth and reliability of an output."""
    return QoSOverridingOptions.with_default_policies()


def input_overrides() -> QoSOverridingOptions:
    """Let `qos_overrides` change history and depth of an input.

    Its reliability is declared by `declare_reliability`: as rclpy declares it, the first choice of
    `auto` would stay for ever.
    """
    return QoSOverridingOptions([QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH])


def declare_reliability(node: Node, topic: str, general: Reliability) -> Reliability:
    """Declare the input's `qos_overrides` reliability; return it where set, else `general`.

    Args:
        node: takes the parameter.
        topic: full name of the topic.
        general: what holds for all inputs.

    Raises:
        ConfigError: the override is none of auto, reliable, best_effort.
    """
    name = f"qos_overrides.{topic}.subscription.reliability"
    if not node.has_parameter(name):
        description = f"Reliability of the subscription to {topic}; empty: as `reliability` says."
        node.declare_parameter(name, "", ParameterDescriptor(description=description))
    value = node.get_parameter(name).value or general
    for choice in get_args(Reliability):
        if value == choice:
            return choice  # type: ignore[no-any-return]
    raise ConfigError(f"{name}: '{value}' is none of {', '.join(get_args(Reliability))}")


def choose_reliability(
    choice: Reliability, offered: Iterable[ReliabilityPolicy]
) -> ReliabilityPolicy:
    """Return the reliability to ask for, given what each publisher of the topic offers.

    `auto` asks for reliable where every publisher offers it: large best-effort messages are lost
    in the stock transports. Where there is no publisher yet it asks for reliable too, so that the
    first reliable one loses nothing to a change.
    """
    if choice == "auto":
        every = all(offer == ReliabilityPolicy.RELIABLE for offer in offered)
        return ReliabilityPolicy.RELIABLE if every else ReliabilityPolicy.BEST_EFFORT
    return ReliabilityPolicy.RELIABLE if choice == "reliable" else ReliabilityPolicy.BEST_EFFORT


def count_incompatible(asked: ReliabilityPolicy, offered: Iterable[ReliabilityPolicy]) -> int:
    """Return how many publishers offer less than is asked for, and so are not received."""
    if asked != ReliabilityPolicy.RELIABLE:
        return 0
    return sum(offer == ReliabilityPolicy.BEST_EFFORT for offer in offered)
