"""`CylindricalProjection`: a point cloud as a picture, the front view of MV3D (Chen et al. 2017).

VMLoc makes its lidar input so ("Feature Encoders"). A point (x forward, y left, z up: REP-103) with
range r lies at

    azimuth   = atan2(y, x)             column = ⌊columns · (1/2 − azimuth / 360°)⌋
    elevation = atan2(z, √(x² + y²))    row    = ⌊rows · (up − elevation) / (up − down)⌋

so the picture is what one sees from the lidar: forward in the middle, left on the left, up above.
Its left and right edges meet behind: a cloud turned to the left by one bin is the picture rolled by
one column to the left.
"""

import math

import torch
from torch import Tensor

from vmloc_ros.lidar.cloud import check_cloud
from vmloc_ros.lidar.cylindrical_config import CylindricalConfig

CHANNELS = ("inverse_range", "height", "intensity", "validity")
"""1/m · z in metres (lidar frame) · as in the cloud · 1 where there is a return, else 0."""

_INFINITY_BITS = 0x7F800000
_NO_RETURN = _INFINITY_BITS << 32
"""Key of an empty cell: its range is infinite, so its inverse range is 0."""


class CylindricalProjection:
    """Draws clouds as pictures of `CHANNELS`; each cell shows its nearest return."""

    def __init__(self, config: CylindricalConfig) -> None:
        self.config = config
        self._cells = config.rows * config.columns

    def __call__(self, points: Tensor) -> Tensor:
        """Draw a cloud on the device it is on.

        Points that are not finite, out of the ranges or outside of the field of view, which has
        its upper edge but not its lower one, are left out. Of returns at the same range the first
        in the cloud is shown. An intensity that is not finite counts as 0.

        Args:
            points: (N, 4) float32 x, y, z (m, lidar frame) and intensity; N may be 0.

        Returns:
            (4, rows, columns) float32, `CHANNELS`; all of them 0 where there is no return.

        Raises:
            MessageError: points of another type or shape.
        """
        check_cloud(points)
        if len(points) == 0:
            return points.new_zeros((len(CHANNELS), self.config.rows, self.config.columns))
        # Contiguous coordinates: torch's fast atan2 takes no others.
        x, y, z = (points[:, axis].contiguous() for axis in range(3))
        horizontal_squared = x * x + y * y
        reach = torch.sqrt(horizontal_squared + z * z)
        cell = self._cell(x, y, z, torch.sqrt(horizontal_squared), reach)
        return self._picture(points, self._nearest(cell, reach))

    def _cell(self, x: Tensor, y: Tensor, z: Tensor, horizontal: Tensor, reach: Tensor) -> Tensor:
        """Return the cell (N,) of each point, row by row; `_cells` for those that are left out."""
        config = self.config
        columns_per_rad = config.columns / (2.0 * math.pi)
        rows_per_rad = config.rows / math.radians(config.up_deg - config.down_deg)
        column = (0.5 * config.columns - torch.atan2(y, x) * columns_per_rad).floor_()
        above = math.radians(config.up_deg) * rows_per_rad
        row = (above - torch.atan2(z, horizontal) * rows_per_rad).floor_()
        # Not finite is not within, and is left out before it becomes an integer.
        is_drawn = (reach >= config.range_min_m) & (reach <= config.range_max_m)
        is_drawn &= (row >= 0.0) & (row < config.rows)
        column.remainder_(config.columns)  # behind: 180° and -180° are the same column
        return torch.where(is_drawn, row * config.columns + column, self._cells).long()

    def _nearest(self, cell: Tensor, reach: Tensor) -> Tensor:
        """Return (rows · columns,) the bits of the least range and the index of its point.

        Both are in one integer, range first, so that the least of it is the nearest point, on every
        device the same one: floats above 0 are ordered as their bits are.
        """
        keys = (reach.view(torch.int32).long() << 32) | torch.arange(len(cell), device=cell.device)
        nearest = torch.full((self._cells + 1,), _NO_RETURN, device=cell.device)
        return nearest.scatter_reduce_(0, cell, keys, "amin")[:-1]

    def _picture(self, points: Tensor, nearest: Tensor) -> Tensor:
        """Return (4, rows, columns) of the nearest points."""
        reach = (nearest >> 32).int().view(torch.float32)
        index = nearest & 0xFFFFFFFF
        is_return = reach.isfinite()
        height, intensity = points[:, 2][index], points[:, 3][index]
        channels = (
            reach.reciprocal(),
            torch.where(is_return, height, 0.0),
            torch.where(is_return & intensity.isfinite(), intensity, 0.0),
            is_return.float(),
        )
        return torch.stack(channels).view(len(CHANNELS), self.config.rows, self.config.columns)
