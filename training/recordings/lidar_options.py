"""`LidarOptions`: how the clouds of a recording are read."""

from dataclasses import dataclass

import numpy as np

from vmloc_ros.errors import ConfigError, VmlocError
from vmloc_ros.pose import Pose

AUTO = "auto"
"""What tells of the motion is found: the only odometry, else the only gyroscope."""
TRUTH = "truth"
"""The ground truth tells of the motion."""
NONE = "none"
"""The lidar is taken to stand still during a sweep."""


@dataclass(frozen=True, slots=True)
class LidarOptions:
    """Options that a bag needs; a scene was made with them."""

    sweeps: int = 1
    """Sweeps that are put together in each frame."""
    motion: str = AUTO
    """`AUTO`, `TRUTH`, `NONE`, a topic of Odometry or Imu, or `/tf`, or `/tf:FRAME` for the motion
    in that frame."""
    may_use_truth: bool = False
    """Whether the ground truth takes the place of what `AUTO` does not find: in training, where it
    is known anyway."""
    T_camera_lidar: Pose | None = None
    """Where the lidar sits, if not where the fixed transforms say."""

    def words(self) -> list[str]:
        """Return what differs from the defaults as it is typed; sweeps are the bundle's."""
        words = [] if self.motion == AUTO else ["--motion", self.motion]
        if self.T_camera_lidar is not None:
            T = self.T_camera_lidar
            numbers = [*T.position.tolist(), *T.quat_xyzw.tolist()]
            words += ["--lidar-pose", " ".join(map(str, numbers))]
        return words


def read_extrinsic(text: str) -> Pose:
    """Read `x y z qx qy qz qw`, metres and a unit quaternion, as it is typed.

    Raises:
        ConfigError: it is no pose.
    """
    try:
        numbers = np.array([float(word) for word in text.replace(",", " ").split()])
        return Pose(numbers[:3], numbers[3:])
    except (ValueError, VmlocError) as err:
        raise ConfigError(f"'{text}' is no pose x y z qx qy qz qw: {err}") from err
