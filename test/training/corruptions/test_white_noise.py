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
    assert noise.points[:, 3].min() >= 0.0 and noise.points[:, 3].max() <= 1.0
