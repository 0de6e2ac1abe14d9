"""Pictures of a point cloud: a cylinder around the lidar, or the depth image of a camera.

Both are made by torch on the device of the points. They read nothing but the points, so they give
the same picture on the robot, from a bag and in training.
"""

from vmloc_ros.lidar.cylindrical_config import CylindricalConfig
from vmloc_ros.lidar.cylindrical_projection import CHANNELS, CylindricalProjection
from vmloc_ros.lidar.lens import Lens
from vmloc_ros.lidar.pinhole_projection import PinholeProjection

__all__ = ["CHANNELS", "CylindricalConfig", "CylindricalProjection", "Lens", "PinholeProjection"]
