"""`LidarScans`: the scans of one lidar of a traversal.

Files `<lidar>/<microseconds>.bin` of float64 triples: x, y, reflectance of the single plane of an
LMS-151 (`lms_front`, `lms_rear`), or x, y, z of the four planes of the LD-MRS (`ldmrs`).
"""

from bisect import bisect_right
from pathlib import Path

import numpy as np

from training.recordings.robotcar.timestamps import NS_PER_US, file_stem, read_timestamps
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Array

LIDARS = ("ldmrs", "lms_front", "lms_rear")
WITH_HEIGHT = ("ldmrs",)
"""Their third number is z; the others have a reflectance there, and z = 0."""

BYTES_PER_POINT = 3 * 8


class LidarScans:
    """Reads the scans that are on disk; some that are listed may be missing, as in the data set.

    Raises:
        RecordingError: the list of stamps is missing or damaged.
    """

    def __init__(self, traversal: Path, lidar: str) -> None:
        self.lidar = lidar
        self.folder = traversal / lidar
        listed = read_timestamps(traversal / f"{lidar}.timestamps")
        on_disk = {path.stem for path in self.folder.glob("*.bin")}
        self.listed = len(listed.stamps_ns)
        self.stamps_ns = [stamp for stamp in listed.stamps_ns if file_stem(stamp) in on_disk]

    def until(self, stamp_ns: int, window_ns: int) -> list[int]:
        """Return the stamps of the scans in a window that ends with a moment.

        Nothing later than that moment counts: on the road there is no later scan.
        """
        first = bisect_right(self.stamps_ns, stamp_ns - window_ns)
        return self.stamps_ns[first : bisect_right(self.stamps_ns, stamp_ns)]

    def path(self, stamp_ns: int) -> Path:
        """Return the file of a scan."""
        return self.folder / f"{stamp_ns // NS_PER_US}.bin"

    def read(self, stamp_ns: int) -> Array:
        """Read a scan (N, 4), in the frame of the lidar.

        Raises:
            RecordingError: missing, truncated, or with NaN.
        """
        return read_scan(self.path(stamp_ns), with_height=self.lidar in WITH_HEIGHT)


def read_scan(path: Path, *, with_height: bool) -> Array:
    """Read the returns (N, 4) of a scan: x, y, z in metres, and reflectance or 0.

    Raises:
        RecordingError: missing, truncated, or with NaN.
    """
    try:
        data = path.read_bytes()
    except OSError as err:
        raise RecordingError(f"{path}: cannot be read ({err.strerror})") from err
    if len(data) % BYTES_PER_POINT:
        raise RecordingError(
            f"{path}: truncated; {len(data)} bytes are no multiple of {BYTES_PER_POINT}"
        )
    triples = np.frombuffer(data, "<f8").reshape(-1, 3)
    if not np.isfinite(triples).all():
        raise RecordingError(f"{path}: holds points with NaN or infinity")
    scan = np.zeros((len(triples), 4))
    scan[:, [0, 1, 2 if with_height else 3]] = triples
    # A return from the lidar itself is none.
    return scan[scan[:, :3].any(axis=1)]
