"""Where rays meet an image, for `grid_sample`."""

import torch
from torch import Tensor

from vmloc_ros.frame import Camera
from vmloc_ros.lens import project

NEAREST = 1e-3
"""Depth of a ray below which it is taken for one to the side."""


def sampling_grid(rays: tuple[Tensor, ...], camera: Camera) -> Tensor:
    """Return where rays meet the image, as grid_sample wants it: outer edges at −1 and 1.

    Args:
        rays: x, y and z, (B, h, w) each.
        camera: intrinsics and lens of the image.

    Returns:
        (B, h, w, 2).
    """
    x, y, z = rays
    u, v = project(camera, x, y, z.clamp_min(NEAREST))
    return torch.stack(
        [(2.0 * u + 1.0) / camera.width - 1.0, (2.0 * v + 1.0) / camera.height - 1.0], dim=-1
    )
