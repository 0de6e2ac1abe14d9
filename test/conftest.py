"""What tests share: a tiny scene, a tiny bundle, and the real recordings where they are."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose

ROOT = Path(__file__).parents[1]
CAMERA = Camera(64, 48, 60.0, 60.0, 31.5, 23.5)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("VMLOC_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real recordings: {folder} does not exist (set VMLOC_DATA)")
    return folder


def tiny_frame(stamp_ns: int, seed: int) -> Frame:
    """Random patches of colour and depth, so that each frame is like no other."""
    rng = np.random.default_rng(seed)
    patches = rng.integers(0, 256, (6, 8, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    depth = rng.integers(500, 4000, (6, 8), np.uint16).repeat(8, axis=0).repeat(8, axis=1)
    return Frame(stamp_ns, "camera_optical_frame", rgb=patches, depth_mm=depth, camera=CAMERA)


def tiny_sweep(seed: int) -> np.ndarray:
    """Returns (N, 4) all around a lidar, 5 to 15 m away, so that each sweep is like no other."""
    rng = np.random.default_rng(seed)
    azimuth = np.linspace(-np.pi, np.pi, 64, endpoint=False)[None]
    elevation = np.deg2rad(np.linspace(-20.0, 10.0, 16))[:, None]
    distance = rng.uniform(5.0, 15.0, (4, 8)).repeat(4, axis=0).repeat(8, axis=1)
    flat = distance * np.cos(elevation)
    xyz = [flat * np.cos(azimuth), flat * np.sin(azimuth), distance * np.sin(elevation)]
    intensity = rng.uniform(0.0, 255.0, distance.shape)
    return np.stack([*xyz, intensity], axis=-1).reshape(-1, 4).astype(np.float32)


def tiny_pose(number: int) -> Pose:
    """A circle of one metre at which the camera looks around."""
    angle = 0.3 * number
    position = np.array([np.cos(angle), np.sin(angle), 0.1 * number])
    return Pose(position, np.array([0.0, np.sin(angle / 4), 0.0, np.cos(angle / 4)]))


def write_tiny_scene(scene: Path, make_frame: Callable[[int, int], Frame]) -> Path:
    from training.recordings.scene_writer import SceneWriter

    with SceneWriter(scene) as writer:
        for sequence, frames in ((1, range(10)), (2, range(10, 20)), (3, range(20, 25))):
            for number in frames:
                stamp_ns = 1_000_000_000 * (10 * sequence) + 33_000_000 * number
                writer.write(sequence, make_frame(stamp_ns, number), tiny_pose(number))
        writer.finish(train=[1, 2], test=[3])
    return scene


@pytest.fixture(scope="session")
def _tiny_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_scene(tmp_path_factory.mktemp("recordings") / "tiny", tiny_frame)


@pytest.fixture
def tiny_lidar_scene(tmp_path: Path) -> Path:
    """The tiny scene with a lidar that looks ahead with the camera."""
    T_camera_lidar = np.array(
        [[0.0, -1.0, 0.0, 0.0], [0.0, 0.0, -1.0, -0.2], [1.0, 0.0, 0.0, -0.1], [0, 0, 0, 1.0]]
    )

    def with_lidar(stamp_ns: int, seed: int) -> Frame:
        frame = tiny_frame(stamp_ns, seed)
        return replace(frame, points=tiny_sweep(seed), T_camera_lidar=T_camera_lidar)

    return write_tiny_scene(tmp_path / "tiny-lidar", with_lidar)


@pytest.fixture
def tiny_scene(_tiny_scene: Path, tmp_path: Path) -> Path:
    """A scene of 20 training and 5 test frames of 64 × 48 pixels; a copy that may be damaged."""
    return Path(shutil.copytree(_tiny_scene, tmp_path / "tiny"))


@pytest.fixture(scope="session")
def _tiny_bundle(_tiny_scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from training.train import train
    from vmloc_ros.config import TrainConfig, parse_config

    settings = {
        "model": {"backbone": "resnet18", "weights": "none", "latent_dim": 32, "head_hidden": 16},
        "preprocessing": {"height": 48, "width": 64},
        "holdout": {"fraction": 0.25, "block_frames": 2, "guard_frames": 1},
        "accelerator": "cpu",
        "epochs": 1,
        "batch_size": 8,
    }
    config = parse_config(settings, TrainConfig, "test")
    return train(config, _tiny_scene, tmp_path_factory.mktemp("run") / "run")


@pytest.fixture
def tiny_bundle(_tiny_bundle: Path, tmp_path: Path) -> Path:
    """A bundle trained for one epoch on the tiny scene; a copy that may be damaged."""
    return Path(shutil.copytree(_tiny_bundle, tmp_path / "bundle"))
