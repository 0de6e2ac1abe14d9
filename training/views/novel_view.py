"""`NovelView`: images seen from a camera that has moved, by the depth of what it saw."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from training.views.camera_motion import CameraMotion
from training.views.hole_filling import fill_holes
from training.views.pixel_grid import sampling_grid
from vmloc_ros.frame import Camera
from vmloc_ros.lens import pixel_rays, project
from vmloc_ros.lidar.return_key import NOTHING, distance, hit, number, return_keys
from vmloc_ros.lidar.z_buffer import ZBuffer, portions

NEAREST_MM, FARTHEST_MM = 50.0, 1e6
"""Depths in the new camera that count; a surface through its centre has no place in its image."""
SPREAD = 1.25
"""Sides of what an old pixel covers in the new image, as a multiple of the distance to the next:
surfaces stay closed on a camera that rolls, too, and edges grow by an eighth of a pixel."""
JUMP_PX = 2.5
"""Pixels that come to lie farther apart are of two surfaces; few slanted ones grow that much."""
FAR_POWER = 4
"""Weight of a pixel where holes are filled from around, as a power of its depth: what lies open
behind an edge belongs to the background, and so do most shadows of a depth camera's projector."""
KNOWN_MM = 1000.0
"""Unit of depth in these weights; their fourth power fits in 32 bits."""


class NovelView:
    """Which surface each pixel of a new camera sees, by a z-buffer of the old camera's pixels.

    Depth goes forward, from old pixels to new ones. Colour is then fetched backward, from where the
    surface was in the old image: it stays sharp and has no cracks. Old pixels without depth get it
    from around, to bring their colour along; in the new depth image they are holes, too.

    Shapes: B images of h × w pixels, one camera.

    Args:
        depth_mm: (B, h, w) integer or float, along the optical axis, 0 = no return.
        motion: of the B cameras.
        camera: intrinsics, the same before and after the motion.
    """

    def __init__(self, depth_mm: Tensor, motion: CameraMotion, camera: Camera) -> None:
        self._camera, self._motion = camera, motion
        measured = depth_mm.float()[:, None]  # (B, 1, h, w)
        surface = fill_holes(measured, _far_weight(measured))
        # A camera that only turns needs no depth, and may have none.
        surface = torch.where(surface > 0.0, surface, KNOWN_MM)
        keys = self._nearest(surface[:, 0])
        self._seen = hit(keys, FARTHEST_MM)[:, None]
        self._z_mm = torch.where(self._seen, distance(keys)[:, None], 0.0)  # (B, 1, h, w)
        source = number(keys, measured.numel())[:, None]
        self._measured = self._seen & (measured.flatten()[source] > 0.0)

    def depth_mm(self) -> Tensor:
        """Return the depth images (B, h, w) float32 along the new optical axis, 0 = not seen."""
        return torch.where(self._measured, self._z_mm, 0.0)[:, 0]

    def colour(self, rgb: Tensor) -> Tensor:
        """Return what the colour images (B, h, w, 3) become, float32.

        What was hidden is filled from around, the background first: a hole in black or in the mean
        colour has an outline, which a network would find in training and never on the robot. What
        comes into view from outside the image repeats its border, as where a camera turns.
        """
        # Beyond the border a surface goes on as it is: the background has no precedence there.
        z_mm = fill_holes(self._z_mm, self._seen.float())
        grid = self._places_in_old_image(z_mm)
        image = rgb.permute(0, 3, 1, 2).float()
        fetched = F.grid_sample(image, grid, "bilinear", "border", align_corners=False)
        outside = (grid.abs() > 1.0).any(dim=-1)[:, None]
        still = (self._motion.shift_m == 0.0).all(dim=1)[:, None, None, None]
        known = self._seen | outside | still
        filled = fill_holes(fetched, torch.where(known, _far_weight(z_mm), 0.0))
        return filled.permute(0, 2, 3, 1)

    def _nearest(self, depth_mm: Tensor) -> Tensor:
        """Return the keys (B, h, w) of the old pixels, of depth (B, h, w), that new ones show."""
        count, height, width = depth_mm.shape
        row, column, z = self._places_in_new_image(depth_mm)
        counts = (z > NEAREST_MM) & (z < FARTHEST_MM)
        reach = [
            (0.5 * SPREAD * torch.maximum(depth_mm / z, _spacing(places, axis))).flatten(1)
            for axis, places in ((1, row), (2, column))
        ]
        row, column, distance_mm = (
            values.flatten(1) for values in (row, column, torch.where(counts, z, math.inf))
        )
        buffer = ZBuffer(count, height, width, torch.tensor(NOTHING, device=z.device))
        for part, numbers in portions(count, height * width, z.device):
            keys = return_keys(distance_mm[:, part].contiguous(), numbers)
            rows = _neighbour(row[:, part], reach[0][:, part])
            _add_rectangles(buffer, rows, _neighbour(column[:, part], reach[1][:, part]), keys)
        return torch.cat([keys for _, keys in buffer.strips()]).view_as(depth_mm)

    def _places_in_new_image(self, depth_mm: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return row, column and depth (mm) of old pixels, (B, h, w) each.

        Rows and columns are counted in pixels from the corner of a rim of one pixel.
        """
        old_rays = pixel_rays(self._camera, depth_mm.device).unbind(-1)  # (h, w) each
        T_new_old = self._motion.T_new_old()
        x, y, z = (
            depth_mm * _combined(T_new_old[:, axis, :3], old_rays)
            + 1000.0 * T_new_old[:, axis, 3, None, None]
            for axis in range(3)
        )
        column, row = project(self._camera, x, y, z)
        # Pixel centres are at integers, and the rim is one pixel wide.
        return row + 1.5, column + 1.5, z

    def _places_in_old_image(self, z_mm: Tensor) -> Tensor:
        """Return where surfaces at depths (B, 1, h, w) were, (B, h, w, 2) as of grid_sample."""
        new_rays = pixel_rays(self._camera, z_mm.device).unbind(-1)  # (h, w) each
        R_old_new, shift_m = self._motion.R_old_new, self._motion.shift_m
        # Scaled to depth 1: only the direction counts.
        near = 1000.0 / z_mm[:, 0].clamp_min(NEAREST_MM)
        rays = tuple(
            _combined(R_old_new[:, axis], new_rays) + near * shift_m[:, axis, None, None]
            for axis in range(3)
        )
        return sampling_grid(rays, self._camera)


def _combined(factors: Tensor, planes: tuple[Tensor, ...]) -> Tensor:
    """Return the sums (B, ...) of three planes (...) with factors (B, 3).

    No matrix product: a GPU may use less precision for those, and pixels would be off.
    """
    a, b, c = (factors[:, axis].view(-1, *[1] * planes[0].ndim) for axis in range(3))
    return a * planes[0] + b * planes[1] + c * planes[2]


Places = tuple[Tensor, Tensor, Tensor]
"""Pixels along one axis, the next nearest ones, and whether these are covered too."""


def _neighbour(place: Tensor, reach: Tensor) -> Places:
    """Return what a length of `reach` to both sides of a place covers."""
    pixel = place.floor()
    off_centre = place - pixel - 0.5
    return pixel, pixel + off_centre.sign(), reach + off_centre.abs() > 1.0


def _add_rectangles(buffer: ZBuffer, rows: Places, columns: Places, keys: Tensor) -> None:
    """Let old pixels fall into all new ones that they cover, four at most."""
    row, next_row, two_rows = rows
    column, next_column, two_columns = columns
    buffer.add(row, column, keys)
    buffer.add(next_row, column, torch.where(two_rows, keys, NOTHING))
    buffer.add(row, next_column, torch.where(two_columns, keys, NOTHING))
    buffer.add(next_row, next_column, torch.where(two_rows & two_columns, keys, NOTHING))


def _spacing(places: Tensor, axis: int) -> Tensor:
    """Return how far apart pixels (B, h, w) come to lie along an axis, on their own surface.

    Of the two neighbours the nearer one counts: across an edge the other one is far away.
    """
    steps = places.diff(dim=axis).abs()
    before = torch.cat([steps.narrow(axis, 0, 1), steps], dim=axis)
    after = torch.cat([steps, steps.narrow(axis, -1, 1)], dim=axis)
    nearer = torch.minimum(before, after)
    return torch.where(nearer < JUMP_PX, nearer, 0.0)


def _far_weight(depth_mm: Tensor) -> Tensor:
    """Return how much pixels count where holes are filled; 0 where there is no depth."""
    return (depth_mm / KNOWN_MM) ** FAR_POWER
