"""The node's parameters: declared from `NodeConfig`, read back through it."""

import logging
from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from vmloc_ros.config import NodeConfig, describe_unknown, parse_config
from vmloc_ros.errors import ConfigError

logger = logging.getLogger(__name__)

AT_START_ONLY = frozenset({"autostart"})
FOREIGN_PREFIXES = ("qos_overrides.",)
"""Overrides that rclpy declares later, together with the topics."""


class NodeParameters:
    """Declares every field of `NodeConfig` on a node and reads them back.

    The parameters are typed dynamically: rclpy takes no integer for a double and no array in
    place of an empty one, and ends the node over it; here `NodeConfig` decides.

    Args:
        node: declares the parameters.
        is_configured: whether the node works with what it has read.
        on_change: takes the new configuration after a configured node has accepted a change.
    """

    def __init__(
        self,
        node: Node,
        is_configured: Callable[[], bool],
        on_change: Callable[[NodeConfig], None] | None = None,
    ) -> None:
        self._node = node
        self._is_configured = is_configured
        self._on_change = on_change
        for name, field in NodeConfig.model_fields.items():
            node.declare_parameter(name, _to_ros(field.default), describe(name, field))
        node.add_on_set_parameters_callback(self._on_set)
        node.add_post_set_parameters_callback(self._after_set)

    def read(self) -> NodeConfig:
        """Return the checked parameters.

        Raises:
            ConfigError: a value does not fit.
        """
        return self._parse(self._values())

    def unknown(self) -> list[str]:
        """Return one line for each override that no parameter takes."""
        with self._node.handle:
            overrides = self._node.handle.get_parameters(Parameter)
        known = list(NodeConfig.model_fields)
        return [
            describe_unknown(name, known)
            for name in overrides
            if not self._node.has_parameter(name) and not name.startswith(FOREIGN_PREFIXES)
        ]

    def _values(self) -> dict[str, Any]:
        return {name: self._node.get_parameter(name).value for name in NodeConfig.model_fields}

    def _parse(self, values: dict[str, Any]) -> NodeConfig:
        # An empty array in a parameter file arrives as None.
        given = {name: _from_ros(value) for name, value in values.items() if value is not None}
        source = f"parameters of {self._node.get_fully_qualified_name()}"
        return parse_config(given, NodeConfig, source)

    def _on_set(self, parameters: list[Parameter]) -> SetParametersResult:
        try:
            self._check(_ours(parameters))
        except ConfigError as err:
            return SetParametersResult(successful=False, reason=str(err))
        return SetParametersResult(successful=True)

    def _check(self, changes: dict[str, Any]) -> None:
        missing = sorted(name for name, value in changes.items() if value is None)
        if missing:
            raise ConfigError(f"{', '.join(missing)} needs a value")
        if self._is_configured():
            self._check_fixed(self.read(), self._parse(self._values() | changes))
        elif changes:
            self._parse(self._mendable() | changes)

    def _check_fixed(self, before: NodeConfig, after: NodeConfig) -> None:
        """Refuse a change of what the node has built upon; the value that it has is no change."""
        fixed = [
            name
            for name, field in NodeConfig.model_fields.items()
            if getattr(before, name) != getattr(after, name) and not is_live(field)
        ]
        if fixed:
            raise ConfigError(
                f"{', '.join(fixed)} cannot change while the node is configured; first run: "
                f"ros2 lifecycle set {self._node.get_fully_qualified_name()} cleanup"
            )

    def _mendable(self) -> dict[str, Any]:
        """Return the values that a change has to go with: all, unless they are wrong already.

        Several wrong values from the start can thus be mended one after the other.
        """
        values = self._values()
        try:
            self._parse(values)
        except ConfigError:
            return {}
        return values

    def _after_set(self, parameters: list[Parameter]) -> None:
        if self._on_change is None or not _ours(parameters) or not self._is_configured():
            return
        try:
            self._on_change(self.read())
        except Exception:  # whoever set them must get an answer: they are set
            logger.exception("the node did not take the parameters over")


def is_live(field: FieldInfo) -> bool:
    """Say whether a parameter may change while the node is configured."""
    extra = field.json_schema_extra
    return isinstance(extra, dict) and extra.get("live") is True


def describe(name: str, field: FieldInfo) -> ParameterDescriptor:
    """Return the descriptor of a parameter: meaning, unit, when it may change, bounds, choices."""
    extra = field.json_schema_extra
    unit = f" [{extra['unit']}]" if isinstance(extra, dict) and "unit" in extra else ""
    descriptor = ParameterDescriptor(
        name=name,
        description=f"{field.description}{unit} {_when(name, field)}",
        read_only=name in AT_START_ONLY,
        dynamic_typing=True,
    )
    if get_origin(field.annotation) is Literal:
        choices = ", ".join(map(str, get_args(field.annotation)))
        descriptor.additional_constraints = f"one of: {choices}"
    low, high = _bound(field, "ge", "gt"), _bound(field, "le", "lt")
    if field.annotation is float and low is not None and high is not None:
        descriptor.floating_point_range = [
            FloatingPointRange(from_value=float(low), to_value=float(high))
        ]
    elif field.annotation is int and low is not None and high is not None:
        descriptor.integer_range = [IntegerRange(from_value=int(low), to_value=int(high), step=1)]
    return descriptor


def _when(name: str, field: FieldInfo) -> str:
    if name in AT_START_ONLY:
        return "Read at the start only."
    if is_live(field):
        return "May change while the node works."
    return "Fixed while the node is configured."


def _bound(field: FieldInfo, *kinds: str) -> float | None:
    for constraint in field.metadata:
        for kind in kinds:
            if (bound := getattr(constraint, kind, None)) is not None:
                return float(bound)
    return None


def _ours(parameters: list[Parameter]) -> dict[str, Any]:
    return {p.name: p.value for p in parameters if p.name in NodeConfig.model_fields}


def _to_ros(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _from_ros(value: Any) -> Any:
    """Make plain Python of an rclpy value: arrays come as `array.array`, empty ones as bytes."""
    return value if isinstance(value, str | bool | int | float) else list(value)
