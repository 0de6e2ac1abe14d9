"""`Frame`: what the sensors saw at one moment. The only representation of it in the package."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import MessageError


@dataclass(frozen=True, slots=True)
class Camera:
    """Pinhole camera: size and intrinsics in pixels, x right, y down, z forward (REP-103 optical).

    Pixel centres are at integer coordinates: the top-left pixel covers [-0.5, 0.5).
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: Distortion | None = None
    """Of the lens; None where it has none, or where the image is rectified."""

    def matrix(self) -> NDArray[np.float64]:
        """Return K (3, 3)."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    def cropped(self, left: int, top: int, width: int, height: int) -> "Camera":
        """Return the camera of the image region that starts at (left, top)."""
        return replace(self, width=width, height=height, cx=self.cx - left, cy=self.cy - top)

    def resized(self, width: int, height: int) -> "Camera":
        """Return the camera of the whole image scaled to width × height."""
        sx, sy = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=(self.cx + 0.5) * sx - 0.5,
            cy=(self.cy + 0.5) * sy - 0.5,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Synchronised sensor data, decoded. Absent sensors are None; arrays are not to be written to.

    Raises:
        MessageError: an array has another shape or type than stated here, or nothing is present.
    """

    stamp_ns: int
    """Acquisition time of the image (of the cloud, where there is no image), nanoseconds."""
    camera_frame: str
    """Name of the optical frame whose pose is asked for."""
    rgb: NDArray[np.uint8] | None = None
    """(H, W, 3) colour, RGB order."""
    depth_mm: NDArray[np.uint16] | None = None
    """(H', W') depth along the optical axis, millimetres, 0 = no return."""
    points: NDArray[np.float32] | None = None
    """(N, 4) lidar returns x, y, z (m, lidar frame) and intensity."""
    camera: Camera | None = None
    """Intrinsics of the colour image (of the depth image, where there is no colour)."""
    T_camera_lidar: NDArray[np.float64] | None = None
    """(4, 4) takes lidar coordinates to the camera's optical frame."""

    def __post_init__(self) -> None:
        _check("rgb", self.rgb, np.uint8, (None, None, 3))
        _check("depth_mm", self.depth_mm, np.uint16, (None, None))
        _check("points", self.points, np.float32, (None, 4))
        _check("T_camera_lidar", self.T_camera_lidar, np.float64, (4, 4))
        if self.rgb is None and self.depth_mm is None and self.points is None:
            raise MessageError("a frame needs at least one of rgb, depth_mm, points")


def _check(
    name: str,
    array: NDArray[np.generic] | None,
    dtype: type[np.generic],
    shape: tuple[int | None, ...],
) -> None:
    if array is None:
        return
    fits = array.ndim == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if array.dtype != dtype or not fits:
        wanted = " × ".join("N" if size is None else str(size) for size in shape)
        raise MessageError(
            f"frame.{name} must be {np.dtype(dtype).name} {wanted}, got {array.dtype} {array.shape}"
        )
