"""`NavigationLog`: where the inertial unit was, from `gps/ins.csv` or an RTK solution.

The tables give a position as northing, easting and down, and angles of a body with x forward, y
right, z down. All of it is taken in that one frame and turned to map as a whole. Position with the
`altitude` column, which points up, beside these angles would be a mirrored pose, no rotation.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from training.recordings.ground_truth import MAX_GAP_NS
from training.recordings.robotcar.csv_row import CsvRow, read_csv
from training.recordings.robotcar.xyzrpy import rotation_from_rpy
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Array, Pose

STAMP, STATUS = "timestamp", "ins_status"
POSITION = ("northing", "easting", "down")
ALTITUDE = "altitude"
ANGLES = ("roll", "pitch", "yaw")
GOOD = "INS_SOLUTION_GOOD"

R_MAP_NED = Rotation.from_matrix([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
"""North, east, down to east, north, up."""

FULL_TURN_RAD = 2.0 * np.pi
FARTHEST_M = 2e7
"""Half way around the earth: no northing or easting is larger."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a good solution, between two lines of the table."""

    first_line: int
    last_line: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class NavigationLog:
    """The rows with a good solution, N of them."""

    path: Path
    stamps_ns: NDArray[np.int64]
    """(N,), increasing."""
    lines: NDArray[np.int64]
    """(N,) where each row stands."""
    ned_m: Array
    """(N, 3) northing, easting, down."""
    altitude_m: Array
    """(N,), up: only to check the sign of down."""
    rpy_rad: Array
    """(N, 3) of the inertial unit."""
    rejected: Mapping[str, int]
    """Rows left out, by their status."""

    def poses(self) -> dict[int, Pose]:
        """Return `T_map_ins` by stamp, in float64 and without an offset."""
        positions = R_MAP_NED.apply(self.ned_m)
        quats = (R_MAP_NED * rotation_from_rpy(self.rpy_rad)).as_quat()
        stamps = self.stamps_ns.tolist()
        return {stamp: Pose(*pose) for stamp, *pose in zip(stamps, positions, quats, strict=True)}

    def gaps(self) -> list[Gap]:
        """Return the stretches over which no pose is interpolated."""
        steps_ns = np.diff(self.stamps_ns)
        return [
            Gap(int(self.lines[k]), int(self.lines[k + 1]), float(steps_ns[k]) * 1e-9)
            for k in np.flatnonzero(steps_ns > MAX_GAP_NS)
        ]


def read_navigation(path: Path) -> NavigationLog:
    """Read `ins.csv` or `rtk.csv`. Rows of a status other than good are left out and counted.

    Raises:
        RecordingError: missing, damaged, stamps that do not increase, or no good row; its line.
    """
    rejected: Counter[str] = Counter()
    rows = list(_good_rows(path, rejected))
    if not rows:
        seen = ", ".join(f"{count} {status}" for status, count in rejected.items()) or "no rows"
        raise RecordingError(f"{path}: holds no {GOOD} row ({seen})")
    stamps_ns, lines, values = zip(*rows, strict=True)
    table = np.array(values, dtype=np.float64)
    return NavigationLog(
        path=path,
        stamps_ns=np.array(stamps_ns, dtype=np.int64),
        lines=np.array(lines, dtype=np.int64),
        ned_m=table[:, :3],
        altitude_m=table[:, 3],
        rpy_rad=table[:, 4:],
        rejected=dict(rejected),
    )


def _good_rows(path: Path, rejected: Counter[str]) -> Iterator[tuple[int, int, list[float]]]:
    """Yield stamp, line, and northing, easting, down, altitude, roll, pitch, yaw."""
    latest_ns = 0
    for row in read_csv(path, (STAMP, *POSITION, ALTITUDE, *ANGLES)):
        stamp_ns = row.stamp_ns(STAMP)
        if stamp_ns <= latest_ns:
            raise RecordingError(f"{row.where}: stamps must increase, got {row.cells[STAMP]}")
        latest_ns = stamp_ns
        status = row.cells.get(STATUS, GOOD)  # an RTK solution has no such column
        if status == GOOD:
            yield stamp_ns, row.line, _values(row)
        else:
            rejected[status] += 1


def _values(row: CsvRow) -> list[float]:
    values = row.numbers((*POSITION, ALTITUDE, *ANGLES))
    if max(map(abs, values[:3])) > FARTHEST_M:
        raise RecordingError(f"{row.where}: no place on earth: {', '.join(POSITION)} {values[:3]}")
    if max(map(abs, values[4:])) > FULL_TURN_RAD:
        raise RecordingError(f"{row.where}: roll, pitch, yaw must be radians, got {values[4:]}")
    return values
