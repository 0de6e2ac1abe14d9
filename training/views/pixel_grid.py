"""The pixels of a camera, and where rays meet them."""

import torch
from torch import Tensor

from vmloc_ros.frame import Camera

NEAREST = 1e-3
"""Depth of a ray below which it is taken for one to the side."""


def pixel_rays(camera: Camera, device: torch.device) -> Tensor:
    """Return the viewing rays (h, w, 3) of the pixels, z = 1, in optical axes."""
    u = (torch.arange(camera.width, device=device) - camera.cx) / camera.fx
    v = (torch.arange(camera.height, device=device) - camera.cy) / camera.fy
    grid_v, grid_u = torch.meshgrid(v, u, indexing="ij")
    return torch.stack([grid_u, grid_v, torch.ones_like(grid_u)], dim=-1)


def sampling_grid(rays: tuple[Tensor, ...], camera: Camera) -> Tensor:
    """Return where rays meet the image, as grid_sample wants it: outer edges at −1 and 1.

    Args:
        rays: x, y and z, (B, h, w) each.
        camera: intrinsics of the image.

    Returns:
        (B, h, w, 2).
    """
    x, y, z = rays
    z = z.clamp_min(NEAREST)
    u = x / z * camera.fx + camera.cx
    v = y / z * camera.fy + camera.cy
    return torch.stack(
        [(2.0 * u + 1.0) / camera.width - 1.0, (2.0 * v + 1.0) / camera.height - 1.0], dim=-1
    )
