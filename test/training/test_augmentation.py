"""A rotated view must be what a camera in the composed pose would have seen."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from training.augmentation import Augmentation, rotate_colour, rotate_depth, rotate_lidar
from vmloc_ros.config import AugmentationConfig, LidarConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.frame import Camera
from vmloc_ros.lidar.cylindrical import CylindricalProjection
from vmloc_ros.pose import Pose
from vmloc_ros.sensor_rig import SensorRig

CAMERA = Camera(81, 61, 70.0, 70.0, 40.0, 30.0)
RIG = SensorRig(camera=CAMERA)


def rays(R_map_camera: np.ndarray) -> np.ndarray:
    """Viewing rays (h, w, 3) in map coordinates, one metre deep along the optical axis."""
    v, u = np.mgrid[0 : CAMERA.height, 0 : CAMERA.width]
    local = np.stack(
        [(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)], -1
    )
    return local @ R_map_camera.T


def wall_depth_mm(R_map_camera: np.ndarray) -> np.ndarray:
    """Depth of a wall z = 2 m with a slant (z = 2 + 0.3 x), seen from the origin."""
    direction = rays(R_map_camera)
    return 1000.0 * 2.0 / (direction[..., 2] - 0.3 * direction[..., 0])


def sky_colour(R_map_camera: np.ndarray) -> np.ndarray:
    """A smooth colour that depends on the viewing direction alone."""
    direction = rays(R_map_camera)
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    return 128.0 + 100.0 * np.sin(4.0 * direction)


@pytest.mark.parametrize("euler_deg", [(5.0, 0.0, 0.0), (0.0, -7.0, 0.0), (3.0, 4.0, 10.0)])
def test_a_rotated_frame_is_the_view_of_the_rotated_camera(euler_deg: tuple[float, ...]) -> None:
    R = Rotation.from_euler("xyz", euler_deg, degrees=True).as_matrix()
    R_old_new = torch.tensor(R, dtype=torch.float32)[None]
    inside = slice(15, -15)

    colour = torch.tensor(sky_colour(np.eye(3)), dtype=torch.float32)[None]
    turned = rotate_colour(colour, R_old_new, CAMERA)[0].numpy()
    np.testing.assert_allclose(turned[inside, inside], sky_colour(R)[inside, inside], atol=0.5)

    depth = torch.tensor(wall_depth_mm(np.eye(3)), dtype=torch.float32)[None]
    turned_depth = rotate_depth(depth, R_old_new, CAMERA)[0].numpy()
    expected = wall_depth_mm(R)[inside, inside]
    np.testing.assert_allclose(turned_depth[inside, inside], expected, rtol=6e-3)


def test_what_comes_into_view_has_no_depth() -> None:
    R = Rotation.from_euler("y", 20.0, degrees=True).as_matrix()
    depth = torch.full((1, 61, 81), 1000)
    turned = rotate_depth(depth, torch.tensor(R, dtype=torch.float32)[None], CAMERA)[0]
    assert (turned[:, -10:] == 0.0).all()
    assert (turned[:, 10] > 0.0).all()


def batch(count: int = 4) -> dict[str, torch.Tensor]:
    quat = torch.tensor(Rotation.random(count, random_state=0).as_quat(), dtype=torch.float32)
    return {
        "rgb": torch.full((count, 61, 81, 3), 128, dtype=torch.uint8),
        "depth": torch.full((count, 61, 81), 1500, dtype=torch.int32),
        "quat": quat,
        "position": torch.zeros(count, 3),
    }


def test_the_label_turns_with_the_view_and_the_position_stays() -> None:
    torch.manual_seed(0)
    still = AugmentationConfig(roll_deg=10, brightness=0, contrast=0, colour=0)
    before, after = batch(), Augmentation(still, RIG, ("rgb", "depth"))(batch())
    turn = Rotation.from_quat(before["quat"]).inv() * Rotation.from_quat(after["quat"])
    vector = np.degrees(turn.as_rotvec())
    assert (np.abs(vector[:, :2]) < 1e-3).all()  # roll is about the optical axis alone
    assert 1.0 < np.abs(vector[:, 2]).max() <= 10.0
    torch.testing.assert_close(after["position"], before["position"])


def test_without_any_strength_a_batch_is_unchanged() -> None:
    off = AugmentationConfig(brightness=0, contrast=0, colour=0)
    after = Augmentation(off, SensorRig(), ("rgb", "depth"))(batch())
    torch.testing.assert_close(after["rgb"], batch()["rgb"].float())
    torch.testing.assert_close(after["depth"], batch()["depth"])


def test_brightness_scales_the_image_within_its_bounds() -> None:
    torch.manual_seed(1)
    bright = AugmentationConfig(brightness=0.5, contrast=0, colour=0)
    factor = (
        Augmentation(bright, SensorRig(), ("rgb", "depth"))(batch(64))["rgb"][:, 0, 0, 0] / 128.0
    )
    assert 0.5 <= factor.min() < 0.7
    assert 1.3 < factor.max() <= 1.5


def test_rotation_without_intrinsics_is_refused_with_the_mend() -> None:
    with pytest.raises(ConfigError, match=r"needs its intrinsics.*set augmentation roll, yaw"):
        Augmentation(AugmentationConfig(yaw_deg=5), SensorRig(), ("rgb", "depth"))


def test_angles_are_given_in_degrees() -> None:
    turned = Augmentation(AugmentationConfig(yaw_deg=5), RIG, ("rgb", "depth"))
    assert turned._limits_rad[1] == pytest.approx(math.radians(5))


def test_mixed_precision_does_not_touch_the_geometry() -> None:
    rng = np.random.default_rng(0)
    noise = torch.from_numpy(rng.integers(0, 256, (4, 61, 81, 3), np.uint8))
    augment = Augmentation(AugmentationConfig(yaw_deg=8, roll_deg=8), RIG, ("rgb", "depth"))
    torch.manual_seed(3)
    plain = augment(batch() | {"rgb": noise})
    torch.manual_seed(3)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = augment(batch() | {"rgb": noise})
    for name in ("rgb", "depth", "quat"):
        torch.testing.assert_close(mixed[name], plain[name], rtol=0.0, atol=0.0)


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


@pytest.mark.parametrize("euler_deg", [(0.0, 10.0, 0.0), (4.0, 0.0, 0.0), (3.0, -5.0, 6.0)])
def test_a_lidar_on_a_rotated_camera_sees_what_it_would_see(euler_deg: tuple[float, ...]) -> None:
    turn = Rotation.from_euler("xyz", euler_deg, degrees=True)
    expected = sweep_of_a_wall(FORWARD @ Pose(np.zeros(3), turn.as_quat()))
    R_old_new = torch.tensor(turn.as_matrix(), dtype=torch.float32)[None]
    turned = rotate_lidar(
        sweep_of_a_wall(FORWARD)[None], R_old_new, T_CAMERA_LIDAR, CylindricalProjection(LIDAR)
    )[0]
    both = (turned[..., 0] > 0.0) & (expected[..., 0] > 0.0)
    # Cells become points and cells again, so that some stay empty.
    assert both.sum() > 0.6 * (expected[..., 0] > 0.0).sum()
    assert both.sum() > 0.95 * (turned[..., 0] > 0.0).sum()
    error_m = (turned[..., 0] - expected[..., 0])[both].abs()
    assert error_m.median() < 0.03 and error_m.max() < 0.25


def test_without_rotation_a_picture_of_the_lidar_stays_as_it_is() -> None:
    picture = sweep_of_a_wall(FORWARD)
    still = rotate_lidar(
        picture[None], torch.eye(3)[None], T_CAMERA_LIDAR, CylindricalProjection(LIDAR)
    )[0]
    torch.testing.assert_close(still, picture, rtol=1e-4, atol=1e-3)


def test_rotation_of_a_lidar_of_unknown_place_is_refused_with_the_mend() -> None:
    with pytest.raises(ConfigError, match=r"needs the place of the lidar.*T_camera_lidar\.txt"):
        Augmentation(AugmentationConfig(yaw_deg=5), RIG, ("rgb", "lidar"))


def test_a_lidar_alone_needs_no_intrinsics_to_be_rotated() -> None:
    rig = SensorRig.of(None, T_CAMERA_LIDAR)
    turn = Augmentation(AugmentationConfig(yaw_deg=5), rig, ("lidar",), LIDAR)
    before = {"lidar": torch.rand(2, 60, 360, 3) + 1.0, "quat": batch(2)["quat"]}
    after = turn(before)
    assert after["lidar"].shape == before["lidar"].shape
    assert not torch.equal(after["quat"], before["quat"])
