"""The node's parameters: declared from `NodeConfig`, read back through it."""

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

AT_START_ONLY = frozenset({"autostart"})
FOREIGN_PREFIXES = ("qos_overrides.",)
"""Overrides that rclpy declares later, together with the topics."""


class NodeParameters:
    """Declares every field of `NodeConfig` on a node and reads them back.

    The parameters are typed dynamically: rclpy takes no integer for a double and no array in
    place of an empty one, and ends the node over it; here `NodeConfig` decides.
    """

    def __init__(self, node: Node, is_configured: Callable[[], bool]) -> None:
        self._node = node
        self._is_configured = is_configured
        for name, field in NodeConfig.model_fields.items():
            node.declare_parameter(name, _to_ros(field.default), describe(name, field))
        node.add_on_set_parameters_callback(self._on_set)

    def read(self) -> NodeConfig:
        """Return the checked parameters.

        Raises:
            ConfigError: a value does not fit.
        """
        values = {name: self._node.get_parameter(name).value for name in NodeConfig.model_fields}
        return _parse(values, f"parameters of {self._node.get_fully_qualified_name()}")

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

    def _on_set(self, changes: list[Parameter]) -> SetParametersResult:
        try:
            self._check({p.name: p.value for p in changes if p.name in NodeConfig.model_fields})
        except ConfigError as err:
            return SetParametersResult(successful=False, reason=str(err))
        return SetParametersResult(successful=True)

    def _check(self, changes: dict[str, Any]) -> None:
        name = self._node.get_fully_qualified_name()
        if changes and self._is_configured():
            raise ConfigError(
                f"{', '.join(changes)} cannot change while the node is configured; first run: "
                f"ros2 lifecycle set {name} cleanup"
            )
        missing = sorted(key for key, value in changes.items() if value is None)
        if missing:
            raise ConfigError(f"{', '.join(missing)} needs a value")
        _parse(changes, f"parameters of {name}")


def _parse(values: dict[str, Any], source: str) -> NodeConfig:
    # An empty array in a parameter file arrives as None.
    given = {name: _from_ros(value) for name, value in values.items() if value is not None}
    return parse_config(given, NodeConfig, source)


def describe(name: str, field: FieldInfo) -> ParameterDescriptor:
    """Return the descriptor of a parameter: description with unit, bounds and choices."""
    extra = field.json_schema_extra
    unit = f" [{extra['unit']}]" if isinstance(extra, dict) and "unit" in extra else ""
    descriptor = ParameterDescriptor(
        name=name,
        description=f"{field.description}{unit}",
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


def _bound(field: FieldInfo, *kinds: str) -> float | None:
    for constraint in field.metadata:
        for kind in kinds:
            if (bound := getattr(constraint, kind, None)) is not None:
                return float(bound)
    return None


def _to_ros(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _from_ros(value: Any) -> Any:
    """Make plain Python of an rclpy value: arrays come as `array.array`, empty ones as bytes."""
    return value if isinstance(value, str | bool | int | float) else list(value)
