"""Points ↔ a picture on a cylinder round the lidar: bins of azimuth and elevation."""

import math

import torch
from torch import Tensor

from vmloc_ros.config import LidarConfig
from vmloc_ros.lidar.nearest_return import nearest_returns


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
        self._left = math.radians(config.azimuth_deg / 2.0)
        self._top = math.radians(config.elevation_max_deg)
        height_deg = config.elevation_max_deg - config.elevation_min_deg
        self._columns_per_rad = config.columns / math.radians(config.azimuth_deg)
        self._rows_per_rad = config.rows / math.radians(height_deg)
        self._closes = config.azimuth_deg == 360.0

    def __call__(self, points: Tensor) -> Tensor:
        """Return the picture (R, C, 3) float32 of points (N, 4) float32, on their device."""
        return self.project(points[None])[0]

    def project(self, points: Tensor, present: Tensor | None = None) -> Tensor:
        """Return the pictures of a batch of clouds.

        A point outside the field of view or the limits of range, or with a number that is not
        finite, does not count. Of equally near points the first is shown, on any device.

        Args:
            points: (B, N, 4) float32.
            present: (B, N) bool, false for padding; all count where it is left out.

        Returns:
            (B, R, C, 3) float32, range and height in metres, and intensity.
        """
        batch, size = points.shape[:2]
        shape = (batch, self.config.rows, self.config.columns, 3)
        if size == 0:
            return points.new_zeros(shape)
        flat = points.reshape(-1, 4)
        cells, squared_range, seen = self._place(flat)
        if present is not None:
            seen &= present.reshape(-1)
        if batch > 1:
            cells = self._in_batch(cells, batch)
        nearest = nearest_returns(cells, squared_range, seen, math.prod(shape[:3]))
        return self._picture(flat, nearest).view(shape)

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
        """Return cell, squared range (m²) and whether it counts, of each of the points (M, 4)."""
        x, y, z, intensity = points.T.contiguous()  # side by side: trigonometry is vectorised
        squared_across = x * x + y * y
        squared_range = squared_across + z * z
        column = (self._left - torch.atan2(y, x)) * self._columns_per_rad
        if self._closes:  # behind is +180° or −180°
            column = torch.where(column >= self.config.columns, 0.0, column)
        row = (self._top - torch.atan(z / squared_across.sqrt())) * self._rows_per_rad
        seen = self._is_inside(column, row) & self._is_in_range(squared_range)
        return self._cells(column, row), squared_range, seen & intensity.isfinite()

    def _is_inside(self, column: Tensor, row: Tensor) -> Tensor:
        within = (row >= 0.0) & (row < self.config.rows)
        return within & (column >= 0.0) & (column < self.config.columns)

    def _is_in_range(self, squared_range: Tensor) -> Tensor:
        near, far = self.config.range_min_m, self.config.range_max_m
        return (squared_range >= near * near) & (squared_range <= far * far)

    def _cells(self, column: Tensor, row: Tensor) -> Tensor:
        """Number the cells row by row; what lies outside, or nowhere, goes to a cell of the rim."""
        rows, columns = self.config.rows, self.config.columns
        row, column = row.to(torch.int32), column.to(torch.int32)
        cells = row.clamp_(0, rows - 1).mul_(columns).add_(column.clamp_(0, columns - 1))
        return cells.to(torch.int64)

    def _in_batch(self, cells: Tensor, batch: int) -> Tensor:
        first = torch.arange(batch, device=cells.device) * (self.config.rows * self.config.columns)
        return (cells.view(batch, -1) + first[:, None]).view(-1)

    def _picture(self, points: Tensor, nearest: Tensor) -> Tensor:
        """Return the channels (cells, 3) of the points (M, 4) that the cells show."""
        x, y, z, intensity = points[nearest.clamp_min(0)].unbind(-1)
        channels = torch.stack([(x * x + y * y + z * z).sqrt(), z, intensity], dim=-1)
        return torch.where(nearest[:, None] >= 0, channels, 0.0)

    def _azimuths(self, images: Tensor) -> Tensor:
        """Return the azimuth of the centre of each column (C,), radians."""
        columns = torch.arange(self.config.columns, device=images.device, dtype=images.dtype)
        return self._left - (columns + 0.5) / self._columns_per_rad
