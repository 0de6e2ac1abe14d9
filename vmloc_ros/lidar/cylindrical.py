"""Points ↔ a picture on a cylinder round the lidar: bins of azimuth and elevation."""

import math

import numpy as np
import torch
from torch import Tensor

from vmloc_ros.config import LidarConfig
from vmloc_ros.lidar.return_key import NOTHING, distance, hit, number, return_keys, zero_unless
from vmloc_ros.lidar.z_buffer import ZBuffer, portions


class CylindricalProjection:
    """The picture that a spinning lidar sees (Chen et al. 2017), of the nearest return per cell.

    Points are x, y, z (m) and intensity, in the lidar's axes: x forward, y left, z up. Row 0 is the
    highest elevation. Columns run from left to right, forward in the middle; the edge of a full
    circle is behind, and turning the lidar by one column shifts the picture by one. Channels are
    range (m, 0 = no return), height z (m) and intensity.

    Shapes: B pictures of N points each, with R rows and C columns.
    """

    def __init__(self, config: LidarConfig) -> None:
        self.config = config
        self._rows_per_rad = config.rows / math.radians(
            config.elevation_max_deg - config.elevation_min_deg
        )
        self._columns_per_rad = config.columns / math.radians(config.azimuth_deg)
        self._top = math.radians(config.elevation_max_deg)
        self._left = math.radians(config.azimuth_deg / 2.0)
        self._too_near = float(np.nextafter(np.float32(config.range_min_m**2), np.float32(0.0)))

    def __call__(self, points: Tensor) -> Tensor:
        """Return the picture (R, C, 3) float32 of points (N, 4) float32, on their device."""
        return self.project(points[None])[0]

    def project(self, points: Tensor, present: Tensor | None = None) -> Tensor:
        """Return the pictures of a batch of clouds.

        A point outside the field of view or the limits of range, or with a coordinate that is not
        finite, does not count; an intensity that is not finite becomes 0. Of equally near points
        the first is shown, on any device.

        Args:
            points: (B, N, 4) float32.
            present: (B, N) bool, false for padding; all count where it is left out.

        Returns:
            (B, R, C, 3) float32: range and height in metres, and intensity.
        """
        batch, size = points.shape[:2]
        if points.numel() == 0:
            return points.new_zeros(batch, self.config.rows, self.config.columns, 3)
        nothing = torch.tensor(NOTHING, device=points.device)
        buffer = ZBuffer(batch, self.config.rows, self.config.columns, nothing)
        for part, numbers in portions(batch, size, points.device):
            row, column, squared_range = self._place(points[:, part])
            if present is not None:
                squared_range.masked_fill_(~present[:, part], math.inf)
            buffer.add(row, column, return_keys(squared_range, numbers))
        return self._show(buffer, points)

    def points_of(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the points that pictures show, each at the azimuth of the centre of its column.

        Elevation is not that of the row's centre: the height says it better.

        Args:
            images: (B, R, C, 3) float32, as of `project`.

        Returns:
            Points (B, R·C, 4) float32, row by row, and whether each is a return (B, R·C) bool.
        """
        distance, z, intensity = images.unbind(-1)
        across = (distance * distance - z * z).clamp_min(0.0).sqrt()
        azimuth = self._azimuths(images)
        x, y = across * azimuth.cos(), across * azimuth.sin()
        points = torch.stack([x, y, z, intensity], dim=-1)
        return points.flatten(1, 2), distance.flatten(1) > 0.0

    def _place(self, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return row, column and squared range (m²) of points (B, n, 4).

        Rows and columns are counted from a rim of one cell round the picture. The range of what is
        too near is infinite.
        """
        x, y, z = (points[..., axis].contiguous() for axis in range(3))  # lets torch vectorise
        squared_across = (x * x).addcmul_(y, y)
        squared_range = torch.addcmul(squared_across, z, z)
        slope = squared_across.rsqrt_().mul_(z)
        row = self._row(torch.atan2(slope, slope.new_ones(())))
        column = self._column(torch.atan2(y, x))
        # NaN stays NaN; with a sign it would be less than any distance.
        return row, column, torch.threshold_(squared_range.abs_(), self._too_near, math.inf)

    def _row(self, elevation: Tensor) -> Tensor:
        top = 1.0 + self._top * self._rows_per_rad
        return torch.rsub(elevation, top, alpha=self._rows_per_rad)

    def _column(self, azimuth: Tensor) -> Tensor:
        left = 1.0 + self._left * self._columns_per_rad
        column = torch.rsub(azimuth, left, alpha=self._columns_per_rad)
        if self.config.azimuth_deg == 360.0:  # ±180° is rounded into the picture, not into the rim
            column.clamp_(1.0, self.config.columns + 0.5)
        return column

    def _show(self, buffer: ZBuffer, points: Tensor) -> Tensor:
        """Return the pictures (B, R, C, 3) of the points (B, N, 4) that the cells show."""
        config, batch = self.config, len(points)
        points = points.reshape(-1, 4)
        pictures = points.new_empty(batch * config.rows, config.columns, 3)
        for rows, keys in buffer.strips():
            seen = hit(keys, config.range_max_m**2)
            for channel, values in enumerate(self._channels(keys, points)):
                pictures[rows, :, channel] = zero_unless(seen, values)
        return pictures.view(batch, config.rows, config.columns, 3)

    def _channels(self, keys: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return range, height and intensity, each of the shape of the keys."""
        numbers = number(keys, len(points)).view(-1)
        z, intensity = (points[:, axis].index_select(0, numbers).view_as(keys) for axis in (2, 3))
        squared_range = distance(keys)
        range_m = squared_range.rsqrt().mul_(squared_range)
        return range_m, z, intensity.nan_to_num_(0.0, 0.0, 0.0)

    def _azimuths(self, images: Tensor) -> Tensor:
        """Return the azimuth of the centre of each column (C,), radians."""
        columns = torch.arange(self.config.columns, device=images.device, dtype=images.dtype)
        return self._left - (columns + 0.5) / self._columns_per_rad
