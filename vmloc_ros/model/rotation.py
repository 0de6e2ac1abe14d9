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
