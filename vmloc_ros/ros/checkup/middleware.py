"""ROS 2 as this shell sets it up: who can be heard, and whether images come through."""

import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vmloc_ros.ros.checkup.finding import Finding, error, ok, warn
from vmloc_ros.ros.checkup.packages import import_failure
from vmloc_ros.ros.profiles import VARIABLE, large_messages_profile

SHARED_MEMORY = Path("/dev/shm")
ENOUGH_MB = 256
"""The large-message profile takes 64 MiB for each process that publishes."""
HIGHEST_DOMAIN = 232
"""Above it the ports of UDP run out."""
RANGES = ("SUBNET", "LOCALHOST", "OFF", "SYSTEM_DEFAULT")

OPTIONAL: Mapping[str, str] = {
    "tf2_ros": "no transforms: the extrinsic must be a parameter, tf_mode must be none",
    "cv_bridge": "nothing is lost: the package's own decoder gives the same arrays",
    "sensor_msgs_py": "nothing is lost: the package reads point clouds itself",
}
"""Packages of a ROS installation, and what is lost without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Middleware:
    """What the environment says."""

    rclpy_failure: str = ""
    """Why rclpy cannot be imported."""
    rmw: str = ""
    """The implementation that is loaded."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables; those that are not set are absent."""
    profile: Path | None = None
    """The large-message profile that the package brings."""
    shared_memory_mb: int | None = None
    """Free space; None where there is no shared memory."""
    installed: frozenset[str] = frozenset()
    """Those of `OPTIONAL` that are there."""


def observe_middleware() -> Middleware:
    """Look at the environment; imports rclpy."""
    failure = import_failure("rclpy")
    return Middleware(
        rclpy_failure=failure,
        rmw="" if failure else _rmw(),
        variables=dict(os.environ),
        profile=large_messages_profile(),
        shared_memory_mb=_free_mb(SHARED_MEMORY),
        installed=frozenset(name for name in OPTIONAL if importlib.util.find_spec(name)),
    )


def can_start(seen: Middleware) -> bool:
    """Say whether a node can be made at all."""
    return not seen.rclpy_failure and _is_domain(seen.variables.get("ROS_DOMAIN_ID", ""))


def judge_middleware(seen: Middleware) -> Iterator[Finding]:
    """Say who can be heard from here, and how large messages travel."""
    if seen.rclpy_failure:
        yield error(
            "ROS 2",
            f"rclpy cannot be imported: {seen.rclpy_failure}",
            "source /opt/ros/jazzy/setup.bash, or install the wheels: pip install '.[ros]'",
        )
    else:
        distribution = seen.variables.get("ROS_DISTRO") or "no ROS_DISTRO (not sourced: wheels)"
        yield ok("ROS 2", f"{distribution}, {seen.rmw}")
    yield _judge_domain(seen.variables.get("ROS_DOMAIN_ID", ""))
    yield _judge_discovery(seen.variables)
    yield _judge_profile(seen)
    yield _judge_shared_memory(seen.shared_memory_mb)
    yield from _list_optional(seen.installed)


def _judge_domain(value: str) -> Finding:
    if not _is_domain(value):
        return error(
            "domain",
            f"ROS_DOMAIN_ID is '{value}', no number of 0 to {HIGHEST_DOMAIN}",
            "export ROS_DOMAIN_ID=0, the same on every machine of the robot",
        )
    return ok("domain", f"ROS_DOMAIN_ID {value or '0, not set'}")


def _is_domain(value: str) -> bool:
    return not value or (value.isdecimal() and int(value) <= HIGHEST_DOMAIN)


def _judge_discovery(variables: Mapping[str, str]) -> Finding:
    local_only = variables.get("ROS_LOCALHOST_ONLY", "0")
    if local_only not in ("", "0"):
        return warn(
            "discovery",
            f"ROS_LOCALHOST_ONLY={local_only}: other machines are not heard, and "
            "ROS_AUTOMATIC_DISCOVERY_RANGE does not count",
            "unset ROS_LOCALHOST_ONLY; export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST or SUBNET",
        )
    reach = variables.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "") or "SUBNET"
    if reach == "OFF" or reach not in RANGES:
        return warn(
            "discovery",
            f"ROS_AUTOMATIC_DISCOVERY_RANGE={reach}: "
            + ("nobody is found" if reach == "OFF" else f"none of {', '.join(RANGES)}"),
            "export ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET, or LOCALHOST for this machine alone",
        )
    return ok("discovery", f"range {reach}")


def _judge_profile(seen: Middleware) -> Finding:
    if seen.rmw and "fastrtps" not in seen.rmw:
        return ok("large messages", f"the Fast DDS profile does not matter to {seen.rmw}")
    value = seen.variables.get(VARIABLE, "")
    command = f"export {VARIABLE}={seen.profile or '…/config/fastdds_large_messages.xml'}"
    if not value:
        return warn(
            "large messages",
            "Fast DDS runs with its stock shared memory, in which best-effort images are lost",
            f"here and where the camera driver starts: {command}",
        )
    if not Path(value).is_file():
        return error("large messages", f"{VARIABLE} names {value}, which is no file", command)
    return ok("large messages", f"profile {value}")


def _judge_shared_memory(free_mb: int | None) -> Finding:
    if free_mb is None:
        return warn(
            "shared memory",
            f"{SHARED_MEMORY} is not there: images go over UDP, and large ones are lost",
            "mount it; in a container: docker run --ipc=host",
        )
    if free_mb < ENOUGH_MB:
        return warn(
            "shared memory",
            f"{free_mb} MB free in {SHARED_MEMORY}; images need some 64 MB for each publisher",
            "docker run --shm-size=1g (or --ipc=host); else remove left-over /dev/shm/fastrtps_*",
        )
    return ok("shared memory", f"{free_mb} MB free in {SHARED_MEMORY}")


def _list_optional(installed: frozenset[str]) -> Iterator[Finding]:
    for name, loss in OPTIONAL.items():
        yield ok(name, "installed" if name in installed else f"not installed; {loss}")


def _rmw() -> str:
    from rclpy.utilities import get_rmw_implementation_identifier

    return str(get_rmw_implementation_identifier())


def _free_mb(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free // 2**20
    except OSError:
        return None
