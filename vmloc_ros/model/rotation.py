"""Quaternions in torch, x y z w; the twin of the NumPy ones in `vmloc_ros.pose`."""

import torch
from torch import Tensor


def quat_log(quat_xyzw: Tensor) -> Tensor:
    """Logarithm of unit quaternions (Eq. 12), axis · θ/2: (..., 4) to (..., 3)."""
    q = torch.where(quat_xyzw[..., 3:] < 0, -quat_xyzw, quat_xyzw)
    v, u = q[..., :3], q[..., 3:]
    norm = v.norm(dim=-1, keepdim=True)
    scale = torch.where(norm > 1e-7, torch.atan2(norm, u) / norm.clamp_min(1e-7), 1.0)
    return v * scale


def quat_multiply(a: Tensor, b: Tensor) -> Tensor:
    """Hamilton product (..., 4): the rotation b, then a."""
    av, aw, bv, bw = a[..., :3], a[..., 3:], b[..., :3], b[..., 3:]
    vector = aw * bv + bw * av + torch.linalg.cross(av, bv)
    return torch.cat([vector, aw * bw - (av * bv).sum(-1, keepdim=True)], dim=-1)


def quat_from_rotation_vector(rotation: Tensor) -> Tensor:
    """Unit quaternion of rotation vectors in radians: (..., 3) to (..., 4)."""
    half = 0.5 * rotation.norm(dim=-1, keepdim=True)
    return torch.cat([0.5 * rotation * torch.sinc(half / torch.pi), torch.cos(half)], dim=-1)


def rotation_angle(a: Tensor, b: Tensor) -> Tensor:
    """Angle between rotations (..., 4), radians, 0 … π; either sign of a quaternion."""
    relative = quat_multiply(a * a.new_tensor([-1.0, -1.0, -1.0, 1.0]), b)
    return 2.0 * torch.atan2(relative[..., :3].norm(dim=-1), relative[..., 3].abs())


def quat_matrix(quat_xyzw: Tensor) -> Tensor:
    """Rotation matrices (..., 3, 3) of unit quaternions (..., 4)."""
    x, y, z, w = quat_xyzw.unbind(-1)
    rows = [
        1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
        2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
        2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
    ]  # fmt: skip
    matrices: Tensor = torch.stack(rows, dim=-1).unflatten(-1, (3, 3))
    return matrices


def quat_from_two_axes(axes: Tensor) -> Tensor:
    """Read two vectors as the first two columns of a rotation: (..., 6) to (..., 4).

    They are made orthonormal, the first one's direction is kept. Unlike three or four numbers, six
    can follow any turn without a jump (Zhou et al., On the Continuity of Rotation Representations
    in Neural Networks, 2019).
    """
    first = torch.nn.functional.normalize(axes[..., :3], dim=-1)
    rest = axes[..., 3:] - (first * axes[..., 3:]).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(rest, dim=-1)
    return _quat_from_columns(first, second, torch.linalg.cross(first, second))


def _quat_from_columns(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """Return unit quaternions (..., 4) of rotations with these columns (..., 3) each."""
    (m00, m10, m20), (m01, m11, m21), (m02, m12, m22) = (axis.unbind(-1) for axis in (x, y, z))
    # Each row is the quaternion times four of its components; that of the largest is well scaled.
    rows = [
        1 + m00 - m11 - m22, m10 + m01, m02 + m20, m21 - m12,
        m10 + m01, 1 - m00 + m11 - m22, m21 + m12, m02 - m20,
        m02 + m20, m21 + m12, 1 - m00 - m11 + m22, m10 - m01,
        m21 - m12, m02 - m20, m10 - m01, 1 + m00 + m11 + m22,
    ]  # fmt: skip
    scaled = torch.stack(rows, dim=-1).unflatten(-1, (4, 4))  # (..., 4, 4)
    largest = torch.diagonal(scaled, dim1=-2, dim2=-1).argmax(dim=-1)[..., None, None]
    chosen = torch.take_along_dim(scaled, largest, dim=-2).squeeze(-2)
    return torch.nn.functional.normalize(chosen, dim=-1)
