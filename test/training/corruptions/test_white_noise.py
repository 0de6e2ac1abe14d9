from collections.abc import Callable

import numpy as np
import pytest

from training.corruptions.white_noise import WhiteNoise
from vmloc_ros.frame import Frame


def test_every_value_is_as_likely_as_any_other(full_frame: Frame) -> None:
    noise = WhiteNoise(("rgb", "depth", "lidar"))(full_frame, 0)
    assert noise.rgb.mean() == pytest.approx(127.5, abs=3.0)
    assert noise.depth_mm.mean() == pytest.approx(4000.0, abs=150.0)
    assert noise.depth_mm.max() <= 8000
    assert np.abs(noise.points[:, :3]).max() <= 50.0
    assert np.abs(noise.points[:, :3].mean()) < 3.0


def test_the_intensities_of_a_lidar_stay_those_that_it_has(frame_of: Callable[..., Frame]) -> None:
    points = np.arange(400, dtype=np.float32).reshape(100, 4)
    noise = WhiteNoise(("lidar",))(frame_of(points=points), 0).points
    assert sorted(noise[:, 3].tolist()) == points[:, 3].tolist() != noise[:, 3].tolist()
