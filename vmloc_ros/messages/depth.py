"""Depth values → whole millimetres with 0 for no return."""

import numpy as np
from numpy.typing import NDArray

NO_RETURN_MM = 65535
"""Drivers and data sets write it for "no return", as they do 0."""


def valid_mm(depth: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return a copy of millimetres in the machine's byte order, 65535 turned to 0."""
    depth_mm = depth.astype(np.uint16)
    depth_mm[depth_mm == NO_RETURN_MM] = 0
    return depth_mm


def metres_to_mm(depth_m: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Round metres to millimetres; what is not a number, not positive or too far becomes 0."""
    with np.errstate(invalid="ignore", over="ignore"):
        depth_mm = np.rint(depth_m.astype(np.float32) * np.float32(1000.0))
        # Written so that NaN fails it (REP-117).
        valid = (depth_mm > 0.0) & (depth_mm < NO_RETURN_MM)
        return np.where(valid, depth_mm, 0.0).astype(np.uint16)
