"""A parameter file, read as rcl and the node would read it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vmloc_ros.config import NodeConfig, describe_unknown, parse_config
from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.checkup.finding import Finding, error, ok, warn
from vmloc_ros.ros.checkup.rcl_error import reason_of
from vmloc_ros.ros.parameter_files import PARAMETERS, is_for

CHECK = "parameter file"
OF_ROS = ("use_sim_time", "start_type_description_service", "qos_overrides.")
"""Parameters, or beginnings of them, that every node has."""


@dataclass(frozen=True, slots=True)
class ParameterFile:
    """What a file sets on one node."""

    path: Path
    node: str
    """Full name."""
    addressees: tuple[str, ...] = ()
    """The nodes that its sections name."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the sections that are for the node; later sections win, as in rcl."""

    @property
    def config(self) -> NodeConfig:
        """The node's settings with this file.

        Raises:
            ConfigError: a value does not fit.
        """
        known = {name: self.values[name] for name in self.values if name in NodeConfig.model_fields}
        given = {name: value for name, value in known.items() if value is not None}
        return parse_config(given, NodeConfig, str(self.path))

    @property
    def uses_sim_time(self) -> bool:
        """Whether the file has the node take its time from /clock."""
        return self.values.get("use_sim_time") is True


def read_parameter_file(path: Path, node: str) -> ParameterFile:
    """Read what a file sets on a node.

    Raises:
        ConfigError: it cannot be read, by us or by rcl.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _RclLoader)  # a safe loader
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "not a text file"
        raise ConfigError(f"{path}: cannot be read ({reason})") from err
    except yaml.YAMLError as err:
        raise ConfigError(f"{path}: not valid YAML ({' '.join(str(err).split())})") from err
    if refusal := rcl_refusal(path):
        raise ConfigError(f"{path}: ROS cannot read it: {refusal}")
    sections = list(_sections(content, ""))
    values: dict[str, Any] = {}
    for addressee, parameters in sections:
        if is_for(addressee, node):
            values |= dict(_flat(parameters, ""))
    return ParameterFile(path, node, tuple(addressee for addressee, _ in sections), values)


def examine_parameter_file(path: Path, node: str) -> tuple[list[Finding], ParameterFile | None]:
    """Read a file; return what was found and, where it can be used, what it sets."""
    try:
        file = read_parameter_file(path, node)
    except ConfigError as err:
        mend = f"begin with the file that the package brings: /**: {{{PARAMETERS}: {{…}}}}"
        return [error(CHECK, str(err), mend)], None
    findings = list(judge_parameter_file(file))
    try:
        file.config  # noqa: B018 - whether the values fit
    except ConfigError as err:
        findings.append(error(CHECK, str(err), "docs/parameters.md has the values; quote strings"))
        return findings, None
    return findings, file


def judge_parameter_file(file: ParameterFile) -> Iterator[Finding]:
    """Say what of the file counts for the node."""
    if not any(is_for(addressee, file.node) for addressee in file.addressees):
        named = ", ".join(file.addressees) or "none"
        yield warn(
            CHECK,
            f"{file.path} sets nothing on {file.node}; its sections: {named}",
            f"call the section '/**' or '{file.node}'",
        )
        return
    unknown = [name for name in file.values if not _is_known(name)]
    for name in unknown:
        line = describe_unknown(name, list(NodeConfig.model_fields))
        yield error(CHECK, f"{file.path}: {line}", f"correct or remove '{name}'")
    yield ok(CHECK, f"{file.path}: parameters for {file.node}: {len(file.values) - len(unknown)}")


def rcl_refusal(path: Path) -> str:
    """Return why rcl would end a node that is given this file, empty where it would not."""
    try:
        from rclpy.context import Context
        from rclpy.impl.logging_severity import LoggingSeverity
        from rclpy.logging import get_logger_level, set_logger_level
    except ImportError:
        return ""
    before = get_logger_level("rcl")
    set_logger_level("rcl", LoggingSeverity.FATAL)  # it would log what is returned here
    context = Context()
    try:
        context.init(["--ros-args", "--params-file", str(path)], initialize_logging=False)
    except RuntimeError as err:
        if "params file" not in str(err):  # something else is wrong
            return ""
        reason = reason_of(err)
        return reason.partition("Error: ")[2] or reason
    finally:
        context.try_shutdown()
        set_logger_level("rcl", before)
    return ""


class _RclLoader(yaml.SafeLoader):  # type: ignore[misc]
    """Takes an unquoted y or n for a boolean, as rcl does."""


_RclLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^[yYnN]$"), list("yYnN"))
_RclLoader.bool_values = yaml.SafeLoader.bool_values | {"y": True, "n": False}


def _sections(content: Any, prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each node that the file names with its parameters; namespaces may be nested."""
    if not isinstance(content, Mapping):
        return
    for name, inner in content.items():
        if name == PARAMETERS:
            yield prefix, inner if isinstance(inner, Mapping) else {}
        else:
            yield from _sections(inner, f"{prefix}/{name}" if prefix else str(name))


def _flat(parameters: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield nested parameters under the names that ROS gives them: outer.inner."""
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _is_known(name: str) -> bool:
    return name in NodeConfig.model_fields or name.startswith(OF_ROS)
