"""Parameters on the command line that are meant for a node of another name.

ROS hands a node what is addressed to its full name and says nothing of the rest: a file with a
section `vmloc:` sets nothing on the node `/robot/vmloc`.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from vmloc_ros.ros.ros_arguments import split_ros_arguments

FILE, RULES = "--params-file", ("-p", "--param")
PARAMETERS = "ros__parameters"


def misaddressed(arguments: Sequence[str], node: str) -> list[str]:
    """Return one line for each parameter file and each `-p` that sets nothing on a node.

    Args:
        arguments: the command line, of which only what stands after --ros-args counts.
        node: full name, such as "/robot/vmloc".
    """
    lines = []
    for option, value in _options(arguments):
        if option == FILE:
            addressees, hint = sections(Path(value)), "name its section '/**' for every node"
        else:
            addressees, hint = _addressees(value), "name no node for every node"
        if addressees and not any(is_for(addressee, node) for addressee in addressees):
            nearest = difflib.get_close_matches(node, addressees, n=1, cutoff=0.0)[0]
            lines.append(f"{value} sets nothing on {node}: it is for '{nearest}'; {hint}")
    return lines


def sections(path: Path) -> list[str]:
    """Return the names of the nodes that a parameter file has values for, as it writes them."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return []  # rcl has read it before us, and ends the node over a file that it cannot read
    return list(_sections(content, ""))


def is_for(addressee: str, node: str) -> bool:
    """Say whether a section is for a node: `*` is one part of the name, `**` any number of them."""
    parts = {"*": "/[^/]+", "**": "(?:/[^/]+)*"}
    tokens = filter(None, addressee.split("/"))
    pattern = "".join(parts.get(token, f"/{re.escape(token)}") for token in tokens)
    return re.fullmatch(pattern, node) is not None


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the options among the ROS arguments that set parameters, with their values."""
    _, for_ros = split_ros_arguments(arguments)
    for option, value in pairwise(for_ros):
        if option in (FILE, *RULES):
            yield option, value


def _sections(content: Any, prefix: str) -> Iterator[str]:
    if not isinstance(content, Mapping):
        return
    for name, inner in content.items():
        if name == PARAMETERS:
            yield prefix
        else:  # namespaces may be nested
            yield from _sections(inner, f"{prefix}/{name}" if prefix else str(name))


def _addressees(rule: str) -> list[str]:
    """Return the node of a rule `node:name:=value`; nothing where it is for every node."""
    addressee = rule.partition(":=")[0].rpartition(":")[0]
    return [addressee] if addressee else []
