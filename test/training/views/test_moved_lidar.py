"""A lidar on a camera that moves must see what it would have seen from there."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from training.views.camera_motion import CameraMotion
from training.views.moved_lidar import move_lidar
from vmloc_ros.config import LidarConfig
from vmloc_ros.lidar.cylindrical import CylindricalProjection
from vmloc_ros.pose import Pose

LIDAR = LidarConfig(
    rows=60, columns=360, elevation_min_deg=-30.0, elevation_max_deg=30.0, range_min_m=0.5
)
T_CAMERA_LIDAR = Pose.from_matrix(
    [[0.0, -1.0, 0.0, 0.1], [0.0, 0.0, -1.0, -0.3], [1.0, 0.0, 0.0, -0.5], [0.0, 0.0, 0.0, 1.0]]
)

FORWARD = Pose.from_matrix(
    [[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)
"""T_map_camera of a camera that looks along x of a map whose z points up."""


def sweep_of_a_wall(T_map_camera: Pose) -> torch.Tensor:
    """A wall x = 6 m (map: x forward, y left, z up), seen by the lidar on a camera; (r, c, 3)."""
    y, z = np.meshgrid(np.arange(-4.0, 4.0, 0.02), np.arange(-3.0, 3.0, 0.02))
    wall = np.stack([np.full(y.size, 6.0), y.ravel(), z.ravel()], axis=1)
    T_lidar_map = (T_map_camera @ T_CAMERA_LIDAR).inverse()
    seen = T_lidar_map.rotation.apply(wall) + T_lidar_map.position
    points = np.concatenate([seen, np.ones((len(seen), 1))], axis=1)
    return CylindricalProjection(LIDAR)(torch.tensor(points, dtype=torch.float32))


MOTIONS = {
    "yaw": (0.0, 10.0, 0.0, 0.0, 0.0, 0.0),
    "pitch": (4.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "forward": (0.0, 0.0, 0.0, 0.0, 0.0, 0.5),
    "left": (0.0, 0.0, 0.0, -0.5, 0.0, 0.0),
    "all": (3.0, -5.0, 6.0, 0.2, -0.3, -0.4),
}
"""Euler angles (degrees) about the old camera's axes, and the shift (m) along them."""


@pytest.mark.parametrize("numbers", MOTIONS.values(), ids=MOTIONS.keys())
def test_a_lidar_on_a_moved_camera_sees_what_it_would_see(numbers: tuple[float, ...]) -> None:
    turn = Rotation.from_euler("xyz", numbers[:3], degrees=True)
    expected = sweep_of_a_wall(FORWARD @ Pose(np.array(numbers[3:]), turn.as_quat()))
    motion = CameraMotion(
        torch.tensor(turn.as_quat(), dtype=torch.float32)[None], torch.tensor(numbers[3:])[None]
    )
    moved = move_lidar(
        sweep_of_a_wall(FORWARD)[None],
        motion.T_new_old(),
        T_CAMERA_LIDAR,
        CylindricalProjection(LIDAR),
    )[0]
    both = (moved[..., 0] > 0.0) & (expected[..., 0] > 0.0)
    # Cells become points and cells again, so that some stay empty.
    assert both.sum() > 0.6 * (expected[..., 0] > 0.0).sum()
    assert both.sum() > 0.95 * (moved[..., 0] > 0.0).sum()
    error_m = (moved[..., 0] - expected[..., 0])[both].abs()
    assert error_m.median() < 0.03 and error_m.max() < 0.25


def test_without_motion_a_picture_of_the_lidar_stays_as_it_is() -> None:
    picture = sweep_of_a_wall(FORWARD)
    still = move_lidar(
        picture[None], torch.eye(4)[None], T_CAMERA_LIDAR, CylindricalProjection(LIDAR)
    )[0]
    torch.testing.assert_close(still, picture, rtol=1e-4, atol=1e-3)
