"""The arrows between the rooms go one way: read from the import statements, lazy ones too."""

import ast
import graphlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ROS = ("rclpy", "tf2_*", "*_msgs")
TORCH = ("torch", "torchvision")
OFFLINE = ("training", "rosbags", "matplotlib", "lightning")

FORBIDDEN = {
    "vmloc_ros": OFFLINE,
    "vmloc_ros.ros": OFFLINE,
    "training": ("vmloc_ros.ros",),
    "launch": ("vmloc_ros", *TORCH),
}
"""What a room must not import: the longest entry that fits a module counts, plus `ROS` outside
`vmloc_ros.ros` and launch/, plus the floors below."""

ALLOWED = {
    ("vmloc_ros.ros.player", "rosbags"),  # plays bags without ros2 bag
}

FLOORS = (
    (
        *("calibration", "causes", "config", "distortion", "errors", "frame", "interface", "pose"),
        *("remoteness", "sensor_rig", "validity"),
    ),
    ("messages", "pairing", "sweeps"),
    ("depth_encoding", "familiarity", "latent_window", "lens", "lidar", "preprocessing", "model"),
    ("bundle", "engine", "refinement"),
    ("localizer", "viewer"),
    ("ros",),
)
"""The rooms of vmloc_ros from the ground up: a module sees its own floor and those below."""

WITHOUT_TORCH = (*FLOORS[0], "messages", "pairing", "sweeps")
MODEL_SEES = ("config", "errors", "pose", "validity", "model")


@dataclass(frozen=True)
class Import:
    """One imported name and where it stands."""

    name: str
    line: int
    lazy: bool
    """Inside a function: not run at import."""


def imports(source: str, module: str) -> Iterator[Import]:
    """List what a source text imports: statements, at any depth, and import_module("...")."""
    yield from _imports_below(ast.parse(source), module, lazy=False)


def _imports_below(node: ast.AST, module: str, lazy: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for name in _imported_names(child, module):
            yield Import(name, child.lineno, lazy)
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _imports_below(child, module, lazy or inside)


def _imported_names(node: ast.AST, module: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = ".".join(module.split(".")[: -node.level]) if node.level else ""
        base = ".".join(part for part in (package, node.module) if part)
        return [f"{base}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = ast.unparse(node.func).rsplit(".", 1)[-1]
        if called in ("import_module", "__import__"):
            return [str(node.args[0].value)]
    return []


def violations(source: str, module: str) -> list[str]:
    """Say which imports of a module break the rules of its room."""
    return [
        f"{module}:{found.line}: {module} must not import {found.name}"
        for found in imports(source, module)
        if not _is_allowed(module, found.name)
    ]


def _is_allowed(module: str, name: str) -> bool:
    if any(_is_in(module, room) and _is_in(name, what) for room, what in ALLOWED):
        return True
    return not any(_is_in(name, what) for what in _forbidden(module)) and _goes_down(module, name)


def _forbidden(module: str) -> tuple[str, ...]:
    rooms = [room for room in FORBIDDEN if _is_in(module, room)]
    forbidden = FORBIDDEN[max(rooms, key=len)]
    if not (_is_in(module, "vmloc_ros.ros") or _is_in(module, "launch")):
        forbidden += ROS
    if any(_is_in(module, f"vmloc_ros.{room}") for room in WITHOUT_TORCH):
        forbidden += TORCH
    return forbidden


def _is_in(name: str, room: str) -> bool:
    """Whether a dotted name is a room or lies in it; `*_msgs` fits the first part."""
    parts = room.split(".")
    return all(map(fnmatchcase, name.split("."), parts)) and name.count(".") >= len(parts) - 1


def _goes_down(module: str, name: str) -> bool:
    if not (_is_in(module, "vmloc_ros") and name.startswith("vmloc_ros.")):
        return True
    room, seen = module.split(".")[1], name.split(".")[1]
    if seen.startswith("__") or room.startswith("__"):
        return seen.startswith("__")  # vmloc_ros/__init__.py holds the version, nothing else
    if room == "model":
        return seen in MODEL_SEES
    return _floor(seen) <= _floor(room)


def _floor(room: str) -> int:
    for number, rooms in enumerate(FLOORS):
        if room in rooms:
            return number
    raise AssertionError(f"vmloc_ros/{room} has no floor: give it one in {Path(__file__).name}")


def modules() -> dict[str, Path]:
    """Return every module that the rules bind, by dotted name."""
    paths = [path for room in FORBIDDEN for path in (ROOT / room).rglob("*.py")]
    return {_module_name(path): path for path in paths}


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part.replace(".", "_") for part in parts)  # __init__ stays a name of its own


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_imports_only_what_its_room_allows(module):
    assert violations(modules()[module].read_text(encoding="utf-8"), module) == []


def test_no_two_modules_need_each_other_at_import():
    known = modules()
    needs = {
        module: {
            target
            for found in imports(path.read_text(encoding="utf-8"), module)
            for target in (found.name, found.name.rpartition(".")[0])
            if not found.lazy and target in known and target != module
        }
        for module, path in known.items()
    }
    tuple(graphlib.TopologicalSorter(needs).static_order())  # raises CycleError


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("vmloc_ros.localizer", "import training.metrics"),
        ("vmloc_ros.localizer", "from vmloc_ros.ros import localizer_node"),
        ("vmloc_ros.ros.worker", "import matplotlib.pyplot as plt"),
        ("vmloc_ros.ros.worker", "from rosbags.image import message_to_cvimage"),
        ("vmloc_ros.messages", "from rosbags.highlevel import AnyReader"),
        ("vmloc_ros.messages", "from sensor_msgs.msg import Image"),
        ("vmloc_ros.pairing", "def add():\n    import torch"),
        ("vmloc_ros.pose", "from torch import Tensor"),
        ("vmloc_ros.pose", "from vmloc_ros.messages import stamp_ns"),
        ("vmloc_ros.pose", "from vmloc_ros import messages"),
        ("vmloc_ros.pose", "from .messages import stamp_ns"),
        ("vmloc_ros.model.vmloc", "from vmloc_ros.frame import Frame"),
        ("vmloc_ros.preprocessing", "from vmloc_ros.bundle import Bundle"),
        ("vmloc_ros.__init__", "from vmloc_ros.localizer import Localizer"),
        ("training.cli", "from vmloc_ros.ros.player import main"),
        ("training.cli", "from vmloc_ros import ros"),
        ("training.cli", "import importlib\nimportlib.import_module('rclpy')"),
        ("training.recordings.bag", "try:\n    import tf2_ros\nexcept ImportError:\n    pass"),
        ("launch.localizer_launch", "import vmloc_ros.config"),
        ("launch.localizer_launch", "import torch"),
    ],
)
def test_a_planted_violation_is_reported(module, source):
    (report,) = violations(source, module)
    assert report.startswith(f"{module}:")
    assert "must not import" in report


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("vmloc_ros.ros.player", "from rosbags.highlevel import AnyReader"),
        ("vmloc_ros.ros.localizer_node", "import rclpy\nfrom vmloc_ros.localizer import Localizer"),
        ("vmloc_ros.localizer", "from vmloc_ros import __version__"),
        ("training.train", "import torch\nfrom vmloc_ros.model.vmloc import VMLoc"),
        ("training.train", "import rclpy_like, msgs"),
        ("launch.localizer_launch", "from launch_ros.actions import LifecycleNode"),
    ],
)
def test_an_import_along_the_arrows_is_not_reported(module, source):
    assert violations(source, module) == []


def test_a_module_without_a_floor_is_refused():
    with pytest.raises(AssertionError, match="vmloc_ros/helpers has no floor"):
        violations("from vmloc_ros.pose import Pose", "vmloc_ros.helpers")
