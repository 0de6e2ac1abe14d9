"""The systems of the paper: each trains, is bundled and localises."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.cache import CachedFrames, build_cache, newest_frames
from training.recordings.formats import open_recording
from training.train import train
from vmloc_ros.bundle import load_bundle
from vmloc_ros.config import PreprocessingConfig, TrainConfig, dump_config, load_config
from vmloc_ros.errors import ConfigError
from vmloc_ros.localizer import Localizer
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import PoseNormalizer
from vmloc_ros.validity import ValidityLimits

CONFIG = Path(__file__).parents[2] / "config"
VARIANTS = {path.stem: path for path in sorted((CONFIG / "variants").glob("*.yaml"))}
TINY = """
model: {backbone: resnet18, weights: none, latent_dim: 32, head_hidden: 8, dropout: 0.2}
preprocessing: {height: 48, width: 64}
holdout: {fraction: 0.25, block_frames: 2, guard_frames: 1}
augmentation: {yaw_deg: 3.0}
accelerator: cpu
epochs: 1
batch_size: 16
"""


MEMORY = "model: {fusion: concatenation, memory_frames: 4}\n"
QUATERNIONS = """model: {fusion: concatenation}
objective: {kind: geometric, rotation_error: quaternion"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.yaml"
    path.write_text(TINY)
    return path


@pytest.mark.parametrize("name", VARIANTS)
def test_a_system_stands_on_the_defaults_and_on_a_budget(name: str) -> None:
    paper = load_config(VARIANTS[name], TrainConfig)
    budget = load_config(VARIANTS[name], TrainConfig, CONFIG / "train_cpu.yaml")
    assert paper.preprocessing.height == 256
    assert budget.preprocessing.height == 84
    assert paper.model.fusion == budget.model.fusion
    assert paper.objective == budget.objective


def test_all_systems_of_the_paper_are_there() -> None:
    assert set(VARIANTS) == {
        "vmloc", "drawn_vmloc", "image_vmloc", "depth_vmloc", "attention_vmloc", "poe_vmloc",
        "atloc", "posenet", "posenet_plus", "mapnet", "hourglass",
        "vidloc_rgb", "vidloc_depth", "vidloc_rgbd",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["drawn_vmloc", "attention_vmloc", "poe_vmloc", "atloc", "posenet_plus", "mapnet", "hourglass"],
)
def test_a_system_trains_and_localises(
    name: str, base: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    config = load_config(VARIANTS[name], TrainConfig, base)
    localizer = Localizer.load(train(config, tiny_scene, tmp_path / "run"), "cpu")
    frame = next(iter(open_recording(tiny_scene).frames("test"))).frame
    estimate = localizer.localize(frame)
    assert np.isfinite(estimate.T_map_camera.position).all()
    assert np.linalg.eigvalsh(estimate.covariance).min() > 0.0
    assert (estimate.expert_share != {}) == (config.model.fusion == "product_of_experts")


def test_steps_without_use_for_the_loss_scales_are_shared_by_two_processes(
    base: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    config = load_config(VARIANTS["posenet_plus"], TrainConfig, base)
    changes = {"devices": 2, "batch_size": 4, "epochs": 2}
    objective = config.objective.model_copy(update={"reprojection_from": 0.0})
    config = config.model_copy(update=changes | {"objective": objective})
    assert load_bundle(train(config, tiny_scene, tmp_path / "run")).training_poses


def test_a_sensor_that_is_missing_leaves_zeros_beside_the_features_of_the_other(
    base: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    config = load_config(VARIANTS["attention_vmloc"], TrainConfig, base)
    network = VMLoc(config.model, config.preprocessing).eval()
    inputs = {"rgb": torch.randn(1, 3, 48, 64), "depth": torch.randn(1, 2, 48, 64)}
    both = network.encode(inputs, torch.tensor([[True, True]])).mean
    rgb_only = network.encode(inputs, torch.tensor([[True, False]])).mean
    torch.testing.assert_close(rgb_only[:, :16], both[:, :16])
    assert both[:, 16:].abs().min() > 0.0
    assert rgb_only[:, 16:].abs().max() == 0.0


@pytest.fixture
def vidloc(base: Path, tiny_scene: Path, tmp_path: Path) -> Localizer:
    config = load_config(VARIANTS["vidloc_rgbd"], TrainConfig, base)
    # After one step a GoogLeNet still says the same of all images.
    model = config.model.model_copy(update={"backbone": "resnet18"})
    config = config.model_copy(update={"model": model})
    bundle = train(config, tiny_scene, tmp_path / "run")
    return Localizer.load(bundle, "cpu", ValidityLimits(novelty=0.0, map_margin_m=1000.0))


def test_vidloc_remembers_frames_until_time_jumps(vidloc: Localizer, tiny_scene: Path) -> None:
    frames = [one.frame for one in open_recording(tiny_scene).frames("test")]

    def position(frame: object) -> np.ndarray:
        return vidloc.localize(frame).T_map_camera.position  # type: ignore[arg-type]

    first, second = position(frames[0]), position(frames[1])
    jumped = replace(frames[1], stamp_ns=frames[1].stamp_ns + 10**10)
    alone = position(jumped)
    assert np.abs(second - alone).max() > 1e-6  # it remembered the first frame
    np.testing.assert_allclose(position(frames[0]), first, atol=1e-6)  # back in time: forgotten
    np.testing.assert_allclose(position(frames[1]), second, atol=1e-6)


def test_streams_beside_each_other_have_a_past_of_their_own(
    vidloc: Localizer, tiny_scene: Path
) -> None:
    frames = [one.frame for one in open_recording(tiny_scene).frames("test")]
    alone = [vidloc.localize(frame).T_map_camera.position for frame in frames]
    window, other = vidloc.new_window(), vidloc.new_window()
    for frame, expected in zip(frames, alone, strict=True):
        vidloc.localize(frames[0], other)
        found = vidloc.localize(frame, window).T_map_camera.position
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_vidloc_sees_a_missing_sensor_as_zeros(vidloc: Localizer, tiny_scene: Path) -> None:
    frame = next(iter(open_recording(tiny_scene).frames("test"))).frame
    estimate = vidloc.localize(replace(frame, depth_mm=None))
    assert estimate.present == ("rgb",)
    assert np.isfinite(estimate.T_map_camera.position).all()


def test_a_clip_ends_at_its_frame_and_stays_in_its_sequence(
    tiny_scene: Path, tmp_path: Path
) -> None:
    size = PreprocessingConfig(height=48, width=64)
    cache = build_cache(open_recording(tiny_scene), "train", size, ("rgb",), tmp_path)
    chosen = [0, 1, 2, 3, 5, 10, 11]  # 4 is held out; a new sequence starts at 10
    frames = CachedFrames(cache, chosen, PoseNormalizer.fit(cache.poses), clip=(3, 2))
    batch = frames.__getitems__([3, 4, 6])
    assert batch["index"].tolist() == [1, 1, 11, 1, 3, 11, 3, 5, 11]
    np.testing.assert_array_equal(batch["rgb"][7], cache.images["rgb"][5])
    assert batch["index"][newest_frames(9, 3)].tolist() == [3, 5, 11]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model: {fusion: concatenation}", "objective.kind importance_weighted does not go with"),
        ("objective: {kind: geometric}", "experts need a bound, features the geometric loss"),
        ("objective: {clip_frames: 3}", "need objective.kind geometric"),
        ("model: {memory_frames: 4}", "memory_frames needs features"),
        ("model: {fusion: stacked, modalities: [rgb, lidar]}", "lidar has another"),
        ("model: {hourglass: true, backbone: googlenet}", "hourglass needs images of a camera"),
        (MEMORY + "objective: {kind: geometric}\nbatch_size: 4", "batch_size must hold two clips"),
        (MEMORY + "objective: {kind: geometric, clip_frames: 3}", "exclude each other"),
        (QUATERNIONS + ", clip_frames: 3}", "clip_frames compares log-quaternions"),
    ],
)
def test_parts_that_do_not_fit_are_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_config(path, TrainConfig)


def test_settings_on_a_base_keep_what_they_do_not_name(tmp_path: Path, base: Path) -> None:
    above = tmp_path / "above.yaml"
    above.write_text("model: {latent_dim: 64}\nepochs: 3\n")
    config = load_config(above, TrainConfig, base)
    assert (config.model.latent_dim, config.model.head_hidden) == (64, 8)
    assert (config.epochs, config.batch_size) == (3, 16)


def test_a_mistake_in_a_base_is_named_there(tmp_path: Path) -> None:
    above, below = tmp_path / "above.yaml", tmp_path / "below.yaml"
    above.write_text("epochs: 3")
    below.write_text("epoch: 3")
    with pytest.raises(ConfigError, match=r"below\.yaml: unknown key 'epoch'"):
        load_config(above, TrainConfig, below)
    with pytest.raises(ConfigError, match=r"below\.yaml: unknown key 'epoch'"):
        load_config(below, TrainConfig, above)


def test_reprojection_without_intrinsics_is_refused(
    base: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    (tiny_scene / "camera-intrinsics.txt").unlink()
    base.write_text(TINY.replace("augmentation: {yaw_deg: 3.0}", ""))
    config = load_config(VARIANTS["posenet_plus"], TrainConfig, base)
    assert "augmentation" in dump_config(config)
    with pytest.raises(ConfigError, match="reprojection_from needs the camera's intrinsics"):
        train(config, tiny_scene, tmp_path / "run")
