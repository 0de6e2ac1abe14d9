from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.recordings.formats import open_recording
from vmloc_ros.bundle import load_bundle
from vmloc_ros.errors import ConfigError, MessageError
from vmloc_ros.frame import Frame
from vmloc_ros.localizer import Localizer
from vmloc_ros.preprocessing import Preprocessor


@pytest.fixture
def frame(tiny_scene: Path) -> Frame:
    return next(open_recording(tiny_scene).frames("all")).frame


def test_a_frame_gets_a_pose_at_its_own_stamp(tiny_bundle: Path, frame: Frame) -> None:
    estimate = Localizer.load(tiny_bundle, "cpu").localize(frame)
    assert estimate.stamp_ns == frame.stamp_ns
    assert estimate.present == ("rgb", "depth")
    assert set(estimate.stage_ms) == {"preprocess", "inference"}


def test_the_same_frame_gets_the_same_pose(tiny_bundle: Path, frame: Frame) -> None:
    localizer = Localizer.load(tiny_bundle, "cpu")
    first, second = localizer.localize(frame), localizer.localize(frame)
    np.testing.assert_array_equal(first.T_map_camera.matrix(), second.T_map_camera.matrix())


def test_the_covariance_is_the_calibrated_one_of_what_is_present(
    tiny_bundle: Path, frame: Frame
) -> None:
    localizer = Localizer.load(tiny_bundle, "cpu")
    sigma = localizer.bundle.description.sigma
    both, without = localizer.localize(frame), localizer.localize(replace(frame, rgb=None))
    np.testing.assert_allclose(np.sqrt(np.diag(both.covariance)), sigma["rgb+depth"])
    np.testing.assert_allclose(np.sqrt(np.diag(without.covariance)), sigma["depth"])
    assert without.present == ("depth",)
    assert np.linalg.eigvalsh(both.covariance).min() > 0.0


def test_a_missing_sensor_leaves_the_product_of_the_others(tiny_bundle: Path, frame: Frame) -> None:
    localizer = Localizer.load(tiny_bundle, "cpu")
    without_depth = localizer.localize(replace(frame, depth_mm=None)).T_map_camera
    bundle = load_bundle(tiny_bundle)
    description = bundle.description
    inputs, _ = Preprocessor(description.preprocessing, ("rgb",))(frame, torch.device("cpu"))
    mean, variance = bundle.network.encoders["rgb"](inputs["rgb"])
    fused = mean / variance / (1.0 + 1.0 / variance)  # the prior is the only other factor
    y = bundle.network.decode(fused)[0].numpy()
    assert description.poses.normalizer().decode(y).distance_m(without_depth) < 1e-6


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
    on_cpu = Localizer.load(tiny_bundle, "cpu").localize(frame).T_map_camera
    on_gpu = Localizer.load(tiny_bundle, "cuda").localize(frame).T_map_camera
    assert on_cpu.distance_m(on_gpu) < 1e-3
