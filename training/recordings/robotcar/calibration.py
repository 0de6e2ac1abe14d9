"""`Calibration`: where the sensors sit on the car, and the camera's model.

The files are those of the data set's tools: `extrinsics/<sensor>.txt` and `models/<camera>*`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from training.recordings.robotcar.camera_model import CameraModel, read_camera_model
from training.recordings.robotcar.xyzrpy import pose_from_xyzrpy
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Pose

TOOLS = "robotcar-dataset-sdk"
LEVELS = 3
"""How far up the folders of the calibration are looked for: beside a traversal, set or data set."""

T_VEHICLE_BASE = Pose(np.zeros(3), Rotation.from_euler("x", 180.0, degrees=True).as_quat())
"""The axes of REP-103 (y left, z up) at the origin of the vehicle (y right, z down)."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Read once for all traversals."""

    folder: Path
    """The one that holds `extrinsics` and `models`."""
    model: CameraModel
    T_vehicle_image: Pose
    """From the optical frame of the undistorted image."""
    T_vehicle_ins: Pose

    @property
    def T_ins_image(self) -> Pose:
        """From the optical frame to the inertial unit, whose poses are known."""
        return self.T_vehicle_ins.inverse() @ self.T_vehicle_image

    @property
    def T_image_base(self) -> Pose:
        """From the frame of the points to the optical frame: `T_camera_lidar` of a `Frame`."""
        return self.T_vehicle_image.inverse() @ T_VEHICLE_BASE

    def T_vehicle_lidar(self, lidar: str) -> Pose:
        """Return where a lidar sits.

        Raises:
            RecordingError: its file is missing or damaged.
        """
        return read_extrinsics(self.folder, lidar)


def read_calibration(path: Path) -> Calibration:
    """Read the calibration that lies beside a traversal or a folder of them.

    Raises:
        RecordingError: missing or damaged; it is said where it was looked for.
    """
    folder = find_calibration(path)
    model = read_camera_model(folder / "models")
    # The file of a camera goes the other way than those of the other sensors (for this camera
    # both are the identity): it takes coordinates of the vehicle to those of the camera.
    T_vehicle_camera = read_extrinsics(folder, "stereo").inverse()
    return Calibration(
        folder, model, T_vehicle_camera @ model.T_camera_image, read_extrinsics(folder, "ins")
    )


def find_calibration(path: Path) -> Path:
    """Return the folder with `extrinsics` and `models`, or with the data set's tools in it.

    Raises:
        RecordingError: there is none at the path, nor beside it or above.
    """
    levels = (path, *path.resolve().parents)[:LEVELS]
    for folder in (place for level in levels for place in (level, level / TOOLS)):
        if (folder / "extrinsics").is_dir() and (folder / "models").is_dir():
            return folder
    raise RecordingError(
        f"{path}: no calibration: clone https://github.com/ori-mrg/{TOOLS} into this folder, "
        "or copy its folders extrinsics and models here"
    )


def read_extrinsics(folder: Path, sensor: str) -> Pose:
    """Read `T_vehicle_<sensor>`, one line x y z roll pitch yaw.

    Raises:
        RecordingError: missing, or not six numbers.
    """
    path = folder / "extrinsics" / f"{sensor}.txt"
    return pose_from_xyzrpy(_read_six(path))


def _read_six(path: Path) -> Sequence[float]:
    try:
        values = np.array(path.read_text(encoding="utf-8").split(), dtype=np.float64)
    except (OSError, ValueError) as err:
        raise RecordingError(f"{path}: cannot be read as numbers ({err})") from err
    if values.shape != (6,) or not np.isfinite(values).all():
        raise RecordingError(
            f"{path}, line 1: expected x y z roll pitch yaw, got {values.size} numbers"
        )
    return [float(value) for value in values]
