"""`Traversal`: one drive, a folder named by its start such as `2014-06-26-08-53-56`.

stereo/centre/<microseconds>.png         raw Bayer, 8 bit
stereo.timestamps                        lines `<microseconds> <chunk>`
ldmrs/  lms_front/  lms_rear/            scans, each with a `.timestamps` file
gps/ins.csv                              inertial and GPS solution
gps/rtk.csv, or rtk.csv                  RTK solution, a download of its own
vo/vo.csv                                visual odometry
"""

import os
import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from training.recordings.robotcar.calibration import Calibration
from training.recordings.robotcar.lidar_scans import LIDARS, LidarScans
from training.recordings.robotcar.motion import Motion
from training.recordings.robotcar.navigation import NavigationLog, read_navigation
from training.recordings.robotcar.timestamps import Timestamps, file_stem, read_timestamps
from training.recordings.robotcar.visual_odometry import read_visual_odometry
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Pose

NAME = re.compile(r"\d{4}(-\d{2}){5}")
IMAGES = "stereo/centre"
POSE_SOURCES = ("ins", "rtk")


class Traversal:
    """The files of one drive. Nothing is read before it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder_name(folder)

    @cached_property
    def timestamps(self) -> Timestamps:
        """The images that should be there."""
        return read_timestamps(self.folder / "stereo.timestamps")

    @cached_property
    def stamps_ns(self) -> list[int]:
        """The stamps of the images that are there, in order."""
        on_disk = {path.stem for path in (self.folder / IMAGES).glob("*.png")}
        return [stamp for stamp in self.timestamps.stamps_ns if file_stem(stamp) in on_disk]

    def missing_images(self) -> dict[int, int]:
        """Return how many listed images are not there, by the chunk of the download."""
        present = set(self.stamps_ns)
        listed = zip(self.timestamps.stamps_ns, self.timestamps.chunks, strict=True)
        return dict(Counter(chunk for stamp, chunk in listed if stamp not in present))

    def image(self, stamp_ns: int) -> Path:
        """Return the file of an image."""
        return self.folder / IMAGES / f"{file_stem(stamp_ns)}.png"

    def lidars(self) -> list[LidarScans]:
        """Return the lidars whose folders are there.

        Raises:
            RecordingError: one of them has no list of stamps, or a damaged one.
        """
        return [
            LidarScans(self.folder, lidar) for lidar in LIDARS if (self.folder / lidar).is_dir()
        ]

    def navigation(self, source: str) -> NavigationLog:
        """Read the poses of the inertial unit, from "ins" or "rtk".

        Raises:
            RecordingError: missing or damaged.
        """
        return read_navigation(self._pose_file(source))

    def has_poses(self, source: str) -> bool:
        """Say whether there is a file of poses, from "ins" or "rtk"."""
        return self._pose_file(source).is_file()

    def _pose_file(self, source: str) -> Path:
        beside = self.folder / f"{source}.csv"
        return beside if beside.is_file() else self.folder / f"gps/{source}.csv"

    @property
    def odometry_file(self) -> Path:
        """The table of the visual odometry, which may be absent."""
        return self.folder / "vo/vo.csv"

    def motion(self, calibration: Calibration, T_map_ins: dict[int, Pose]) -> Motion:
        """Return the vehicle's motion: visual odometry, or without it the poses given.

        Odometry is smooth where the INS jumps as satellites come and go, and only smoothness
        counts over the seconds in which scans are put together.

        Raises:
            RecordingError: the odometry is damaged.
        """
        if self.odometry_file.is_file():
            return Motion(read_visual_odometry(self.odometry_file).chains)
        T_ins_vehicle = calibration.T_vehicle_ins.inverse()
        return Motion([{stamp: pose @ T_ins_vehicle for stamp, pose in T_map_ins.items()}])


def check_same_lidars(traversals: Sequence[Traversal]) -> None:
    """Refuse traversals with different lidars: the frames of some would lack points.

    Raises:
        RecordingError: names the first that differs, or that has no list of scans.
    """
    lidars = {one.name: [scans.lidar for scans in one.lidars()] for one in traversals}
    first = traversals[0].name
    for one in traversals:
        if lidars[one.name] != lidars[first]:
            have, expected = (" and ".join(lidars[name]) or "none" for name in (one.name, first))
            raise RecordingError(
                f"{one.folder}: its lidars ({have}) are not those of {first} ({expected}); "
                "download what is missing, or move the others away"
            )


def folder_name(path: Path) -> str:
    """Return the name of a folder, of "." too; links keep their own."""
    return Path(os.path.abspath(path)).name  # noqa: PTH100 (Path.resolve would follow links)


def is_traversal(path: Path) -> bool:
    """Say whether a path is the folder of a single drive."""
    has_stereo = (path / "stereo").is_dir() or (path / "stereo.timestamps").is_file()
    return has_stereo and NAME.fullmatch(folder_name(path)) is not None


def list_traversals(path: Path) -> dict[str, Traversal]:
    """Return the traversals in a folder by name, in order of time, or the one that it is.

    Raises:
        RecordingError: the folder cannot be read.
    """
    if is_traversal(path):
        return {folder_name(path): Traversal(path)}
    try:
        folders = sorted(one for one in path.iterdir() if NAME.fullmatch(one.name) and one.is_dir())
    except OSError as err:
        raise RecordingError(f"{path}: cannot be read ({err.strerror})") from err
    return {folder.name: Traversal(folder) for folder in folders}
