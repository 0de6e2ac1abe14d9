"""Images and labels of an augmented batch must belong together."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from training.augmentation import Augmentation
from training.recordings.walk import looking
from training.views.camera_motion import CameraMotion
from vmloc_ros.config import AugmentationConfig, LidarConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Pose, PoseNormalizer, quat_log
from vmloc_ros.sensor_rig import SensorRig

CAMERA = Camera(81, 61, 70.0, 70.0, 40.0, 30.0)
RIG = SensorRig(camera=CAMERA)
PLAIN: dict[str, Any] = {"brightness": 0, "contrast": 0, "colour": 0}
NORMALIZER = PoseNormalizer(
    np.array([1.0, -2.0, 0.5]), 1.7, Rotation.from_euler("xyz", [0.4, -0.8, 1.1]).as_quat()
)


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
    before, after = batch(), Augmentation(still, RIG, ("rgb", "depth"), NORMALIZER)(batch())
    turn = Rotation.from_quat(before["quat"]).inv() * Rotation.from_quat(after["quat"])
    vector = np.degrees(turn.as_rotvec())
    assert (np.abs(vector[:, :2]) < 1e-3).all()  # roll is about the optical axis alone
    assert 1.0 < np.abs(vector[:, 2]).max() <= 10.0
    torch.testing.assert_close(after["position"], before["position"])


def test_without_any_strength_a_batch_is_unchanged() -> None:
    off = AugmentationConfig(brightness=0, contrast=0, colour=0)
    after = Augmentation(off, SensorRig(), ("rgb", "depth"), NORMALIZER)(batch())
    torch.testing.assert_close(after["rgb"], batch()["rgb"].float())
    torch.testing.assert_close(after["depth"], batch()["depth"])


def test_brightness_scales_the_image_within_its_bounds() -> None:
    torch.manual_seed(1)
    bright = AugmentationConfig(brightness=0.5, contrast=0, colour=0)
    brightened = Augmentation(bright, SensorRig(), ("rgb", "depth"), NORMALIZER)(batch(64))["rgb"]
    factor = brightened[:, 0, 0, 0] / 128.0
    assert 0.5 <= factor.min() < 0.7
    assert 1.3 < factor.max() <= 1.5


@pytest.mark.parametrize("strength", [{"yaw_deg": 5}, {"shift_m": 0.1}])
def test_motion_without_intrinsics_is_refused_with_the_mend(strength: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"needs its intrinsics.*set augmentation roll, yaw"):
        Augmentation(AugmentationConfig(**strength), SensorRig(), ("rgb", "depth"), NORMALIZER)


def test_angles_are_given_in_degrees() -> None:
    turned = Augmentation(AugmentationConfig(yaw_deg=5), RIG, ("rgb", "depth"), NORMALIZER)
    assert turned._limits_rad[1] == pytest.approx(math.radians(5))


@pytest.mark.parametrize("shift_m", [0.0, 0.2])
def test_mixed_precision_does_not_touch_the_geometry(shift_m: float) -> None:
    rng = np.random.default_rng(0)
    noise = torch.from_numpy(rng.integers(0, 256, (4, 61, 81, 3), np.uint8))
    config = AugmentationConfig(yaw_deg=8, roll_deg=8, shift_m=shift_m)
    augment = Augmentation(config, RIG, ("rgb", "depth"), NORMALIZER)
    torch.manual_seed(3)
    plain = augment(batch() | {"rgb": noise})
    torch.manual_seed(3)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = augment(batch() | {"rgb": noise})
    for name in ("rgb", "depth", "quat", "position"):
        torch.testing.assert_close(mixed[name], plain[name], rtol=0.0, atol=0.0)


T_CAMERA_LIDAR = Pose.from_matrix(
    [[0.0, -1.0, 0.0, 0.1], [0.0, 0.0, -1.0, -0.3], [1.0, 0.0, 0.0, -0.5], [0.0, 0.0, 0.0, 1.0]]
)
LIDAR = LidarConfig(rows=16, columns=90, elevation_min_deg=-30.0, elevation_max_deg=30.0)


@pytest.mark.parametrize("strength", [{"yaw_deg": 5}, {"shift_m": 0.1}])
def test_motion_of_a_lidar_of_unknown_place_is_refused_with_the_mend(
    strength: dict[str, float],
) -> None:
    with pytest.raises(ConfigError, match=r"needs the place of the lidar.*T_camera_lidar\.txt"):
        Augmentation(AugmentationConfig(**strength), RIG, ("rgb", "lidar"), NORMALIZER)


def test_a_lidar_alone_needs_no_intrinsics_to_be_moved() -> None:
    rig = SensorRig.of(None, T_CAMERA_LIDAR)
    config = AugmentationConfig(yaw_deg=5, shift_m=0.2)
    before = {"lidar": torch.rand(2, 16, 90, 3) + 1.0}
    before |= {name: batch(2)[name] for name in ("quat", "position")}
    after = Augmentation(config, rig, ("lidar",), NORMALIZER, LIDAR)(before)
    assert after["lidar"].shape == before["lidar"].shape
    assert (after["quat"] != before["quat"]).any(dim=1).all()
    assert (after["position"] != before["position"]).all()


def test_a_lidar_that_moves_ahead_with_its_camera_comes_nearer_to_what_is_there() -> None:
    rig = SensorRig.of(None, T_CAMERA_LIDAR)
    lidar = torch.zeros(1, 16, 90, 3)
    lidar[0, 8, 44, 0] = 5.0  # at the height of the lidar, almost straight ahead
    ahead = CameraMotion(torch.tensor([[0.0, 0.0, 0.0, 1.0]]), torch.tensor([[0.0, 0.0, 0.2]]))
    augment = Augmentation(AugmentationConfig(shift_m=0.2), rig, ("lidar",), NORMALIZER, LIDAR)
    seen = augment.move({"lidar": lidar} | {k: batch(1)[k] for k in ("quat", "position")}, ahead)
    assert seen["lidar"][..., 0].max() == pytest.approx(4.8, abs=0.001)


Views = Callable[[Pose], tuple[np.ndarray, np.ndarray]]
PLACES = np.array([[0.5, -0.3, 1.4], [-0.6, 0.2, 1.3], [0.3, 0.6, 1.5], [-1.0, 0.0, 1.4]])
TARGETS = np.array([[-0.75, 1.6, 0.8], [2.2, 0.65, 1.0], [0.35, -1.6, 0.6], [1.0, -1.0, 0.8]])


def room_poses() -> list[Pose]:
    rotations = looking(PLACES, TARGETS - PLACES)
    return [Pose(at, R.as_quat()) for at, R in zip(PLACES, rotations, strict=True)]


def labels(poses: list[Pose]) -> dict[str, torch.Tensor]:
    """As a cache has them; quaternions relative to the mean rotation."""
    mean = Rotation.from_quat(NORMALIZER.quat_mean_xyzw)
    quats = np.stack([(mean.inv() * pose.rotation).as_quat() for pose in poses])
    positions = np.stack([NORMALIZER.encode(pose)[:3] for pose in poses])
    return {
        "quat": torch.tensor(quats, dtype=torch.float32),
        "position": torch.tensor(positions, dtype=torch.float32),
    }


def encoded(batch: dict[str, torch.Tensor]) -> np.ndarray:
    return np.concatenate([batch["position"].numpy(), quat_log(batch["quat"].numpy())], axis=1)


def room_batch(views: Views) -> dict[str, torch.Tensor]:
    rgb, depth = (np.stack(images) for images in zip(*map(views, room_poses()), strict=True))
    return {"rgb": torch.from_numpy(rgb), "depth": torch.from_numpy(depth)} | labels(room_poses())


def test_a_label_is_that_of_the_pose_composed_with_the_motion() -> None:
    rng = np.random.default_rng(0)
    T_old_new = [
        Pose(rng.uniform(-0.2, 0.2, 3), Rotation.random(rng=rng).as_quat()) for _ in "abcd"
    ]
    motion = CameraMotion(
        torch.tensor(np.stack([T.quat_xyzw for T in T_old_new]), dtype=torch.float32),
        torch.tensor(np.stack([T.position for T in T_old_new]), dtype=torch.float32),
    )
    augment = Augmentation(AugmentationConfig(shift_m=0.2), RIG, ("rgb", "depth"), NORMALIZER)
    after = augment.move(batch() | labels(room_poses()), motion)
    composed = [old @ T for old, T in zip(room_poses(), T_old_new, strict=True)]
    expected = np.stack([NORMALIZER.encode(pose) for pose in composed])
    np.testing.assert_allclose(encoded(after), expected, atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_images_are_what_a_camera_at_the_new_label_sees(room_views: Any, seed: int) -> None:
    config = AugmentationConfig(yaw_deg=8, pitch_deg=8, roll_deg=8, shift_m=0.2, **PLAIN)
    rig = SensorRig(camera=room_views.camera)
    torch.manual_seed(seed)
    augment = Augmentation(config, rig, ("rgb", "depth"), NORMALIZER)
    after = augment(room_batch(room_views))
    for rgb, depth, label in zip(after["rgb"], after["depth"], encoded(after), strict=True):
        expected_rgb, expected_depth = room_views(NORMALIZER.decode(label))
        seen = depth.numpy() > 0.0
        assert seen.mean() > 0.5
        depth_error_mm = np.abs(depth.numpy() - expected_depth)[seen]
        colour_error = np.abs(rgb.numpy() - expected_rgb)[seen]
        # A shift that is wrong by 10 % shows in both, by 7 mm and 3 levels or more in most views.
        assert np.median(depth_error_mm) < 7.0 and np.median(colour_error) < 2.6
        assert (depth_error_mm < 0.02 * expected_depth[seen]).mean() > 0.97


def test_a_frame_without_depth_is_turned_and_not_shifted(room_views: Any) -> None:
    before = room_batch(room_views)
    before["depth"][1] = 0
    config = AugmentationConfig(yaw_deg=8, roll_deg=8, shift_m=0.2, **PLAIN)
    rig = SensorRig(camera=room_views.camera)
    torch.manual_seed(0)
    after = Augmentation(config, rig, ("rgb", "depth"), NORMALIZER)(before)
    moved = (after["position"] != before["position"]).all(dim=1)
    assert moved.tolist() == [True, False, True, True]
    assert not after["depth"][1].any()
    torch.manual_seed(0)
    only_turned = AugmentationConfig(yaw_deg=8, roll_deg=8, **PLAIN)
    expected = Augmentation(only_turned, rig, ("rgb", "depth"), NORMALIZER)(before)
    torch.testing.assert_close(after["quat"], expected["quat"])
    torch.testing.assert_close(after["rgb"][1], expected["rgb"][1], rtol=0.0, atol=0.1)


def test_shifts_are_spread_over_each_axis_in_metres() -> None:
    torch.manual_seed(0)
    augment = Augmentation(
        AugmentationConfig(shift_m=0.2, **PLAIN), RIG, ("rgb", "depth"), NORMALIZER
    )
    before = batch(256)
    moved = NORMALIZER.position_scale * (augment(before)["position"] - before["position"])
    mean = Rotation.from_quat(NORMALIZER.quat_mean_xyzw)
    in_camera = (mean * Rotation.from_quat(before["quat"])).inv().apply(moved)
    assert (np.abs(in_camera).max(axis=0) > 0.19).all()
    assert np.abs(in_camera).max() < 0.2 + 1e-5
    assert (np.abs(in_camera.mean(axis=0)) < 0.03).all()


def test_nearby_views_are_moved_by_all_shares_of_the_limits_and_nothing_else(
    room_views: Any,
) -> None:
    config = AugmentationConfig(yaw_deg=8, shift_m=0.2, depth_noise=0.002, brightness=0.5)
    rig = SensorRig(camera=room_views.camera)
    augment = Augmentation(config, rig, ("rgb", "depth"), NORMALIZER)
    before = {name: values[:1] for name, values in room_batch(room_views).items()}
    before = {name: values.repeat_interleave(400, 0) for name, values in before.items()}
    after = augment.nearby(before)
    moved_m = NORMALIZER.position_scale * (after["position"] - before["position"]).norm(dim=1)
    # Of a cube of 0.2 m: half of them within half of it.
    assert 0.4 < (moved_m < 0.1).float().mean() < 0.6
    assert 0.2 < moved_m.max() < 0.2 * 3**0.5
    least, most = int(moved_m.argmin()), int(moved_m.argmax())
    change = (after["rgb"].float() - before["rgb"].float()).abs().mean(dim=(1, 2, 3))
    assert change[least] < 0.2 * change[most]


@pytest.mark.parametrize(("motion", "moves"), [({}, False), ({"yaw_deg": 1.0}, True)])
def test_it_says_whether_it_moves_the_camera(motion: dict[str, float], moves: bool) -> None:
    config = AugmentationConfig.model_validate(PLAIN | motion)
    assert Augmentation(config, RIG, ("rgb", "depth"), NORMALIZER).moves == moves


def test_the_same_seed_moves_the_same_way_and_another_one_does_not(room_views: Any) -> None:
    config = AugmentationConfig(yaw_deg=8, shift_m=0.2, depth_noise=0.002, depth_holes=0.3)
    rig = SensorRig(camera=room_views.camera)
    augment = Augmentation(config, rig, ("rgb", "depth"), NORMALIZER)

    def seeded(seed: int) -> dict[str, torch.Tensor]:
        torch.manual_seed(seed)
        return augment(room_batch(room_views))

    first, second, other = seeded(0), seeded(0), seeded(1)
    for name in ("rgb", "depth", "quat", "position"):
        assert torch.equal(first[name], second[name])
        assert not torch.equal(first[name], other[name])


def test_flaws_of_depth_leave_colour_and_label_alone() -> None:
    config = AugmentationConfig(depth_scale=0.1, depth_noise=0.01, depth_holes=0.5, **PLAIN)
    after = Augmentation(config, SensorRig(), ("rgb", "depth"), NORMALIZER)(batch())
    for name in ("rgb", "quat", "position"):
        torch.testing.assert_close(after[name], batch()[name], check_dtype=False)
    assert not torch.equal(after["depth"], batch()["depth"].float())
