"""Pictures of a lidar's points, in torch, the same on CPU and CUDA."""

from vmloc_ros.lidar.cylindrical import CylindricalProjection

__all__ = ["CylindricalProjection"]
