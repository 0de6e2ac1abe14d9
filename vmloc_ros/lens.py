"""Pixels and viewing rays of a camera, as its lens bends them."""

import math
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmloc_ros.distortion import Distortion
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Array

STEPS = 20
"""Of the search for tangential distortion; lenses need five."""
SAMPLES = 20_001
"""Of the radius."""
TINY = 1e-12
"""Radius of what lies on the optical axis."""


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
    """Return column and row, in pixels, at which a camera sees points in optical axes.

    Beyond the reach of the lens's formula the picture goes on evenly, as in `straighten`: the ray
    of each pixel is seen in that pixel.

    Args:
        camera: intrinsics and lens.
        x: (...), to the right.
        y: (...), down.
        z: (...), forward; positive.
    """
    x, y = x / z, y / z
    lens = camera.distortion
    if lens is not None:
        inside = (math.sqrt(lens.squared_limit()) / torch.hypot(x, y)).clamp_max(1.0)
        bent_x, bent_y = bend(inside * x, inside * y, lens)
        x, y = bent_x + (1.0 - inside) * x, bent_y + (1.0 - inside) * y
    return x * camera.fx + camera.cx, y * camera.fy + camera.cy


def bend(x: Tensor, y: Tensor, lens: Distortion) -> tuple[Tensor, Tensor]:
    """Return where the lens shows points x, y (...) of the plane at distance 1."""
    s = x * x + y * y
    q, (dx, dy) = _radial(s, lens), _tangential(x, y, s, lens)
    return q * x + dx, q * y + dy


def straighten(bent_x: Tensor, bent_y: Tensor, lens: Distortion) -> tuple[Tensor, Tensor]:
    """Return which points x, y (...) of the plane at distance 1 the lens shows at these places.

    The radius is looked up in a table of what the lens shows: fixed-point iteration, the usual way,
    does not find it for all lenses. Tangential distortion is that of the step before. Where the
    formula of the lens shows nothing, in the corners of some images, the radius goes on evenly.

    Args:
        bent_x: (...), on the CPU.
        bent_y: (...).
        lens: whose distortion it is.
    """
    farthest = float(torch.hypot(bent_x, bent_y).max())
    radii, shown = _shown_radii(lens, 2.0 * max(farthest, TINY))  # with room for dx, dy
    x, y = bent_x, bent_y
    for _ in range(STEPS):
        inside = (radii[-1] / torch.hypot(x, y)).clamp_max(1.0)
        described = (inside * x, inside * y)
        dx, dy = _tangential(*described, described[0] ** 2 + described[1] ** 2, lens)
        wanted = torch.hypot(bent_x - dx, bent_y - dy)
        beyond = (wanted - shown[-1]).clamp_min(0.0)
        radius = torch.as_tensor(np.interp(wanted, shown, radii)) + beyond
        stretch = radius / wanted.clamp_min(TINY)
        x, y = stretch * (bent_x - dx), stretch * (bent_y - dy)
    return x, y


def _shown_radii(lens: Distortion, farthest: float) -> tuple[Array, Array]:
    """Return radii (N,), and where the lens shows them but for tangential distortion, increasing.

    They end with what the formula describes, or where it shows what is farthest in an image.
    """
    # A hair below: there may be a pole.
    limit = math.sqrt(lens.squared_limit()) * (1.0 - 1e-9)
    reach = min(limit, farthest)
    while True:
        radii = torch.linspace(0.0, reach, SAMPLES, dtype=torch.float64)
        shown = radii * _radial(radii * radii, lens)
        if shown[-1] >= farthest or reach == limit:
            return radii.numpy(), shown.numpy()
        reach = min(limit, 2.0 * reach)


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
