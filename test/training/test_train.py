"""Training as users run it, on scenes of a few tiny frames."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.bounds import importance_weighted_bound
from training.cache import CachedFrames, build_cache
from training.geometric_loss import GeometricLoss
from training.recordings.formats import open_recording
from training.session import TrainingSession
from training.train import train
from vmloc_ros.bundle import load_bundle
from vmloc_ros.calibration import key, subsets
from vmloc_ros.config import PreprocessingConfig, TrainConfig, load_config, parse_config
from vmloc_ros.errors import ConfigError, RecordingError
from vmloc_ros.frame import Frame
from vmloc_ros.localizer import Localizer
from vmloc_ros.model.backbones import appearance_length
from vmloc_ros.model.rotation import quat_log
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import PoseNormalizer
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.validity import ValidityLimits

APPEARANCE = appearance_length("resnet18")


def config(**changes: object) -> TrainConfig:
    settings = {
        "model": {"backbone": "resnet18", "weights": "none", "latent_dim": 32, "head_hidden": 16},
        "preprocessing": {"height": 48, "width": 64},
        "holdout": {"fraction": 0.25, "block_frames": 2, "guard_frames": 1},
        "augmentation": {"yaw_deg": 3.0},
        "optimizer": {"learning_rate": 1e-3, "schedule": "one_cycle", "ema_decay": 0.5},
        "accelerator": "cpu",
        "epochs": 4,
        "batch_size": 4,
    } | changes
    return parse_config(settings, TrainConfig, "test")


def losses(output: Path) -> dict[int, float]:
    """Loss by epoch over all of an output's logs; a later start wins."""
    found: dict[int, float] = {}
    for path in sorted(output.glob("logs/version_*/metrics.csv")):
        with path.open() as file:
            for row in csv.DictReader(file):
                if row.get("loss"):
                    found[int(row["epoch"])] = float(row["loss"])
    return found


def test_a_training_leaves_a_bundle_its_configuration_and_its_logs(
    tiny_scene: Path, tmp_path: Path
) -> None:
    output = tmp_path / "run"
    bundle = load_bundle(train(config(), tiny_scene, output))
    assert bundle.description.trained_on == tiny_scene.name
    assert set(bundle.description.calibration.sigma) == {"rgb", "depth", "rgb+depth"}
    assert bundle.training_appearance["depth"].shape == (len(bundle.training_poses), APPEARANCE)
    assert load_config(output / "config.yaml", TrainConfig) == config()
    assert sorted(p.name for p in output.iterdir()) == [
        "bundle", "checkpoints", "config.yaml", "logs", "recording.json",
    ]  # fmt: skip
    assert sorted(losses(output)) == [0, 1, 2, 3]


@pytest.mark.parametrize("modalities", [("lidar",), ("rgb", "lidar"), ("rgb", "depth", "lidar")])
def test_any_set_of_sensors_is_trained_calibrated_and_localised_with(
    tiny_lidar_scene: Path, tmp_path: Path, modalities: tuple[str, ...]
) -> None:
    settings = config(
        model={**config().model.model_dump(), "modalities": modalities},
        preprocessing={"height": 48, "width": 64, "lidar": {"rows": 16, "columns": 64}},
        epochs=1,
    )
    bundle = train(settings, tiny_lidar_scene, tmp_path / "run")
    localizer = Localizer.load(bundle, "cpu")
    sets = {key(present) for present in subsets(modalities)}
    assert set(localizer.bundle.description.calibration.sigma) == sets
    localizer.warm_up()
    frame = next(iter(open_recording(tiny_lidar_scene).frames("test"))).frame
    localizer.limits = ValidityLimits(novelty=0.0)
    estimate = localizer.localize(frame)
    assert estimate.present == modalities
    assert set(estimate.expert_share) == {*modalities, "prior"}
    only = localizer.localize(Frame(1, "camera", points=frame.points))
    assert only.present == ("lidar",)


def test_a_training_on_views_from_elsewhere_and_flawed_depth_goes_through(
    tiny_lidar_scene: Path, tmp_path: Path
) -> None:
    settings = config(
        model={**config().model.model_dump(), "modalities": ("rgb", "depth", "lidar")},
        preprocessing={"height": 48, "width": 64, "lidar": {"rows": 16, "columns": 64}},
        augmentation={"yaw_deg": 3.0, "shift_m": 0.2, "depth_noise": 0.01, "depth_holes": 0.5},
        epochs=1,
    )
    output = tmp_path / "run"
    train(settings, tiny_lidar_scene, output)
    assert np.isfinite(losses(output)[0])


def test_depth_from_the_lidar_is_trained_and_localised_with(
    tiny_lidar_scene: Path, tmp_path: Path
) -> None:
    settings = config(
        preprocessing={"height": 48, "width": 64, "depth_source": "lidar", "depth_max_m": 30.0},
        epochs=1,
    )
    localizer = Localizer.load(train(settings, tiny_lidar_scene, tmp_path / "run"), "cpu")
    localizer.limits = ValidityLimits(novelty=0.0)
    frame = next(iter(open_recording(tiny_lidar_scene).frames("test"))).frame
    told = localizer.localize(replace(frame, depth_mm=None))
    assert told.present == ("rgb", "depth")
    untold = replace(frame, depth_mm=None, camera=None, T_camera_lidar=None)
    np.testing.assert_allclose(
        localizer.localize(untold).T_map_camera.matrix(), told.T_map_camera.matrix(), atol=1e-5
    )


def test_a_resumed_training_has_the_losses_of_an_unbroken_one(
    tiny_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(config(), tiny_scene, tmp_path / "unbroken")

    from training.module import VMLocModule

    step = VMLocModule.training_step

    def die_in_the_third_epoch(self, batch, batch_idx):  # type: ignore[no-untyped-def]
        if self.current_epoch == 2:
            raise SystemExit("killed")
        return step(self, batch, batch_idx)

    monkeypatch.setattr(VMLocModule, "training_step", die_in_the_third_epoch)
    with pytest.raises(SystemExit):
        train(config(), tiny_scene, tmp_path / "broken")
    monkeypatch.undo()
    train(config(), tiny_scene, tmp_path / "broken", resume=True)

    assert losses(tmp_path / "broken") == losses(tmp_path / "unbroken")
    a = load_bundle(tmp_path / "unbroken" / "bundle").network.state_dict()
    b = load_bundle(tmp_path / "broken" / "bundle").network.state_dict()
    for name, value in a.items():
        torch.testing.assert_close(b[name], value, rtol=0.0, atol=0.0)


def test_the_seed_decides_the_result(tiny_scene: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(config(epochs=1, seed=seed), tiny_scene, tmp_path / name)
    assert losses(tmp_path / "a") == losses(tmp_path / "b") != losses(tmp_path / "c")


def test_an_existing_output_is_refused_and_untouched(tiny_scene: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    output.mkdir()
    (output / "precious").write_text("keep")
    with pytest.raises(ConfigError, match="exists already, choose another folder or add --resume"):
        train(config(), tiny_scene, output)
    assert [p.name for p in output.iterdir()] == ["precious"]


def test_there_must_be_something_to_resume(tiny_scene: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no training to resume"):
        train(config(), tiny_scene, tmp_path / "none", resume=True)


def test_a_bad_frame_stops_the_training_with_its_name_and_leaves_nothing(
    tiny_scene: Path, tmp_path: Path
) -> None:
    frames = sorted((tiny_scene / "seq-01").glob("*.color.png"))
    frames[3].write_bytes(frames[3].read_bytes()[:100])
    with pytest.raises(RecordingError, match=frames[3].name):
        train(config(), tiny_scene, tmp_path / "out" / "run")
    assert list((tmp_path / "out").iterdir()) == []


def test_one_batch_can_be_learned_by_heart(tiny_scene: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    settings = config(model={
        "backbone": "resnet18", "weights": "none", "latent_dim": 64, "head_hidden": 0,
        "dropout": 0.0,
    })  # fmt: skip
    size = PreprocessingConfig(height=48, width=64)
    cache = build_cache(open_recording(tiny_scene), "train", size, ("rgb", "depth"), tmp_path)
    normalizer = PoseNormalizer.fit(cache.poses)
    batch = CachedFrames(cache, range(8), normalizer).__getitems__(list(range(8)))
    target = torch.cat([batch["position"], quat_log(batch["quat"])], dim=1)
    network, loss = VMLoc(settings.model), GeometricLoss(-2.0, -3.0)
    inputs = Preprocessor(size, ("rgb", "depth")).encode(batch)
    optimizer = torch.optim.Adam([*network.parameters(), *loss.parameters()], lr=2e-3)
    for _ in range(80):
        posterior = network.encode(inputs, batch["present"])
        bound = importance_weighted_bound(
            posterior, network.decode, loss, target, settings.objective
        )
        optimizer.zero_grad()
        bound.loss.backward()
        optimizer.step()
    error = (network(inputs, batch["present"]) - target).abs().mean().item()
    spread = (target - target.mean(0)).abs().mean().item()
    assert error < 0.1 * spread


def test_cached_frames_carry_the_poses_of_their_recording(tiny_scene: Path, tmp_path: Path) -> None:
    recording = open_recording(tiny_scene)
    size = PreprocessingConfig(height=48, width=64)
    cache = build_cache(recording, "train", size, ("rgb", "depth"), tmp_path)
    labelled = list(recording.frames("train"))
    normalizer = PoseNormalizer.fit(cache.poses)
    batch = CachedFrames(cache, range(len(labelled)), normalizer).__getitems__([2])
    expected = normalizer.encode(labelled[2].T_map_camera)
    np.testing.assert_allclose(batch["position"][0], expected[:3], atol=1e-6)
    np.testing.assert_allclose(quat_log(batch["quat"])[0], expected[3:], atol=1e-6)
    reduced = Preprocessor(size, ("rgb", "depth")).reduce(labelled[2].frame)
    np.testing.assert_array_equal(batch["rgb"][0], reduced["rgb"])
    assert cache.names[2] == labelled[2].name


def test_a_modality_that_no_frame_has_is_refused(tiny_scene: Path, tmp_path: Path) -> None:
    for path in tiny_scene.glob("seq-*/*.depth.png"):
        path.unlink()
    with pytest.raises(RecordingError, match=r"no training frame has depth.*model\.modalities"):
        train(config(), tiny_scene, tmp_path / "out" / "run")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_camera_alone_learns_views_from_elsewhere_by_the_depth_of_its_recording(
    tiny_scene: Path, tmp_path: Path
) -> None:
    settings = config(augmentation={"shift_m": 0.1}, epochs=1)
    model = settings.model.model_copy(update={"modalities": ("rgb",)})
    settings = settings.model_copy(update={"model": model})
    bundle = load_bundle(train(settings, tiny_scene, tmp_path / "run"))
    assert set(bundle.training_appearance) == {"rgb"}
    for path in tiny_scene.glob("seq-*/*.depth.png"):
        path.unlink()
    with pytest.raises(RecordingError, match=r"no training frame has depth.*shift_m to 0"):
        train(settings, tiny_scene, tmp_path / "other")


def test_modalities_that_no_held_out_frame_has_at_once_are_refused_before_the_training(
    tiny_scene: Path, tmp_path: Path
) -> None:
    settings = config()
    size, names = settings.preprocessing, settings.model.modalities
    cache = build_cache(open_recording(tiny_scene), "train", size, names, tmp_path)
    present = np.zeros_like(cache.present)
    present[::2, 0] = present[1::2, 1] = True  # as from a bag in which they never meet
    with pytest.raises(RecordingError, match=r"no held-out frame has rgb and depth: .*modalities"):
        TrainingSession(settings, replace(cache, present=present), VMLoc(settings.model))


def test_a_training_is_resumed_on_its_own_recording_alone(tiny_scene: Path, tmp_path: Path) -> None:
    train(config(epochs=1), tiny_scene, tmp_path / "run")
    (tmp_path / "run" / "bundle").rename(tmp_path / "bundle")  # as if it had been stopped before
    pose = next(tiny_scene.glob("seq-01/*000003.pose.txt"))
    pose.write_text("1 0 0 9\n0 1 0 9\n0 0 1 9\n0 0 0 1\n")
    with pytest.raises(ConfigError, match="started on another recording"):
        train(config(epochs=1), tiny_scene, tmp_path / "run", resume=True)


FEATURES = {"backbone": "resnet18", "weights": "none", "latent_dim": 32, "attention": False}
SYSTEMS = {
    "vmloc": {},
    "vidloc": {
        "model": FEATURES | {"fusion": "stacked", "memory_frames": 2},
        "objective": {"kind": "geometric"},
    },
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_two_processes_have_the_losses_of_one(
    system: str, tiny_scene: Path, tmp_path: Path
) -> None:
    changes = SYSTEMS[system] | {
        "augmentation": {"yaw_deg": 3.0, "contrast": 0.3},
        # Small steps: large ones make much of rounding, within one process too.
        "optimizer": {"learning_rate": 1e-5, "schedule": "one_cycle", "gradient_clip": 1.0},
    }
    train(config(**changes, batch_size=8), tiny_scene, tmp_path / "one")
    bundle = train(config(**changes, batch_size=4, devices=2), tiny_scene, tmp_path / "two")
    one, two = losses(tmp_path / "one"), losses(tmp_path / "two")
    assert list(one) == list(two) == [0, 1, 2, 3]
    assert list(two.values()) == pytest.approx(list(one.values()), abs=1e-4)
    assert load_bundle(bundle).network.state_dict()["decoder.position.0.weight"].isfinite().all()
