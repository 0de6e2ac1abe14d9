"""Pictures of a lidar's points, in torch, the same on CPU and CUDA."""

from vmloc_ros.lidar.cylindrical import CylindricalProjection
from vmloc_ros.lidar.pinhole import PinholeProjection

__all__ = ["CylindricalProjection", "PinholeProjection"]
