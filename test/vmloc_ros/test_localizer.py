import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from training.recordings.formats import open_recording
from vmloc_ros.bundle import Bundle, load_bundle
from vmloc_ros.calibration import Calibration
from vmloc_ros.config import parse_config
from vmloc_ros.errors import ConfigError, MessageError
from vmloc_ros.frame import Frame
from vmloc_ros.localizer import Localizer
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Pose, error_vector
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.remoteness import TrainingPath
from vmloc_ros.validity import ValidityLimits

SIGMA = {
    "rgb": (0.3, 0.3, 0.3, 0.03, 0.03, 0.03),
    "depth": (0.4, 0.4, 0.4, 0.04, 0.04, 0.04),
    "rgb+depth": (0.1, 0.1, 0.1, 0.01, 0.01, 0.01),
}
LENIENT: dict[str, Any] = {
    "sigma": SIGMA,
    "agreement": {"rgb+depth": {"median": 1e6, "limit": 1e6}},
    "novelty_limit": {"rgb": 1e9, "depth": 1e9},
}
"""Finds nothing novel and no disagreement."""


@pytest.fixture
def frame(tiny_scene: Path) -> Frame:
    """A frame of the training."""
    return next(open_recording(tiny_scene).frames("all")).frame


def calibrated(bundle: Bundle, **changes: Any) -> Bundle:
    """Return a bundle with a calibration of one's own; it is lenient but for the changes."""
    calibration = parse_config(LENIENT | changes, Calibration, "test")
    return replace(
        bundle, description=bundle.description.model_copy(update={"calibration": calibration})
    )


def lenient(folder: Path, limits: ValidityLimits | None = None, **changes: Any) -> Localizer:
    return Localizer(calibrated(load_bundle(folder), **changes), "cpu", limits)


def sigmas(covariance: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(covariance))


def test_a_frame_gets_a_pose_at_its_own_stamp(tiny_bundle: Path, frame: Frame) -> None:
    estimate = Localizer.load(tiny_bundle, "cpu").localize(frame)
    assert estimate.stamp_ns == frame.stamp_ns
    assert estimate.present == ("rgb", "depth")
    assert estimate.dropped == {}
    assert set(estimate.stage_ms) == {"preprocess", "inference"}
    assert min(estimate.stage_ms.values()) > 0.0


def test_the_same_frame_gets_the_same_pose(tiny_bundle: Path, frame: Frame) -> None:
    localizer = Localizer.load(tiny_bundle, "cpu")
    first, second = localizer.localize(frame), localizer.localize(frame)
    np.testing.assert_array_equal(first.T_map_camera.matrix(), second.T_map_camera.matrix())


def test_the_covariance_is_the_calibrated_one_of_what_is_present(
    tiny_bundle: Path, frame: Frame
) -> None:
    localizer = lenient(tiny_bundle)
    both, without = localizer.localize(frame), localizer.localize(replace(frame, rgb=None))
    np.testing.assert_allclose(sigmas(both.covariance), SIGMA["rgb+depth"])
    np.testing.assert_allclose(sigmas(without.covariance), SIGMA["depth"])
    assert without.present == ("depth",)
    assert np.linalg.eigvalsh(both.covariance).min() > 0.0


def test_the_covariance_grows_with_the_disagreement_of_the_experts(
    tiny_bundle: Path, frame: Frame
) -> None:
    usual = lenient(tiny_bundle)
    rgb = usual.localize(replace(frame, depth_mm=None)).T_map_camera
    depth = usual.localize(replace(frame, rgb=None)).T_map_camera
    of_both = np.hypot(SIGMA["rgb"], SIGMA["depth"])
    apart = float(np.sqrt(np.mean((error_vector(rgb, depth) / of_both) ** 2)))
    assert apart > 0.0
    strict = lenient(
        tiny_bundle, agreement={"rgb+depth": {"median": apart / 7.0, "limit": 2.0 * apart}}
    ).localize(frame)
    assert strict.rejection is None
    expected = 7.0 * np.array(SIGMA["rgb+depth"])
    np.testing.assert_allclose(sigmas(strict.covariance), expected, rtol=1e-3)


@pytest.mark.parametrize(("scale", "slope"), [(1.0, 0.0), (1.0, 1.0), (1.0, 3.0), (0.5, 3.0)])
def test_the_covariance_grows_with_the_remoteness_of_the_frame(
    tiny_bundle: Path, frame: Frame, scale: float, slope: float
) -> None:
    usual = lenient(tiny_bundle, novelty_limit={"rgb": 1.0, "depth": 1.0}).localize(frame)
    position = usual.T_map_camera.position + np.array([0.6, 0.0, 0.0])
    away = (Pose(position, usual.T_map_camera.quat_xyzw),)
    measured = {
        "novelty": {name: value / 2.0 for name, value in usual.novelty.items()},
        "position_m": 0.1 * scale,
        "rotation_rad": 0.1,
        "slope": dict.fromkeys(SIGMA, slope),
    }
    bundle = calibrated(
        load_bundle(tiny_bundle), novelty_limit={"rgb": 1.0, "depth": 1.0}, remoteness=measured
    )
    found = Localizer(replace(bundle, training_poses=away), "cpu").localize(frame)
    remoteness = (2.0 + 6.0 / scale / np.sqrt(2.0)) / 2.0
    growth = (1.0 + slope * remoteness) / (1.0 + slope)
    np.testing.assert_allclose(
        sigmas(found.covariance), growth * np.array(SIGMA["rgb+depth"]), rtol=1e-5
    )


def test_experts_that_name_different_places_are_rejected(tiny_bundle: Path, frame: Frame) -> None:
    localizer = lenient(tiny_bundle, agreement={"rgb+depth": {"median": 1e-9, "limit": 1e-9}})
    rejection = localizer.localize(frame).rejection
    assert rejection is not None
    assert rejection.reason == "disagreement"
    assert localizer.localize(replace(frame, rgb=None)).rejection is None


def test_a_missing_sensor_leaves_the_product_of_the_others(tiny_bundle: Path, frame: Frame) -> None:
    localizer = Localizer.load(tiny_bundle, "cpu")
    without_depth = localizer.localize(replace(frame, depth_mm=None)).T_map_camera
    bundle = load_bundle(tiny_bundle)
    description = bundle.description
    inputs, _ = Preprocessor(description.preprocessing, ("rgb",))(frame, torch.device("cpu"))
    mean, variance, _ = bundle.network.encoders["rgb"](inputs["rgb"])
    fused = mean / variance / (1.0 + 1.0 / variance)  # the prior is the only other factor
    y = bundle.network.decode(fused)[0].numpy()
    assert description.poses.normalizer().decode(y).distance_m(without_depth) < 1e-6


def test_the_pose_of_all_sensors_is_that_of_the_network(tiny_bundle: Path, frame: Frame) -> None:
    answer = lenient(tiny_bundle).localize(frame).T_map_camera
    bundle = load_bundle(tiny_bundle)
    preprocess = Preprocessor(bundle.description.preprocessing, ("rgb", "depth"))
    y = bundle.network(*preprocess(frame, torch.device("cpu")))[0].numpy()
    assert bundle.description.poses.normalizer().decode(y).distance_m(answer) < 1e-6


def test_a_training_frame_is_familiar_and_a_black_one_is_not(
    tiny_bundle: Path, frame: Frame
) -> None:
    localizer = Localizer.load(tiny_bundle, "cpu")
    seen = localizer.localize(frame)
    assert max(seen.novelty.values()) < 1e-3
    assert seen.rejection is None
    black = localizer.localize(covered(covered(frame, "rgb"), "depth"))
    assert min(black.novelty.values()) > 1.0
    assert black.rejection is not None
    assert black.rejection.reason == "novel"
    assert black.dropped == {}  # there is nothing else to answer with
    assert black.present == ("rgb", "depth")


def covered(frame: Frame, modality: str) -> Frame:
    """Put the cap on one sensor."""
    field = {"rgb": "rgb", "depth": "depth_mm"}[modality]
    return replace(frame, **{field: np.zeros_like(getattr(frame, field))})


@pytest.mark.parametrize(("blind", "seeing"), [("rgb", "depth"), ("depth", "rgb")])
def test_a_sensor_that_sees_another_place_is_dropped_and_the_other_answers_alone(
    tiny_bundle: Path, frame: Frame, blind: str, seeing: str
) -> None:
    localizer = Localizer.load(tiny_bundle, "cpu")
    estimate = localizer.localize(covered(frame, blind))
    assert estimate.rejection is None
    assert estimate.dropped == {blind: "unlike the training images"}
    assert estimate.present == (seeing,)
    assert estimate.novelty[blind] > 1.0 > estimate.novelty[seeing]
    sigma = localizer.bundle.description.calibration.sigma[seeing]
    calibration = localizer.bundle.description.calibration
    assert calibration.remoteness is not None
    path = TrainingPath(localizer.bundle.training_poses, calibration.remoteness)
    remoteness = path.remoteness({seeing: estimate.novelty[seeing]}, estimate.T_map_camera)
    growth = calibration.growth((seeing,), 0.0, remoteness)
    np.testing.assert_allclose(sigmas(estimate.covariance), growth * np.array(sigma))
    field = {"rgb": "rgb", "depth": "depth_mm"}[blind]
    alone = localizer.localize(replace(frame, **{field: None}))
    assert alone.dropped == {}
    np.testing.assert_array_equal(alone.T_map_camera.matrix(), estimate.T_map_camera.matrix())


def test_the_bundle_s_limits_decide_what_is_novel(tiny_bundle: Path, frame: Frame) -> None:
    distances = lenient(tiny_bundle, novelty_limit={"rgb": 1.0, "depth": 1.0})
    unlike = covered(frame, "rgb")
    distance = distances.localize(unlike).novelty["rgb"]
    just = lenient(tiny_bundle, novelty_limit={"rgb": distance * 1.01, "depth": 1e9})
    assert just.localize(unlike).dropped == {}
    short = lenient(tiny_bundle, novelty_limit={"rgb": distance * 0.99, "depth": 1e9})
    assert set(short.localize(unlike).dropped) == {"rgb"}


def test_limits_that_are_changed_hold_from_the_next_frame_on(
    tiny_bundle: Path, frame: Frame
) -> None:
    localizer = Localizer.load(tiny_bundle, "cpu")
    black = covered(covered(frame, "rgb"), "depth")
    assert localizer.localize(black).rejection is not None
    localizer.limits = ValidityLimits(novelty=0.0, map_margin_m=1000.0)
    estimate = localizer.localize(black)
    assert estimate.rejection is None or estimate.rejection.reason == "disagreement"
    localizer.limits = ValidityLimits(novelty=1.0)
    rejection = localizer.localize(black).rejection
    assert rejection is not None
    assert rejection.reason == "novel"


def test_a_pose_outside_the_training_positions_is_rejected(tiny_bundle: Path, frame: Frame) -> None:
    bundle = calibrated(load_bundle(tiny_bundle))
    x, y, z = Localizer(bundle, "cpu").localize(frame).T_map_camera.position
    box = {"position_min_m": (x - 1.0, y + 2.0, z - 1.0), "position_max_m": (x, y + 3.0, z)}
    elsewhere = replace(bundle, description=bundle.description.model_copy(update=box))
    localizer = Localizer(elsewhere, "cpu", ValidityLimits(map_margin_m=1.5))
    rejection = localizer.localize(frame).rejection
    assert rejection is not None
    assert rejection.reason == "outside_map"
    assert re.search(r"is 2\.00 m outside", rejection.detail)
    localizer.limits = ValidityLimits(map_margin_m=2.5)
    assert localizer.localize(frame).rejection is None


@pytest.mark.parametrize(
    ("absent", "names"),
    [
        (None, {"rgb", "depth", "prior"}),
        ("rgb", {"depth", "prior"}),
        ("depth_mm", {"rgb", "prior"}),
    ],
)
def test_the_shares_name_those_who_took_part_and_add_up_to_one(
    tiny_bundle: Path, frame: Frame, absent: str | None, names: set[str]
) -> None:
    given = replace(frame, **{absent: None}) if absent else frame
    share = lenient(tiny_bundle).localize(given).expert_share
    assert set(share) == names
    assert sum(share.values()) == pytest.approx(1.0, abs=1e-6)
    assert min(share.values()) > 0.0


def test_modalities_may_stand_in_any_order(tiny_bundle: Path, frame: Frame) -> None:
    bundle = load_bundle(tiny_bundle)
    model = bundle.description.model.model_copy(update={"modalities": ("depth", "rgb")})
    network = VMLoc(model).eval()
    network.load_state_dict(bundle.network.state_dict())
    sigma = {"rgb": SIGMA["rgb"], "depth": SIGMA["depth"], "depth+rgb": SIGMA["rgb+depth"]}
    agreement = {"depth+rgb": LENIENT["agreement"]["rgb+depth"]}
    turned = calibrated(bundle, sigma=sigma, agreement=agreement)
    turned = replace(
        turned, description=turned.description.model_copy(update={"model": model}), network=network
    )
    estimate, usual = Localizer(turned, "cpu").localize(frame), lenient(tiny_bundle).localize(frame)
    assert estimate.present == ("depth", "rgb")
    assert estimate.T_map_camera.distance_m(usual.T_map_camera) < 1e-6
    assert estimate.expert_share == pytest.approx(usual.expert_share, abs=1e-6)
    assert estimate.novelty == pytest.approx(usual.novelty, abs=1e-9)


def test_an_answer_that_is_not_finite_is_an_error(tiny_bundle: Path, frame: Frame) -> None:
    bundle = load_bundle(tiny_bundle)
    with torch.no_grad():
        bundle.network.decoder.position[0].bias.fill_(float("nan"))
    with pytest.raises(MessageError, match=f"answer at {frame.stamp_ns} ns is not finite"):
        Localizer(bundle, "cpu").localize(frame)


def test_an_encoder_that_answers_nonsense_does_not_spoil_the_other(
    tiny_bundle: Path, frame: Frame
) -> None:
    usual = Localizer.load(tiny_bundle, "cpu").localize(replace(frame, rgb=None))
    bundle = load_bundle(tiny_bundle)
    with torch.no_grad():
        bundle.network.encoders["rgb"].backbone.net.conv1.weight.fill_(float("nan"))
    estimate = Localizer(bundle, "cpu").localize(frame)
    assert set(estimate.dropped) == {"rgb"}
    assert estimate.T_map_camera.distance_m(usual.T_map_camera) < 1e-6


def test_a_frame_without_camera_and_depth_is_refused(tiny_bundle: Path) -> None:
    cloud = Frame(5, "camera", points=np.zeros((3, 4), np.float32))
    with pytest.raises(MessageError, match="no rgb or depth"):
        Localizer.load(tiny_bundle, "cpu").localize(cloud)


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "mps"])
def test_a_device_that_is_not_here_is_refused(tiny_bundle: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=f"device '{name}' is"):
        Localizer.load(tiny_bundle, name)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_and_cpu_agree(tiny_bundle: Path, frame: Frame) -> None:
    on_cpu = Localizer.load(tiny_bundle, "cpu").localize(frame)
    on_gpu = Localizer.load(tiny_bundle, "cuda").localize(frame)
    assert on_cpu.T_map_camera.distance_m(on_gpu.T_map_camera) < 1e-3
    assert on_cpu.expert_share == pytest.approx(on_gpu.expert_share, abs=1e-3)
    assert on_gpu.novelty == pytest.approx(on_cpu.novelty, abs=1e-2)
