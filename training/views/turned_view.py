"""Images seen from a camera that turns about its centre: a homography, whatever the depth."""

import torch
from torch import Tensor

from training.views.pixel_grid import NEAREST, sampling_grid
from vmloc_ros.frame import Camera
from vmloc_ros.lens import pixel_rays


def turn_colour(rgb: Tensor, R_old_new: Tensor, camera: Camera) -> Tensor:
    """See colour images (B, h, w, 3) from a camera turned by R_old_new (B, 3, 3); float result.

    What comes into view from outside the image repeats its border.
    """
    rays = _rays_in_old_camera(R_old_new, camera)
    image = rgb.permute(0, 3, 1, 2).float()
    turned = torch.nn.functional.grid_sample(
        image,
        sampling_grid(rays.unbind(-1), camera),
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )
    return turned.permute(0, 2, 3, 1)


def turn_depth(depth_mm: Tensor, R_old_new: Tensor, camera: Camera) -> Tensor:
    """See depth images (B, h, w) from a camera turned by R_old_new (B, 3, 3); float result, mm.

    Depth is measured along the new optical axis; what comes into view from outside is 0.
    """
    rays = _rays_in_old_camera(R_old_new, camera)  # each reaches depth 1 in the new camera
    sampled = torch.nn.functional.grid_sample(
        depth_mm[:, None].float(),
        sampling_grid(rays.unbind(-1), camera),
        mode="nearest",
        padding_mode="zeros",
        align_corners=False,
    )[:, 0]
    along_old = rays[..., 2]
    return torch.where(along_old > NEAREST, sampled / along_old.clamp_min(NEAREST), 0.0)


def _rays_in_old_camera(R_old_new: Tensor, camera: Camera) -> Tensor:
    """Viewing rays (B, h, w, 3) of the new camera's pixels, z = 1 there, in the old camera."""
    return torch.einsum("bij,hwj->bhwi", R_old_new, pixel_rays(camera, R_old_new.device))
