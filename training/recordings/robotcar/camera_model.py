"""`CameraModel`: the centre camera of the stereo head, from raw pixels to a pinhole image.

`models/stereo_narrow_left.txt`: a line fx fy cx cy, then `G_camera_image`, 4 × 4, from the optical
frame to the axes of the vehicle (x forward, y right, z down).
`models/stereo_narrow_left_distortion_lut.bin`: float64, all columns and then all rows at which the
pixels of the undistorted image, row by row, lie in the raw one.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.recordings.image_file import read_rgb
from vmloc_ros.errors import RecordingError, VmlocError
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Pose

CAMERA = "stereo_narrow_left"
"""What the centre camera is called in the tools: it is the left one of the narrow pair."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraModel:
    """Intrinsics and the table that undistorts."""

    path: Path
    fx: float
    fy: float
    cx: float
    cy: float
    T_camera_image: Pose
    """From the optical frame to the camera with the axes of the vehicle."""
    columns_rows_px: NDArray[np.float32]
    """(2, N): where the N pixels of the undistorted image lie in the raw one."""

    def camera(self, width: int, height: int) -> Camera:
        """Return the pinhole camera of undistorted images."""
        return Camera(width, height, self.fx, self.fy, self.cx, self.cy)

    def undistort(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the pinhole image (H, W, 3) of a raw one; black where it saw nothing.

        Raises:
            RecordingError: the table is for another size.
        """
        height, width = image.shape[:2]
        if height * width != self.columns_rows_px.shape[1]:
            raise RecordingError(
                f"{self.path}: undistorts {self.columns_rows_px.shape[1]} pixels, not an image of "
                f"{width}×{height}"
            )
        columns, rows = self.columns_rows_px.reshape(2, height, width)
        straight = cv2.remap(image, columns, rows, cv2.INTER_LINEAR)
        return np.asarray(straight, dtype=np.uint8)

    def read_image(self, path: Path) -> NDArray[np.uint8]:
        """Read a raw picture as undistorted (H, W, 3) RGB.

        Raises:
            RecordingError: missing, truncated, in colour already, or of another size.
        """
        grey = read_rgb(path)
        if not np.array_equal(grey[..., 0], grey[..., 1]):
            raise RecordingError(
                f"{path}: is in colour; expected the raw Bayer picture of the download"
            )
        return self.undistort(demosaic(grey[..., 0]))


def demosaic(raw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the colours (H, W, 3) RGB of a raw picture (H, W): rows G B G B…, R G R G…."""
    rgb = cv2.cvtColor(np.ascontiguousarray(raw), cv2.COLOR_BayerGBRG2RGB)
    return np.asarray(rgb, dtype=np.uint8)


def read_camera_model(models: Path) -> CameraModel:
    """Read the model of the centre camera.

    Raises:
        RecordingError: a file that is missing or damaged.
    """
    path = models / f"{CAMERA}.txt"
    numbers = _read_numbers(path)
    fx, fy, cx, cy = (float(value) for value in numbers[:4])
    try:
        T_camera_image = Pose.from_matrix(numbers[4:].reshape(4, 4))
    except VmlocError as err:
        raise RecordingError(f"{path}, line 2: {err}") from err
    table = models / f"{CAMERA}_distortion_lut.bin"
    return CameraModel(table, fx, fy, cx, cy, T_camera_image, _read_table(table))


def _read_numbers(path: Path) -> NDArray[np.float64]:
    try:
        numbers = np.array(path.read_text(encoding="utf-8").split(), dtype=np.float64)
    except (OSError, ValueError) as err:
        raise RecordingError(f"{path}: cannot be read as numbers ({err})") from err
    if numbers.size != 20 or not np.isfinite(numbers).all() or min(numbers[:2]) <= 0.0:
        raise RecordingError(
            f"{path}: expected fx fy cx cy and a 4 × 4 matrix, got {numbers.size} numbers"
        )
    return numbers


def _read_table(path: Path) -> NDArray[np.float32]:
    try:
        data = path.read_bytes()
    except OSError as err:
        raise RecordingError(f"{path}: cannot be read ({err.strerror})") from err
    if not data or len(data) % 16:
        raise RecordingError(
            f"{path}: truncated; {len(data)} bytes are no two float64 for each pixel"
        )
    # float32 keeps such coordinates to a ten-thousandth of a pixel, more than the image holds.
    return np.frombuffer(data, "<f8").reshape(2, -1).astype(np.float32)
