"""σ of each set of sensors is the 68.27 % quantile of the errors that were really made."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from training.cache import CachedFrames, FrameCache, build_cache
from training.calibration import FLOOR, calibrate
from training.recordings.formats import open_recording
from vmloc_ros.config import PreprocessingConfig
from vmloc_ros.pose import Pose, PoseNormalizer
from vmloc_ros.preprocessing import Preprocessor

SIZE = PreprocessingConfig(height=48, width=64)
MODALITIES = ("rgb", "depth")


class Oracle(torch.nn.Module):
    """Answers frame by frame what it was given, in the order of the frames; sees who is present."""

    def __init__(self, answers: np.ndarray) -> None:
        super().__init__()
        self.answers = torch.tensor(answers)
        self.seen: list[tuple[bool, ...]] = []

    def forward(self, inputs: dict[str, torch.Tensor], present: torch.Tensor) -> torch.Tensor:
        self.seen += [tuple(row) for row in present.tolist()]
        start = (len(self.seen) - len(present)) % len(self.answers)
        return self.answers[start : start + len(present)]


@pytest.fixture
def cache(tiny_scene: Path, tmp_path: Path) -> FrameCache:
    return build_cache(open_recording(tiny_scene), "train", SIZE, MODALITIES, tmp_path / "cache")


def measured(cache: FrameCache, disturb) -> tuple[dict[str, tuple[float, ...]], Oracle]:
    normalizer = PoseNormalizer.fit(cache.poses)
    answers = [normalizer.encode(disturb(i, pose)) for i, pose in enumerate(cache.poses)]
    oracle = Oracle(np.stack(answers))
    frames = CachedFrames(cache, range(len(cache.poses)), normalizer)
    return calibrate(oracle, frames, normalizer, Preprocessor(SIZE, MODALITIES)), oracle  # type: ignore[arg-type]


def test_errors_along_and_about_the_axes_of_map_are_told_apart(cache: FrameCache) -> None:
    turn = Rotation.from_rotvec([0.0, 0.0, 0.05])

    def disturb(i: int, pose: Pose) -> Pose:
        return Pose(pose.position + np.array([0.3, 0.0, 0.0]), (turn * pose.rotation).as_quat())

    sigma, _ = measured(cache, disturb)
    expected = [0.3, FLOOR[1], FLOOR[2], FLOOR[3], FLOOR[4], 0.05]
    for values in sigma.values():
        np.testing.assert_allclose(values, expected, atol=1e-6)


def test_a_few_outliers_do_not_move_sigma(cache: FrameCache) -> None:
    def disturb(i: int, pose: Pose) -> Pose:
        return Pose(pose.position + np.array([0.0, 50.0 if i < 3 else 0.1, 0.0]), pose.quat_xyzw)

    sigma, _ = measured(cache, disturb)
    assert sigma["rgb+depth"][1] == pytest.approx(0.1, abs=1e-6)


def test_every_set_of_sensors_is_measured_with_just_those_present(cache: FrameCache) -> None:
    sigma, oracle = measured(cache, lambda i, pose: pose)
    frames = len(cache.poses)
    assert list(sigma) == ["rgb", "depth", "rgb+depth"]
    assert set(oracle.seen[:frames]) == {(True, False)}
    assert set(oracle.seen[frames : 2 * frames]) == {(False, True)}
    assert set(oracle.seen[2 * frames :]) == {(True, True)}
