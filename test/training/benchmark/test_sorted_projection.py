import numpy as np
import pytest
import torch

from training.benchmark.clouds import spinning_cloud
from training.benchmark.projection import CAMERA, LIDAR, T_CAMERA_LIDAR
from training.benchmark.sorted_projection import (
    SortedCylindricalProjection,
    SortedPinholeProjection,
)
from vmloc_ros.lidar import CylindricalProjection, PinholeProjection

CYLINDRICAL = (CylindricalProjection(LIDAR), SortedCylindricalProjection(LIDAR))
PINHOLE = (
    PinholeProjection(CAMERA, T_CAMERA_LIDAR),
    SortedPinholeProjection(CAMERA, T_CAMERA_LIDAR),
)


@pytest.mark.parametrize(("ours", "yardstick"), [CYLINDRICAL, PINHOLE])
def test_the_yardstick_does_the_same_work(ours, yardstick):
    cloud = spinning_cloud(20_000)
    picture, expected = ours(torch.from_numpy(cloud)).numpy(), yardstick(cloud)
    assert picture.shape == expected.shape and (expected > 0).mean() > 1e-3
    different = np.abs(picture - expected) > 1e-4 * np.abs(expected)
    assert different.mean() < 1e-3  # both round in their own way
