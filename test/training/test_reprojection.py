import cv2
import numpy as np
import pytest
import torch

from training.reprojection import ReprojectionLoss
from vmloc_ros.distortion import Distortion
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Pose, PoseNormalizer

CAMERA = Camera(width=8, height=8, fx=100.0, fy=50.0, cx=4.0, cy=4.0)
SCALE_M = 2.0
LENS = np.array([-0.3, 0.0, 0.0, 0.0])
NO_TURN = np.array([0.0, 0.0, 0.0, 1.0])
HALF = np.sqrt(0.5)
QUARTER_TURN = np.array([0.0, 0.0, HALF, HALF])
"""About z: x of the mean camera is y of map."""


def reproject(
    answer: torch.Tensor,
    target: torch.Tensor,
    depth_mm: torch.Tensor,
    mean: np.ndarray = NO_TURN,
    camera: Camera = CAMERA,
) -> float:
    normalizer = PoseNormalizer(np.zeros(3), SCALE_M, mean)
    return ReprojectionLoss(camera, normalizer, 10.0)(answer, target, depth_mm).item()


def wall(depth_m: float) -> torch.Tensor:
    return torch.full((1, 8, 8), 1000.0 * depth_m)


def test_the_true_pose_sees_every_point_where_it_is() -> None:
    target = 0.3 * torch.randn(1, 6, generator=torch.Generator().manual_seed(1))
    assert reproject(target, target, wall(2.0)) == pytest.approx(0.0, abs=1e-4)


def test_a_camera_beside_its_place_sees_a_wall_shifted() -> None:
    target, beside = torch.zeros(1, 6), torch.zeros(1, 6)
    beside[0, 0] = 0.1 / SCALE_M  # 0.1 m to the right of a wall 4 m away
    assert reproject(beside, target, wall(4.0)) == pytest.approx(100.0 * 0.1 / 4.0, rel=1e-4)


def test_points_lie_where_the_lens_says_in_pixels_of_the_rectified_image() -> None:
    camera = Camera(8, 8, 8.0, 8.0, 4.0, 4.0, Distortion(k1=-0.3))
    nearer, depth = torch.zeros(1, 6), torch.zeros(1, 8, 8)
    nearer[0, 2] = 1.0 / SCALE_M  # 1 m ahead, of where it was
    depth[0, 4, 0] = 4000.0  # seen at -0.5 on the plane at distance 1
    (place,), _ = cv2.undistortPoints(np.array([[[0.0, 4.0]]]), camera.matrix(), LENS)[0].T
    # 4 m ahead it lies at 4 · place; 3 m ahead that is 4 / 3 of the place.
    assert reproject(nearer, torch.zeros(1, 6), depth, camera=camera) == pytest.approx(
        8.0 * abs(place) / 3.0, rel=1e-3
    )


def test_positions_are_along_the_axes_of_map_whatever_the_mean_rotation() -> None:
    target, beside = torch.zeros(1, 6), torch.zeros(1, 6)
    beside[0, 1] = 0.1 / SCALE_M  # along y of map, which is x of a camera turned by a quarter
    shift_px = reproject(beside, target, wall(4.0), QUARTER_TURN)
    assert shift_px == pytest.approx(100.0 * 0.1 / 4.0, rel=1e-4)


def test_a_camera_that_is_turned_sees_by_its_own_axes() -> None:
    mean = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
    normalizer = PoseNormalizer(np.zeros(3), SCALE_M, mean.quat_xyzw)
    angle = 0.05
    yaw = Pose(np.zeros(3), np.array([0.0, np.sin(angle / 2), 0.0, np.cos(angle / 2)]))
    target = torch.tensor(normalizer.encode(yaw), dtype=torch.float32)[None]
    depth = torch.zeros(1, 8, 8)
    depth[0, 4, 4] = 3000.0  # one point on the optical axis of the true camera
    # The named camera looks straight ahead, and sees it at tan(yaw) to the right.
    assert reproject(torch.zeros(1, 6), target, depth) == pytest.approx(
        100.0 * np.tan(angle), rel=1e-3
    )


def test_pixels_without_a_return_take_no_part() -> None:
    beside = torch.zeros(1, 6)
    beside[0, 0] = 0.1 / SCALE_M
    depth = wall(4.0)
    depth[:, :4] = 0.0
    assert reproject(beside, torch.zeros(1, 6), depth) == pytest.approx(2.5, rel=1e-4)
    assert reproject(beside, torch.zeros(1, 6), wall(0.0)) == 0.0
