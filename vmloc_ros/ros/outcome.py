"""What becomes of a set of messages: a `Fix` that is published, or a `Refusal` that is not."""

from dataclasses import dataclass

from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.validity import Rejection


@dataclass(frozen=True, slots=True, eq=False)
class Fix:
    """A pose of the robot that may be used."""

    estimate: PoseEstimate
    """Of the camera."""
    body: BodyPose
    T_odom_body: Pose | None
    """The odometry at the image's stamp, where there is one."""


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """A frame without a usable pose."""

    rejection: Rejection
    estimate: PoseEstimate | None = None
    """What was refused; None where there was no finite answer."""


Outcome = Fix | Refusal
