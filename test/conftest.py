"""What tests share: a tiny scene, a tiny bundle, and the real recordings where they are."""

import os
import shutil
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


def tiny_pose(number: int) -> Pose:
    """A circle of one metre at which the camera looks around."""
    angle = 0.3 * number
    position = np.array([np.cos(angle), np.sin(angle), 0.1 * number])
    return Pose(position, np.array([0.0, np.sin(angle / 4), 0.0, np.cos(angle / 4)]))


@pytest.fixture(scope="session")
def _tiny_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from training.recordings.scene_writer import SceneWriter

    scene = tmp_path_factory.mktemp("recordings") / "tiny"
    with SceneWriter(scene) as writer:
        for sequence, frames in ((1, range(10)), (2, range(10, 20)), (3, range(20, 25))):
            for number in frames:
                stamp_ns = 1_000_000_000 * (10 * sequence) + 33_000_000 * number
                writer.write(sequence, tiny_frame(stamp_ns, number), tiny_pose(number))
        writer.finish(train=[1, 2], test=[3])
    return scene


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
