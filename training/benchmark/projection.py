"""How long the projections of a lidar's points take, beside NumPy in the same run."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.benchmark.sorted_projection import (
    SortedCylindricalProjection,
    SortedPinholeProjection,
)
from vmloc_ros.config import LidarConfig
from vmloc_ros.frame import Camera
from vmloc_ros.lidar import CylindricalProjection, PinholeProjection

LIDAR = LidarConfig(rows=64, columns=1024, elevation_min_deg=-24.9, elevation_max_deg=2.0)
"""An HDL-64E."""
CAMERA = Camera(width=1242, height=375, fx=721.5, fy=721.5, cx=609.6, cy=172.9)
T_CAMERA_LIDAR = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
"""A camera at the lidar that looks forward."""
WARM_UP = 5
"""Rounds that do not count."""


@dataclass(frozen=True, slots=True)
class ProjectionFigures:
    """One way to make one picture."""

    picture: str
    way: str
    median_ms: float
    points_per_s: float
    times_numpy: float
    """How many times as fast as NumPy."""


def measure_projections(
    clouds: Sequence[NDArray[np.float32]], device: torch.device, rounds: int
) -> list[ProjectionFigures]:
    """Time every projection in turns, a cloud a round.

    Torch goes from points on the device to a picture on the device, NumPy works on the host.

    Args:
        clouds: of N points each, (N, 4).
        device: of torch.
        rounds: measured calls of each projection.
    """
    on_device = [torch.tensor(cloud, device=device) for cloud in clouds]
    figures = []
    for picture, (ours, yardstick) in _projections().items():
        calls = {
            f"torch, {device}": _calls(ours, on_device, partial(_finish, device)),
            "NumPy": _calls(yardstick, clouds, lambda: None),
        }
        figures += _figures(picture, _medians_ms(calls, rounds), len(clouds[0]))
    return figures


def table(figures: Sequence[ProjectionFigures]) -> str:
    """Return a line for each figure, under a heading."""
    head = f"{'':<26}{'':<14}{'median':>10}{'points/s':>12}{'× NumPy':>10}"
    lines = (
        f"{one.picture:<26}{one.way:<14}{one.median_ms:>7.2f} ms"
        f"{one.points_per_s / 1e6:>10.1f} M{one.times_numpy:>10.1f}"
        for one in figures
    )
    return "\n".join([head, *lines])


def _projections() -> Mapping[str, tuple[Callable[[Any], object], Callable[[Any], object]]]:
    cylindrical = (CylindricalProjection(LIDAR), SortedCylindricalProjection(LIDAR))
    pinhole = (
        PinholeProjection(CAMERA, T_CAMERA_LIDAR),
        SortedPinholeProjection(CAMERA, T_CAMERA_LIDAR),
    )
    return {
        f"cylindrical {LIDAR.rows} × {LIDAR.columns}": cylindrical,
        f"pinhole {CAMERA.width} × {CAMERA.height}": pinhole,
    }


def _calls(
    project: Callable[[Any], object], clouds: Sequence[Any], finish: Callable[[], None]
) -> list[Callable[[], None]]:
    def call(cloud: Any) -> None:
        project(cloud)
        finish()

    return [partial(call, cloud) for cloud in clouds]


def _finish(device: torch.device) -> None:
    if device.type == "cuda":  # which has only been asked so far
        torch.cuda.synchronize(device)


def _medians_ms(calls: Mapping[str, Sequence[Callable[[], None]]], rounds: int) -> dict[str, float]:
    times_ms: dict[str, list[float]] = {way: [] for way in calls}
    for number in range(WARM_UP + rounds):
        for way, of_clouds in calls.items():
            start = time.perf_counter()
            of_clouds[number % len(of_clouds)]()
            times_ms[way].append(1e3 * (time.perf_counter() - start))
    return {way: float(np.median(times[WARM_UP:])) for way, times in times_ms.items()}


def _figures(picture: str, medians_ms: Mapping[str, float], points: int) -> list[ProjectionFigures]:
    return [
        ProjectionFigures(picture, way, ms, 1e3 * points / ms, medians_ms["NumPy"] / ms)
        for way, ms in medians_ms.items()
    ]
