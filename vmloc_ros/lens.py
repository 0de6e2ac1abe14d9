"""Pixels and viewing rays of a camera, as its lens bends them."""

import math
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmloc_ros.distortion import Distortion
from vmloc_ros.frame import Camera

STEPS = 100
"""Of the search for the ray that a lens shows at a pixel; most lenses need ten."""


def pixel_rays(camera: Camera, device: torch.device) -> Tensor:
    """Return the viewing rays (h, w, 3) float32 of the pixels, z = 1, in optical axes."""
    if camera.distortion is None:
        u = (torch.arange(camera.width, device=device) - camera.cx) / camera.fx
        v = (torch.arange(camera.height, device=device) - camera.cy) / camera.fy
        y, x = torch.meshgrid(v, u, indexing="ij")
    else:
        x, y = torch.tensor(_straight_places(camera), device=device)
    return torch.stack([x, y, torch.ones_like(x)], dim=-1)


def project(camera: Camera, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """Return column and row (...), in pixels, at which a camera sees points.

    What the formula of the lens does not describe is put where a pinhole would show it: outside.

    Args:
        camera: intrinsics and lens.
        x: (...) in optical axes, and so
        y: (...) and
        z: (...), positive for what is in front.
    """
    x, y = x / z, y / z
    lens = camera.distortion
    if lens is not None:
        described = x * x + y * y < lens.squared_limit()
        bent_x, bent_y = bend(x, y, lens)
        x, y = torch.where(described, bent_x, x), torch.where(described, bent_y, y)
    return x * camera.fx + camera.cx, y * camera.fy + camera.cy


def bend(x: Tensor, y: Tensor, lens: Distortion) -> tuple[Tensor, Tensor]:
    """Return where the lens shows the points at x, y of the plane at distance 1."""
    s = x * x + y * y
    q, (dx, dy) = _radial(s, lens), _tangential(x, y, s, lens)
    return q * x + dx, q * y + dy


def straighten(bent_x: Tensor, bent_y: Tensor, lens: Distortion) -> tuple[Tensor, Tensor]:
    """Return the points of the plane at distance 1 that the lens shows at these places.

    By fixed-point iteration, as OpenCV does it. Where the formula of the lens shows nothing, in the
    corners of some images, a point at the limit of the formula stands in.
    """
    x, y, limit = bent_x, bent_y, math.sqrt(lens.squared_limit())
    for _ in range(STEPS):
        s = x * x + y * y
        q, (dx, dy) = _radial(s, lens), _tangential(x, y, s, lens)
        x, y = (bent_x - dx) / q, (bent_y - dy) / q
        shorter = (limit / torch.hypot(x, y)).clamp_max(1.0)
        x, y = x * shorter, y * shorter
    return x, y


def _radial(s: Tensor, lens: Distortion) -> Tensor:
    q = 1.0 + s * (lens.k1 + s * (lens.k2 + s * lens.k3))
    if lens.k4 or lens.k5 or lens.k6:
        q /= 1.0 + s * (lens.k4 + s * (lens.k5 + s * lens.k6))
    return q


def _tangential(x: Tensor, y: Tensor, s: Tensor, lens: Distortion) -> tuple[Tensor, Tensor]:
    twice_xy = 2.0 * x * y
    dx = lens.p1 * twice_xy + lens.p2 * (s + 2.0 * x * x)
    dy = lens.p1 * (s + 2.0 * y * y) + lens.p2 * twice_xy
    return dx, dy


@lru_cache(maxsize=8)
def _straight_places(camera: Camera) -> NDArray[np.float32]:
    """Return x and y (2, h, w) of the viewing rays at z = 1."""
    assert camera.distortion is not None
    row, column = torch.meshgrid(
        torch.arange(camera.height, dtype=torch.float64),
        torch.arange(camera.width, dtype=torch.float64),
        indexing="ij",
    )
    x, y = (column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy
    return torch.stack(straighten(x, y, camera.distortion)).float().numpy()
