"""`DoctorOptions`: the doctor's command line."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.checkup.requirements import CAMERA_INFO, OPTIONS
from vmloc_ros.ros.ros_arguments import split_ros_arguments

LONGEST_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """What to check. What is None or absent comes from the running node, else the defaults."""

    name: str = "vmloc"
    namespace: str = ""
    bundle: Path | None = None
    params_file: Path | None = None
    device: str | None = None
    topics: Mapping[str, str] = field(default_factory=dict)
    """Named topics by stream; an empty name leaves the stream out."""
    listen_s: float = 2.5
    as_json: bool = False
    ros_args: tuple[str, ...] = ()
    """Remappings and the like, for the doctor's own node."""

    @property
    def node(self) -> str:
        """Full name of the localizer."""
        return "/".join(["", *filter(None, f"{self.namespace}/{self.name}".split("/"))])


def parse_options(args: Sequence[str]) -> DoctorOptions:
    """Read the command line.

    Raises:
        ConfigError: a value that cannot be used.
    """
    own, for_ros = split_ros_arguments(args)
    given = _parser().parse_args(own)
    if not 0.0 < given.listen <= LONGEST_S:
        raise ConfigError(f"--listen must be above 0 and at most {LONGEST_S:g} s")
    named = {stream: getattr(given, stream) for stream in OPTIONS}
    return DoctorOptions(
        name=given.name,
        namespace=given.namespace,
        bundle=given.bundle,
        params_file=given.params_file,
        device=given.device,
        topics={stream: topic for stream, topic in named.items() if topic is not None},
        listen_s=given.listen,
        as_json=given.json,
        ros_args=tuple(for_ros),
    )


def _parser() -> argparse.ArgumentParser:
    default = DoctorOptions()
    parser = argparse.ArgumentParser(
        "vmloc doctor",
        description="Find out why there are no poses, or wrong ones, and what to do.",
        epilog="Exit status: 0 nothing wrong (warnings allowed), 1 errors found, 2 cannot run. "
        "What is not named is asked of the running node. Remappings may follow --ros-args.",
    )
    add = parser.add_argument
    add("--bundle", type=Path, metavar="PATH", help="model bundle")
    add("--params-file", type=Path, metavar="FILE", help="parameters that the node is to get")
    add("--device", help="auto, cpu, cuda or cuda:N")
    add("--namespace", default=default.namespace, metavar="/NS", help="namespace of the node")
    add("--name", default=default.name, help="name of the node (%(default)s)")
    for stream, (name, what) in _TOPICS.items():
        add(name, dest=stream, metavar="TOPIC", help=f"{what}; '' leaves it out")
    add(
        "--listen",
        type=float,
        default=default.listen_s,
        metavar="S",
        help="how long to hear the topics (%(default)s s)",
    )
    add("--json", action="store_true", help="for machines")
    return parser


_TOPICS: Mapping[str, tuple[str, str]] = {
    "rgb": (OPTIONS["rgb"], "topic of the colour image"),
    "depth": (OPTIONS["depth"], "topic of the depth image"),
    "lidar": (OPTIONS["lidar"], "topic of the point cloud"),
    CAMERA_INFO: (OPTIONS[CAMERA_INFO], "calibration of the camera"),
}
