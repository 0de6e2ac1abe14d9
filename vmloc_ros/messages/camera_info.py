"""`sensor_msgs/CameraInfo` → `Camera`, and the `Distortion` of its lens."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera

COEFFICIENTS = {"": 0, "plumb_bob": 5, "rational_polynomial": 8}
"""How many numbers each model of distortion has that is understood; "": no distortion."""


def decode_camera(msg: Any, is_rectified: bool = False) -> Camera:
    """Read the intrinsics of the image that the message goes with, without its distortion.

    Region of interest and binning are applied, so that the size is that of the image.

    Args:
        msg: tells of the raw image and of the rectified one.
        is_rectified: which of the two is meant: P of the message counts in place of K.

    Raises:
        MessageError: an uncalibrated camera (K[0] is 0), or numbers that describe none.
    """
    K = _matrix(msg, is_rectified)
    width, height = int(msg.width), int(msg.height)
    if K.shape != (9,) or not np.isfinite(K).all() or min(width, height) < 0:
        raise MessageError(f"camera_info describes no camera: {width}×{height}, K = {K.tolist()}")
    if K[0] <= 0.0 or K[4] <= 0.0 or min(width, height) == 0:
        raise MessageError(
            f"the camera is not calibrated: camera_info says {width}×{height}, fx {K[0]:g}, "
            f"fy {K[4]:g}; calibrate it and let its driver publish the result"
        )
    camera = Camera(width, height, float(K[0]), float(K[4]), float(K[2]), float(K[5]))
    return _binned(_cut(camera, msg), msg)


def decode_distortion(msg: Any) -> Distortion | None:
    """Read the distortion of the lens: that of the raw image, which a rectified one has no more.

    It is in units of the focal length, so that region of interest and binning do not change it.

    Returns:
        None, where the lens has none.

    Raises:
        MessageError: a model of distortion other than plumb_bob and rational_polynomial, or
            numbers that do not belong to it.
    """
    model = str(getattr(msg, "distortion_model", ""))
    D = np.asarray(msg.d if hasattr(msg, "d") else getattr(msg, "D", ()), np.float64)  # D: ROS 1
    if not D.any():
        return None
    if model not in COEFFICIENTS:
        raise MessageError(
            f"camera_info has distortion {model!r}; understood are plumb_bob and "
            "rational_polynomial: rectify the image for others"
        )
    known = COEFFICIENTS[model]
    if D.ndim != 1 or not np.isfinite(D).all() or D[known:].any():
        raise MessageError(
            f"camera_info has distortion {model!r} of {known} numbers, but d = {D.tolist()}"
        )
    return Distortion(*D[:known].tolist())


def _matrix(msg: Any, is_rectified: bool) -> NDArray[np.float64]:
    """Return K (9,), or that of the rectified image; the capitals are those of ROS 1."""
    K = np.asarray(msg.k if hasattr(msg, "k") else msg.K, np.float64)
    P = np.asarray(msg.p if hasattr(msg, "p") else getattr(msg, "P", ()), np.float64)
    if is_rectified and K.any() and P.shape == (12,) and P.any():
        return P.reshape(3, 4)[:, :3].ravel()
    return K


def _cut(camera: Camera, msg: Any) -> Camera:
    roi = msg.roi
    left, top, width, height = (
        int(value) for value in (roi.x_offset, roi.y_offset, roi.width, roi.height)
    )
    if width == 0 and height == 0:  # the whole image
        return camera
    inside = left + width <= camera.width and top + height <= camera.height
    if min(left, top) < 0 or min(width, height) < 1 or not inside:
        raise MessageError(
            f"camera_info has a region of interest of {width}×{height} at ({left}, {top}) in an "
            f"image of {camera.width}×{camera.height}"
        )
    return camera.cropped(left, top, width, height)


def _binned(camera: Camera, msg: Any) -> Camera:
    columns, rows = max(int(msg.binning_x), 1), max(int(msg.binning_y), 1)  # 0 stands for 1
    if columns == rows == 1:
        return camera
    if columns > camera.width or rows > camera.height:
        raise MessageError(
            f"camera_info bins {columns}×{rows} pixels of {camera.width}×{camera.height}"
        )
    return camera.resized(camera.width // columns, camera.height // rows)
