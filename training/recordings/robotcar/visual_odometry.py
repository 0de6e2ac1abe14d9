"""Visual odometry of a traversal, `vo/vo.csv`: relative poses chained to paths of the vehicle."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.recordings.robotcar.csv_row import read_csv
from training.recordings.robotcar.xyzrpy import pose_from_xyzrpy
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Pose

SOURCE, DESTINATION = "source_timestamp", "destination_timestamp"
COMPONENTS = ("x", "y", "z", "roll", "pitch", "yaw")

START = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


@dataclass(frozen=True, slots=True)
class VisualOdometry:
    """The chains of a table: a row that does not go on from the row before it begins a new one."""

    path: Path
    chains: tuple[dict[int, Pose], ...]
    """`T_start_vehicle` by stamp; each chain has a start of its own."""
    first_lines: tuple[int, ...]
    """The line with which each chain begins."""


def read_visual_odometry(path: Path) -> VisualOdometry:
    """Read rows of a source stamp, the earlier destination stamp, and `T_destination_source`.

    Raises:
        RecordingError: missing, damaged, without rows, or a source that is not the later one.
    """
    chains: list[dict[int, Pose]] = []
    first_lines: list[int] = []
    latest_ns = 0
    for row in read_csv(path, (SOURCE, DESTINATION, *COMPONENTS)):
        later_ns, earlier_ns = row.stamp_ns(SOURCE), row.stamp_ns(DESTINATION)
        if not max(earlier_ns, latest_ns) < later_ns:
            raise RecordingError(
                f"{row.where}: the source must be later than its destination and the row before"
            )
        if earlier_ns != latest_ns or not chains:
            chains.append({earlier_ns: START})
            first_lines.append(row.line)
        T_earlier_later = pose_from_xyzrpy(row.numbers(COMPONENTS))
        chains[-1][later_ns] = chains[-1][earlier_ns] @ T_earlier_later
        latest_ns = later_ns
    if not chains:
        raise RecordingError(f"{path}: holds no rows")
    return VisualOdometry(path, tuple(chains), tuple(first_lines))
