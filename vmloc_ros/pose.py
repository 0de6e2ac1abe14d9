"""Rigid poses and their 6-vector form: position and log-quaternion (VMLoc Eq. 12).

Conventions: a transform names both frames, target first, `T_map_camera` takes camera coordinates
to map coordinates. Quaternions are stored x, y, z, w. Positions are metres.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation, Slerp

from vmloc_ros.errors import VmlocError
from vmloc_ros.validity import Rejection

Array = NDArray[np.float64]

ORTHONORMALITY_TOLERANCE = 1e-3
"""Largest deviation of R Rᵀ from the identity that is still taken for a rotation."""


FARTHEST_M = 1e9
"""No map reaches farther from its origin; a larger number is a mistake, not a place."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A rigid transform: `position` (3,) in metres, `quat_xyzw` (4,) unit quaternion with w ≥ 0."""

    position: Array
    quat_xyzw: Array

    def __post_init__(self) -> None:
        position = np.array(self.position, dtype=np.float64)
        quat = np.array(self.quat_xyzw, dtype=np.float64)
        # Written so that NaN does not pass.
        if position.shape != (3,) or not np.abs(position).max() < FARTHEST_M:
            raise VmlocError(
                f"a position needs 3 finite numbers below {FARTHEST_M:g} m, got {position.tolist()}"
            )
        norm = float(np.linalg.norm(quat)) if quat.shape == (4,) else float("nan")
        if not abs(norm - 1.0) < ORTHONORMALITY_TOLERANCE:
            raise VmlocError(f"a rotation needs a unit quaternion x y z w, got {quat.tolist()}")
        object.__setattr__(self, "position", position)
        object.__setattr__(self, "quat_xyzw", _upper_hemisphere(quat / norm))

    @classmethod
    def from_matrix(cls, matrix: ArrayLike) -> "Pose":
        """Read a 4×4 rigid transform; its rotation is projected to SO(3).

        Raises:
            VmlocError: not 4×4, not finite, or further than 1e-3 from a rigid transform.
        """
        T = np.asarray(matrix, dtype=np.float64)
        if T.shape != (4, 4):
            raise VmlocError(f"a pose needs a 4 × 4 matrix, got shape {T.shape}")
        if not np.isfinite(T).all():
            raise VmlocError("a pose holds NaN or infinite numbers")
        R = T[:3, :3]
        deviation = float(np.abs(R @ R.T - np.eye(3)).max())
        bottom = float(np.abs(T[3] - [0.0, 0.0, 0.0, 1.0]).max())
        if max(deviation, bottom) > ORTHONORMALITY_TOLERANCE or np.linalg.det(R) < 0.0:
            raise VmlocError(
                f"a pose is no rigid transform (R Rᵀ is off the identity by {deviation:.2g}, "
                f"det R = {np.linalg.det(R):.3g}; {ORTHONORMALITY_TOLERANCE:g} is allowed)"
            )
        u, _, vt = np.linalg.svd(R)
        return cls(T[:3, 3], Rotation.from_matrix(u @ vt).as_quat())

    @property
    def rotation(self) -> Rotation:
        """The rotation part."""
        return Rotation.from_quat(self.quat_xyzw)

    def matrix(self) -> Array:
        """Return the 4×4 matrix."""
        T = np.eye(4)
        T[:3, :3] = self.rotation.as_matrix()
        T[:3, 3] = self.position
        return T

    def inverse(self) -> "Pose":
        """Return the transform in the other direction."""
        back = self.rotation.inv()
        return Pose(-back.apply(self.position), back.as_quat())

    def __matmul__(self, other: "Pose") -> "Pose":
        """Chain: `T_a_b @ T_b_c` is `T_a_c`."""
        return Pose(
            self.position + self.rotation.apply(other.position),
            (self.rotation * other.rotation).as_quat(),
        )

    def distance_m(self, other: "Pose") -> float:
        """Return the distance of the two origins in metres."""
        return float(np.linalg.norm(self.position - other.position))

    def angle_deg(self, other: "Pose") -> float:
        """Return the angle between the two orientations in degrees, 0 … 180."""
        return float(np.degrees((self.rotation.inv() * other.rotation).magnitude()))


@dataclass(frozen=True, slots=True, eq=False)
class PoseEstimate:
    """What the localizer answers for one frame."""

    stamp_ns: int
    T_map_camera: Pose
    covariance: Array
    """(6, 6), m² and rad², order x y z rotX rotY rotZ about the fixed axes of map (REP-103)."""
    present: tuple[str, ...]
    """The modalities that took part."""
    dropped: Mapping[str, str] = field(default_factory=dict)
    """The modalities that the frame has and that were left out, and why."""
    expert_share: Mapping[str, float] = field(default_factory=dict)
    """Share of each expert and of the "prior" in the joint precision; they add up to 1."""
    novelty: Mapping[str, float] = field(default_factory=dict)
    """How unlike the training images each image is; up to 1 it passes for one of the place."""
    rejection: Rejection | None = None
    """Why the pose must not be used; None for a valid one."""
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    """Time spent in each stage, milliseconds."""


def error_vector(estimate: Pose, truth: Pose) -> Array:
    """Return (6,): the position error (m) and log(R_est R_trueᵀ) (rad), about the axes of map."""
    rotation = estimate.rotation * truth.rotation.inv()
    return np.concatenate([estimate.position - truth.position, rotation.as_rotvec()])


def quat_log(quat_xyzw: ArrayLike) -> Array:
    """Logarithm of unit quaternions (Eq. 12): axis · θ/2, for θ in [0, π].

    Args:
        quat_xyzw: (..., 4), either sign.

    Returns:
        (..., 3) with norm at most π/2.
    """
    q = _upper_hemisphere(np.asarray(quat_xyzw, dtype=np.float64))
    v, u = q[..., :3], q[..., 3:]
    norm = np.linalg.norm(v, axis=-1, keepdims=True)
    # atan2(n, u) / n → 1 / u as n → 0: accurate where acos(u) is not.
    scale = np.where(norm > 1e-12, np.arctan2(norm, u) / np.maximum(norm, 1e-12), 1.0)
    return np.asarray(v * scale)


def quat_exp(log_q: ArrayLike) -> Array:
    """Inverse of `quat_log`: (..., 3) to unit quaternions x y z w (..., 4)."""
    w = np.asarray(log_q, dtype=np.float64)
    angle = np.linalg.norm(w, axis=-1, keepdims=True)
    return np.concatenate([w * np.sinc(angle / np.pi), np.cos(angle)], axis=-1)


def _upper_hemisphere(quat_xyzw: Array) -> Array:
    # Not sign(w): that is 0 for a half turn and would erase the quaternion.
    return np.where(quat_xyzw[..., 3:] < 0.0, -quat_xyzw, quat_xyzw)


def mean_rotation(rotations: Sequence[Rotation]) -> Rotation:
    """Return the mean that minimises the summed squared chordal distance."""
    return Rotation.concatenate(list(rotations)).mean()


def interpolate(before: Pose, after: Pose, fraction: float) -> Pose:
    """Return the pose at `fraction` in [0, 1] of the way: positions linear, rotations slerp."""
    rotations = Rotation.concatenate([before.rotation, after.rotation])
    return Pose(
        (1.0 - fraction) * before.position + fraction * after.position,
        Slerp([0.0, 1.0], rotations)(fraction).as_quat(),
    )


@dataclass(frozen=True, slots=True, eq=False)
class PoseNormalizer:
    """Poses ↔ the network's targets y (6,) = [(t − mean) / scale, log(q_mean⁻¹ q)].

    Rotations are taken relative to the mean training rotation: the log-quaternion jumps at half a
    turn, and centring keeps the training poses away from there, unless they face every way.
    """

    position_mean: Array
    """(3,) metres, map frame."""
    position_scale: float
    """Metres per unit of y: one number for all axes, so that the loss stays metric."""
    quat_mean_xyzw: Array
    """(4,) mean training rotation, map ← camera."""

    @classmethod
    def fit(cls, poses: Sequence[Pose]) -> "PoseNormalizer":
        """Compute the statistics of the training poses (at least one)."""
        if not poses:
            raise VmlocError("pose statistics need at least one pose")
        positions = np.stack([pose.position for pose in poses])
        mean = positions.mean(axis=0)
        rms = float(np.sqrt(np.square(positions - mean).sum(axis=1).mean() / 3.0))
        rotation = mean_rotation([pose.rotation for pose in poses])
        return cls(mean, rms if rms > 1e-6 else 1.0, rotation.as_quat())

    def encode(self, pose: Pose) -> Array:
        """Return y (6,) of a pose."""
        relative = Rotation.from_quat(self.quat_mean_xyzw).inv() * pose.rotation
        position = (pose.position - self.position_mean) / self.position_scale
        return np.concatenate([position, quat_log(relative.as_quat())])

    def decode(self, y: ArrayLike) -> Pose:
        """Return the pose of y (6,)."""
        values = np.asarray(y, dtype=np.float64)
        relative = Rotation.from_quat(quat_exp(values[3:]))
        rotation = Rotation.from_quat(self.quat_mean_xyzw) * relative
        return Pose(values[:3] * self.position_scale + self.position_mean, rotation.as_quat())
