"""What is measured on held-out frames, computed by hand with experts that answer as they are told.

Errors are along x unless a test says otherwise. The prior takes nothing of the oracle's answers,
and both experts are equally sure: together they answer halfway between.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from training import calibration as measuring
from training.answers import as_recorded
from training.cache import Batch, CachedFrames, FrameCache, build_cache
from training.calibration import FLOOR, FOREIGN, SLOPES, calibrate, training_appearance
from training.recordings.formats import open_recording
from vmloc_ros.calibration import Calibration
from vmloc_ros.config import ModelConfig, PreprocessingConfig
from vmloc_ros.errors import RecordingError
from vmloc_ros.familiarity import SHRINKAGE
from vmloc_ros.model.backbones import appearance_length
from vmloc_ros.model.vmloc import Experts, VMLoc
from vmloc_ros.pose import Pose, PoseNormalizer
from vmloc_ros.preprocessing import Preprocessor

APPEARANCE = appearance_length("resnet18")

SIZE = PreprocessingConfig(height=48, width=64)
MODALITIES = ("rgb", "depth")
FRAMES = 100
"""Held-out ones: the tiny scene five times over."""
APPEARANCE_OF_TRAINING = torch.tensor([[-1.0], [1.0]])

TURNED = Rotation.from_rotvec([0.0, 3.0, 0.0]).as_quat()

Disturbance = Callable[[int, Pose], Pose]


class Oracle(VMLoc):
    """Experts that say of frame after frame what they were given; the latent is the pose itself."""

    def __init__(self, answers: Mapping[str, Tensor], appearance: Tensor) -> None:
        torch.nn.Module.__init__(self)
        self.config = ModelConfig(modalities=MODALITIES)
        self.answers, self.appearance, self.asked = answers, appearance, 0

    def experts(self, inputs: Mapping[str, Tensor], present: Tensor) -> Experts:
        rows = slice(self.asked, self.asked + len(present))
        self.asked = rows.stop
        means = torch.stack([self.answers[name][rows] for name in MODALITIES], dim=1)
        return Experts(
            means,
            torch.full_like(means, 1e-9),
            dict.fromkeys(MODALITIES, self.appearance[rows]),
        )

    def decode(self, z: Tensor) -> Tensor:
        return z


@pytest.fixture(autouse=True)
def as_large_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let σ not depend on the remoteness, but where a test says so."""
    monkeypatch.setattr(measuring, "SLOPES", (0.0,))


@pytest.fixture
def cache(tiny_scene: Path, tmp_path: Path) -> FrameCache:
    return build_cache(open_recording(tiny_scene), "train", SIZE, MODALITIES, tmp_path / "cache")


def measured(
    cache: FrameCache,
    rgb: Disturbance,
    depth: Disturbance,
    appearance: Sequence[float] = (1.0,) * FRAMES,
    training_poses: Sequence[Pose] = (),
    views: int = 0,
) -> Calibration:
    """Calibrate a model whose experts answer the truth, disturbed, and so in further views."""
    normalizer = PoseNormalizer.fit(cache.poses)
    indices = list(range(len(cache.poses))) * (FRAMES // len(cache.poses))
    answers = {
        name: torch.tensor(
            np.stack([normalizer.encode(disturb(i, cache.poses[k])) for i, k in enumerate(indices)])
        ).repeat(1 + views, 1)
        for name, disturb in (("rgb", rgb), ("depth", depth))
    }
    return calibrate(
        Oracle(answers, torch.tensor(appearance).repeat(1 + views)[:, None]),
        CachedFrames(cache, indices, normalizer),
        training_poses or cache.poses,
        dict.fromkeys(MODALITIES, APPEARANCE_OF_TRAINING),
        normalizer,
        Preprocessor(SIZE, MODALITIES),
        [as_recorded] * views,
    )


def test_sigma_is_that_of_frames_and_views_and_novelty_that_of_the_recording(
    cache: FrameCache,
) -> None:
    normalizer = PoseNormalizer.fit(cache.poses)
    y = torch.tensor(np.stack([normalizer.encode(pose) for pose in cache.poses]))
    appearance = torch.ones(2 * len(y))
    appearance[len(y) :] = 9.0  # what is unusual about a view is no measure of what is foreign
    twice = dict.fromkeys(MODALITIES, torch.cat([y, y]))

    def from_beside(batch: Batch) -> Batch:
        shift = torch.tensor([0.4 / normalizer.position_scale, 0.0, 0.0])
        return batch | {"position": batch["position"] + shift}

    found = calibrate(
        Oracle(twice, appearance[:, None]),
        CachedFrames(cache, range(len(y)), normalizer),
        cache.poses,
        dict.fromkeys(MODALITIES, APPEARANCE_OF_TRAINING),
        normalizer,
        Preprocessor(SIZE, MODALITIES),
        [from_beside],
    )
    assert found.sigma["rgb"][0] == pytest.approx(0.4, rel=1e-4)  # the half that errs counts
    assert found.sigma["rgb"][1] == pytest.approx(FLOOR[1])
    unmoved = measured(cache, exact, exact)
    assert found.novelty_limit == pytest.approx(unmoved.novelty_limit)


def exact(i: int, pose: Pose) -> Pose:
    return pose


def moved(x: float = 0.0, y: float = 0.0) -> Disturbance:
    return lambda i, pose: Pose(pose.position + np.array([x, y, 0.0]), pose.quat_xyzw)


def sometimes(usual_m: float, rare_m: float, count: int) -> Disturbance:
    """Err by `usual_m`, but in the first `count` frames by `rare_m`."""
    return lambda i, pose: moved(x=rare_m if i < count else usual_m)(i, pose)


def test_errors_along_and_about_the_axes_of_map_are_told_apart(cache: FrameCache) -> None:
    turn = Rotation.from_rotvec([0.0, 0.0, 0.05])

    def disturb(i: int, pose: Pose) -> Pose:
        return Pose(pose.position + np.array([0.3, 0.0, 0.0]), (turn * pose.rotation).as_quat())

    expected = [0.3, FLOOR[1], FLOOR[2], FLOOR[3], FLOOR[4], 0.05]
    for values in measured(cache, disturb, disturb).sigma.values():
        np.testing.assert_allclose(values, expected, atol=1e-5)


def test_every_set_of_sensors_is_measured_with_just_those_present(cache: FrameCache) -> None:
    sigma = measured(cache, moved(x=0.3), moved(y=0.2)).sigma
    assert list(sigma) == ["rgb", "depth", "rgb+depth"]
    np.testing.assert_allclose(sigma["rgb"][:2], [0.3, FLOOR[1]], atol=1e-5)
    np.testing.assert_allclose(sigma["depth"][:2], [FLOOR[0], 0.2], atol=1e-5)
    np.testing.assert_allclose(sigma["rgb+depth"][:2], [0.15, 0.1], atol=1e-5)


def test_a_few_outliers_do_not_move_sigma(cache: FrameCache) -> None:
    disturb = sometimes(0.1, 50.0, count=3)
    sigma = measured(cache, disturb, disturb).sigma
    assert sigma["rgb+depth"][0] == pytest.approx(0.1, abs=1e-5)


def test_views_of_a_frame_are_not_new_frames(cache: FrameCache) -> None:
    disturb = sometimes(0.1, 0.5, count=4)  # of 100 frames 2σ is taken from the 97th, 0.5 …
    for views in (0, 1):  # … and of 200 it would be from the 192nd, 0.1
        sigma = measured(cache, disturb, disturb, views=views).sigma
        assert sigma["rgb"][0] == pytest.approx(0.25, abs=1e-5)


def test_where_the_tail_is_heavy_two_sigma_counts(cache: FrameCache) -> None:
    disturb = sometimes(0.1, 0.5, count=10)  # the 95.45 % quantile is 0.5
    assert measured(cache, disturb, disturb).sigma["rgb"][0] == pytest.approx(0.25, abs=1e-5)


def test_errors_that_the_disagreement_announces_do_not_widen_sigma(cache: FrameCache) -> None:
    # Colour is exact. Depth errs by 0.1 m in 75 frames and 0.4 m in 25: both together err by half
    # of that, and they are four times as far apart where they err four times as much.
    found = measured(cache, exact, sometimes(0.1, 0.4, count=25))
    assert found.sigma["depth"][0] == pytest.approx(0.2, abs=1e-5)  # half of the 95.45 % quantile
    assert found.sigma["rgb+depth"][0] == pytest.approx(0.05, abs=1e-5)
    unit = np.hypot(FLOOR[0], 0.2) * np.sqrt(6.0)
    agreement = found.agreement["rgb+depth"]
    assert agreement.median == pytest.approx(0.1 / unit, rel=1e-4)
    assert agreement.limit == pytest.approx(4.0 * 0.4 / unit, rel=1e-4)
    assert found.growth(MODALITIES, 0.4 / unit) == pytest.approx(4.0, rel=1e-4)


def test_units_of_remoteness_are_those_of_held_out_frames(
    cache: FrameCache,
) -> None:
    turn = Rotation.from_rotvec([0.0, 0.02, 0.0])
    away = [
        Pose(pose.position + np.array([0.0, 0.0, 5.0]), (pose.rotation * turn).as_quat())
        for pose in cache.poses[:1]
    ]
    seen = [1.2] * FRAMES
    found = measured(cache, exact, exact, seen, training_poses=away).remoteness
    assert found is not None
    distances = [pose.distance_m(away[0]) for pose in cache.poses]
    assert found.position_m == pytest.approx(np.median(distances), rel=1e-6)
    angles = [np.radians(pose.angle_deg(away[0])) for pose in cache.poses]
    assert found.rotation_rad == pytest.approx(np.median(angles), rel=1e-6)
    assert found.novelty == pytest.approx(dict.fromkeys(MODALITIES, 1.0 / FOREIGN), rel=1e-4)
    assert list(found.slope) == ["rgb", "depth", "rgb+depth"]


def test_sigma_follows_the_remoteness_that_errors_grow_with(
    cache: FrameCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The camera errs in proportion to how unlike its image is, the depth camera always alike.

    The answers stay on the path or near it: all training poses lie far off, all equally.
    """
    monkeypatch.setattr(measuring, "SLOPES", SLOPES)
    unlike = np.linspace(0.0, 8.0, FRAMES)
    noise = np.random.default_rng(1).laplace(size=FRAMES)
    away = [Pose(cache.poses[0].position + np.array([1e6, 0.0, 0.0]), TURNED)]

    def rgb(i: int, pose: Pose) -> Pose:
        return moved(x=0.1 * unlike[i] * noise[i])(i, pose)

    def depth(i: int, pose: Pose) -> Pose:
        return moved(x=0.1 * noise[i])(i, pose)

    found = measured(cache, rgb, depth, list(1.0 + unlike), training_poses=away)
    assert found.remoteness is not None
    assert found.remoteness.slope["rgb"] == max(SLOPES)
    assert found.remoteness.slope["depth"] == 0.0
    # Novelty 4 is the median, and there remoteness is 1: the error is as in the middle frame.
    assert found.sigma["rgb"][0] == pytest.approx(0.4 * 1.3, rel=0.35)
    near = found.growth(("rgb",), 0.0, 0.5)
    assert near == pytest.approx((1.0 + 16.0 * 0.5) / 17.0)


def test_experts_without_error_still_have_a_sigma_and_a_limit(cache: FrameCache) -> None:
    found = measured(cache, exact, exact)
    np.testing.assert_allclose(found.sigma["rgb+depth"], FLOOR, rtol=1e-6)
    assert found.agreement["rgb+depth"].median > 0.0
    assert found.agreement["rgb+depth"].limit > 0.0
    assert found.problem(MODALITIES, experts=True) is None


def test_frames_that_lack_a_sensor_say_nothing_of_it(cache: FrameCache) -> None:
    present = np.ones_like(cache.present)
    present[:5, 1] = False  # of each round of twenty
    partial = replace(cache, present=present)

    def depth(i: int, pose: Pose) -> Pose:
        return moved(x=9.0 if i % len(present) < 5 else 0.2)(i, pose)

    sigma = measured(partial, exact, depth).sigma
    assert sigma["depth"][0] == pytest.approx(0.2, abs=1e-5)
    assert sigma["rgb+depth"][0] == pytest.approx(0.1, abs=1e-5)


def test_sensors_that_never_meet_cannot_be_calibrated_together(cache: FrameCache) -> None:
    present = np.zeros_like(cache.present)
    present[::2, 0] = present[1::2, 1] = True
    with pytest.raises(RecordingError, match="no held-out frame has rgb and depth"):
        measured(replace(cache, present=present), exact, exact)


def test_held_out_images_are_familiar_with_half_as_much_again_to_spare(cache: FrameCache) -> None:
    # One statistic, of spread 1 about 0: distances are divided by √1.1 (`SHRINKAGE`).
    seen = [9.0] * 5 + [1.2] * (FRAMES - 5)  # 0.2 from the nearer training image, a few far away
    limits = measured(cache, exact, exact, seen).novelty_limit
    assert limits == pytest.approx(dict.fromkeys(MODALITIES, 1.5 * 0.2 / np.sqrt(1 + SHRINKAGE)))


def test_held_out_images_equal_to_training_images_leave_a_limit(cache: FrameCache) -> None:
    assert min(measured(cache, exact, exact).novelty_limit.values()) > 0.0


@pytest.fixture
def network() -> VMLoc:
    torch.manual_seed(0)
    config = ModelConfig(backbone="resnet18", weights="none", latent_dim=16, head_hidden=8)
    return VMLoc(config).eval()


def appearance_of(network: VMLoc, cache: FrameCache, name: str, frames: Sequence[int]) -> Tensor:
    images = {name: torch.from_numpy(cache.images[name][list(frames)])}
    encoded = Preprocessor(SIZE, MODALITIES).encode(images)[name]
    appearance: Tensor = network.encoders[name](encoded).appearance
    return appearance


def test_training_images_are_chosen_evenly_where_there_are_many(
    cache: FrameCache, network: VMLoc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "IMAGES", 4)
    frames = CachedFrames(cache, range(20), PoseNormalizer.fit(cache.poses))
    found = training_appearance(network, frames, Preprocessor(SIZE, MODALITIES))
    for name in MODALITIES:
        assert found[name].shape == (4, APPEARANCE)
        expected = appearance_of(network, cache, name, [0, 5, 10, 15])
        torch.testing.assert_close(found[name], expected)


def test_training_images_of_a_rare_sensor_are_all_taken(
    cache: FrameCache, network: VMLoc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "IMAGES", 4)
    present = np.ones_like(cache.present)
    present[:, 1] = False
    present[[7, 13], 1] = True
    rare = replace(cache, present=present)
    frames = CachedFrames(rare, range(20), PoseNormalizer.fit(cache.poses))
    found = training_appearance(network, frames, Preprocessor(SIZE, MODALITIES))
    torch.testing.assert_close(found["depth"], appearance_of(network, cache, "depth", [7, 13]))
    assert found["rgb"].shape == (4, APPEARANCE)
