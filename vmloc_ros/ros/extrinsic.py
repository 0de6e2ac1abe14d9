"""From the camera's pose to that of the robot's body, with the covariance. NumPy only."""

from dataclasses import dataclass

import numpy as np

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import ConfigError, VmlocError
from vmloc_ros.pose import Array, Pose, PoseEstimate

CAMERA_ITSELF = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


@dataclass(frozen=True, slots=True, eq=False)
class BodyPose:
    """What the node publishes for one frame."""

    stamp_ns: int
    T_map_body: Pose
    covariance: Array
    """(6, 6), m² and rad², order x y z rotX rotY rotZ about the fixed axes of map (REP-103)."""


def camera_to_base(config: NodeConfig, camera_frame: str) -> Pose:
    """Return T_camera_base, the pose of the body in the camera's optical frame.

    Raises:
        ConfigError: a body is named and its place is not known, or is no pose.
    """
    if not config.base_frame:
        return CAMERA_ITSELF
    if not config.extrinsic:
        raise ConfigError(
            f"the pose of '{config.base_frame}' in '{camera_frame}' is not known: set extrinsic to "
            "its x y z qx qy qz qw, or base_frame to '' to publish the camera's own pose"
        )
    try:
        return Pose(np.array(config.extrinsic[:3]), np.array(config.extrinsic[3:]))
    except VmlocError as err:
        raise ConfigError(f"extrinsic: {err}") from err


def body_pose(estimate: PoseEstimate, T_camera_body: Pose) -> BodyPose:
    """Carry an estimate of the camera's pose over to a body fixed to the camera.

    The body's origin is p + R t with R, p of the camera in map and t of the body in the camera.
    With a small rotation ω about the axes of map its error is δp + ω × R t, so that the covariance
    is J Σ Jᵀ with J = [[I, −[R t]×], [0, I]]; the rotation's own error stays as it is.
    """
    camera = estimate.T_map_camera
    J = np.eye(6)
    J[:3, 3:] = -_cross_matrix(camera.rotation.apply(T_camera_body.position))
    return BodyPose(estimate.stamp_ns, camera @ T_camera_body, J @ estimate.covariance @ J.T)


def _cross_matrix(v: Array) -> Array:
    """Return [v]× (3, 3): [v]× w = v × w."""
    x, y, z = v
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
