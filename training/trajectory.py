"""`Trajectory`: stamped poses, and the TUM text format for them."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from vmloc_ros.errors import RecordingError, VmlocError
from vmloc_ros.pose import Pose

_STAMP = re.compile(r"\d+(?:\.\d{1,9})?|\d\.\d{1,24}e[+-]\d{2}")
"""Seconds, or as evo and numpy write a float, which need not be whole nanoseconds."""
_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Poses T_map_camera at their stamps, in the order in which they were recorded.

    Raises:
        RecordingError: lengths differ, a stamp is negative or occurs twice.
    """

    stamps_ns: tuple[int, ...]
    poses: tuple[Pose, ...]

    def __post_init__(self) -> None:
        if len(self.stamps_ns) != len(self.poses):
            raise RecordingError(
                f"a trajectory needs a stamp for each pose, got {len(self.stamps_ns)} stamps "
                f"and {len(self.poses)} poses"
            )
        seen: set[int] = set()
        for stamp_ns in self.stamps_ns:
            if stamp_ns < 0 or stamp_ns in seen:
                fault = "is negative" if stamp_ns < 0 else "occurs twice"
                raise RecordingError(
                    f"the stamp {stamp_ns} ns {fault}; a trajectory needs each stamp once, from 0"
                )
            seen.add(stamp_ns)

    def __len__(self) -> int:
        return len(self.poses)


def write_tum(path: Path, trajectory: Trajectory) -> None:
    """Write `stamp x y z qx qy qz qw` lines: seconds with nine decimals, metres, 17 digits.

    Seventeen significant digits bring every float64 back; the stamp is exact to the nanosecond.
    """
    lines = map(_line, trajectory.stamps_ns, trajectory.poses)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text("".join(lines), encoding="utf-8")
        beside.replace(path)
    except OSError as err:
        beside.unlink(missing_ok=True)
        raise RecordingError(f"{path}: cannot write the trajectory ({err.strerror})") from err


def _line(stamp_ns: int, pose: Pose) -> str:
    seconds, nanoseconds = divmod(stamp_ns, _NS_PER_S)
    numbers = " ".join(f"{number:.17g}" for number in (*pose.position, *pose.quat_xyzw))
    return f"{seconds}.{nanoseconds:09d} {numbers}\n"


def read_tum(path: Path) -> Trajectory:
    """Read a TUM file; empty lines and lines that start with # are skipped.

    Raises:
        RecordingError: unreadable, or a line that is not `stamp x y z qx qy qz qw`; it is named.
    """
    stamped = dict(_stamped_poses(path))
    return Trajectory(tuple(stamped), tuple(stamped.values()))


def _stamped_poses(path: Path) -> Iterator[tuple[int, Pose]]:
    seen: set[int] = set()
    for number, line in enumerate(_read_text(path).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            stamp_ns, pose = _parse(line.split())
        except (ValueError, VmlocError) as err:
            raise RecordingError(f"{path}, line {number}: {err}") from err
        if stamp_ns in seen:
            raise RecordingError(f"{path}, line {number}: the stamp {line.split()[0]} occurs twice")
        seen.add(stamp_ns)
        yield stamp_ns, pose


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "not a text file"
        raise RecordingError(f"{path}: cannot read the trajectory ({reason})") from err


def _parse(fields: list[str]) -> tuple[int, Pose]:
    if len(fields) != 8:
        raise ValueError(f"expected 8 fields (stamp x y z qx qy qz qw), got {len(fields)}")
    if not _STAMP.fullmatch(fields[0]):
        raise ValueError(
            f"expected a stamp in seconds with at most nine decimals, got {fields[0]!r}"
        )
    # Never through a float: at today's epoch float64 seconds are only good to 0.2 µs.
    stamp_ns = int(Decimal(fields[0]).scaleb(9).to_integral_value())
    numbers = np.array([float(text) for text in fields[1:]])
    return stamp_ns, Pose(numbers[:3], numbers[3:])
