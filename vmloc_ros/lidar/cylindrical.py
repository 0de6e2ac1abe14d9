"""Points ↔ a picture on a cylinder round the lidar: bins of azimuth and elevation."""

import math

import torch
from torch import Tensor

from vmloc_ros.config import LidarConfig
from vmloc_ros.lidar.z_buffer import ZBuffer, distance, hit, number, portions, step


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
        shape = (batch, self.config.rows, self.config.columns, 3)
        if points.numel() == 0:
            return points.new_zeros(shape)
        buffer = ZBuffer(batch, self.config.rows, self.config.columns, points.device)
        for part, numbers in portions(batch, size, points.device):
            row, column, squared_range, seen = self._place(points[:, part])
            if present is not None:
                seen &= present[:, part]
            buffer.add(row, column, squared_range, seen, numbers)
        return self._show(buffer.keys().reshape(-1), points.reshape(-1, 4)).view(shape)

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

    def _place(self, points: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return row, column, squared range (m²) and whether it is in range, of points (B, n, 4).

        Rows and columns are counted from a rim of one cell round the picture.
        """
        x, y, z = (points[..., axis].contiguous() for axis in range(3))  # lets torch vectorise
        squared_across = x * x + y * y
        squared_range = squared_across + z * z
        row = self._row(torch.atan(squared_across.rsqrt_().mul_(z)))
        return row, self._column(torch.atan2(y, x)), squared_range, self._in_range(squared_range)

    def _row(self, elevation: Tensor) -> Tensor:
        return (self._top + 1.0 / self._rows_per_rad - elevation).mul_(self._rows_per_rad)

    def _column(self, azimuth: Tensor) -> Tensor:
        column = (self._left + 1.0 / self._columns_per_rad - azimuth).mul_(self._columns_per_rad)
        if self.config.azimuth_deg == 360.0:  # ±180° is rounded into the picture, not into the rim
            column.clamp_(1.0, self.config.columns + 0.5)
        return column

    def _in_range(self, squared_range: Tensor) -> Tensor:
        near, far = self.config.range_min_m, self.config.range_max_m
        return (squared_range >= near * near) & (squared_range <= far * far)

    def _show(self, keys: Tensor, points: Tensor) -> Tensor:
        """Return the channels (cells, 3) of the points (M, 4) that the cells show."""
        picture = points.new_empty(len(keys), 3)
        cells = step(keys.device)
        for part, shown in zip(picture.split(cells), keys.split(cells), strict=True):
            for channel, values in enumerate(self._channels(shown, points)):
                part[:, channel] = torch.where(hit(shown), values, 0.0)
        return picture

    def _channels(self, keys: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, intensity = (points[:, axis].index_select(0, number(keys)) for axis in (2, 3))
        squared_range = distance(keys)
        # Unlike sqrt, rsqrt keeps to the core that it is called on.
        return squared_range.rsqrt().mul_(squared_range), z, intensity.nan_to_num(0.0, 0.0, 0.0)

    def _azimuths(self, images: Tensor) -> Tensor:
        """Return the azimuth of the centre of each column (C,), radians."""
        columns = torch.arange(self.config.columns, device=images.device, dtype=images.dtype)
        return self._left - (columns + 0.5) / self._columns_per_rad
