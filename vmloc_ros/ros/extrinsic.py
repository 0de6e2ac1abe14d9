"""From the camera's pose to that of the robot's body, with the covariance."""

from dataclasses import dataclass

import numpy as np

from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Array, Pose, PoseEstimate

SIGMA_FLOOR = 1e-3
"""No axis is known better than to 1 mm or 0.06° (m, rad). A zero would mean "unknown" to some
(REP-145) and "perfect" to others, and neither is true."""


@dataclass(frozen=True, slots=True, eq=False)
class BodyPose:
    """What the node publishes for one frame."""

    stamp_ns: int
    T_map_body: Pose
    covariance: Array
    """(6, 6), m² and rad², order x y z rotX rotY rotZ about the fixed axes of map (REP-103).
    Symmetric, with eigenvalues of at least SIGMA_FLOOR²."""


def body_pose(estimate: PoseEstimate, T_camera_body: Pose) -> BodyPose:
    """Carry an estimate of the camera's pose over to a body fixed to the camera.

    The body's origin is p + R t with R, p of the camera in map and t of the body in the camera.
    With a small rotation ω about the axes of map its error is δp + ω × R t, so that the covariance
    is J Σ Jᵀ with J = [[I, −[R t]×], [0, I]]; the rotation's own error stays as it is.

    Raises:
        VmlocError: the covariance holds NaN or infinite numbers.
    """
    camera = estimate.T_map_camera
    J = np.eye(6)
    J[:3, 3:] = -_cross_matrix(camera.rotation.apply(T_camera_body.position))
    covariance = _raise_to_floor(J @ estimate.covariance @ J.T)
    return BodyPose(estimate.stamp_ns, camera @ T_camera_body, covariance)


def _cross_matrix(v: Array) -> Array:
    """Return [v]× (3, 3): [v]× w = v × w."""
    x, y, z = v
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def _raise_to_floor(covariance: Array) -> Array:
    """Return the covariance (6, 6) with no eigenvalue below SIGMA_FLOOR²."""
    if not np.isfinite(covariance).all():
        raise VmlocError("the covariance holds NaN or infinite numbers")
    values, vectors = np.linalg.eigh(_symmetric(covariance))
    if values[0] >= SIGMA_FLOOR**2:
        return _symmetric(covariance)
    return _symmetric(vectors @ np.diag(np.maximum(values, SIGMA_FLOOR**2)) @ vectors.T)


def _symmetric(matrix: Array) -> Array:
    return np.asarray(0.5 * (matrix + matrix.T))
