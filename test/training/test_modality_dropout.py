"""Who learns from a frame: what a training step does with the choices of sensors."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training.cache import Batch, build_cache
from training.recordings.formats import open_recording
from training.session import TrainingSession
from vmloc_ros.config import PreprocessingConfig, TrainConfig, parse_config
from vmloc_ros.model.vmloc import VMLoc

SENSORS = ("rgb", "depth")


def session(scene: Path, folder: Path, objective: dict[str, object], **model: object):  # type: ignore[no-untyped-def]
    small = {"backbone": "resnet18", "weights": "none", "latent_dim": 32, "head_hidden": 16}
    settings = {
        "model": small | model,
        "preprocessing": {"height": 48, "width": 64},
        "holdout": {"fraction": 0.25, "block_frames": 2, "guard_frames": 1},
        "accelerator": "cpu",
        "objective": objective,
    }
    config = parse_config(settings, TrainConfig, "test")
    torch.manual_seed(0)
    network = VMLoc(config.model, config.preprocessing)
    cache = build_cache(open_recording(scene), "train", config.preprocessing, config.cached, folder)
    return TrainingSession(config, cache, network)


def learners(made: TrainingSession, frames: slice = slice(0, 2)) -> set[str]:
    """Return the sensors whose encoders get a gradient from one step on few frames."""
    rows = list(range(len(made.training_frames())))[frames]
    batch: Batch = made.training_frames().__getitems__(rows)
    torch.manual_seed(0)
    made.module.step(batch).loss.backward()
    return {
        name
        for name, encoder in made.network.encoders.items()
        if any(p.grad is not None and p.grad.abs().max() > 0.0 for p in encoder.parameters())
    }


def test_in_expectation_every_sensor_learns_alone_from_every_frame(
    tiny_scene: Path, tmp_path: Path
) -> None:
    made = session(tiny_scene, tmp_path, {"keep_all": 0.0})
    assert learners(made) == set(SENSORS)


def test_a_draw_that_never_keeps_all_teaches_one_sensor_of_a_frame(
    tiny_scene: Path, tmp_path: Path
) -> None:
    made = session(tiny_scene, tmp_path, {"keep_all": 0.0, "modality_dropout": "drawn"})
    made.network.eval()  # one frame has no batch statistics
    assert len(learners(made, slice(0, 1))) == 1


@pytest.mark.parametrize("keep_all", [0.0, 0.3, 1.0])
def test_the_expected_loss_is_the_weighted_sum_of_that_of_each_choice(
    tiny_scene: Path, tmp_path: Path, keep_all: float
) -> None:
    """With nearly no noise of the latent: many samples of a network whose experts are sure."""
    objective = {"keep_all": keep_all, "samples": 1000, "prior_weight": 0.0}
    made = session(tiny_scene, tmp_path, objective, initial_log_variance=-12.0, dropout=0.0)
    made.network.eval()
    batch = made.training_frames().__getitems__([0, 1, 2])

    def loss(present: list[bool], **changes: object) -> float:
        chosen = batch | {"present": torch.tensor([present] * 3)}
        config = made.config.objective.model_copy(update=changes)
        made.module.config = made.config.model_copy(update={"objective": config})
        torch.manual_seed(0)
        value: float = made.module.step(chosen).loss.item()
        return value

    drawn = {"modality_dropout": "drawn", "keep_all": 1.0}
    both, rgb, depth = (loss(p, **drawn) for p in ([True, True], [True, False], [False, True]))
    expected = keep_all * both + (1.0 - keep_all) * (rgb + depth) / 2.0
    assert loss([True, True]) == pytest.approx(expected, abs=2e-3)
    assert abs(rgb - depth) > 0.01


def test_frames_without_any_sensor_of_the_model_are_left_out(
    tiny_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = open_recording(tiny_scene, SENSORS)
    frames = list(recording.frames("train"))
    frames[3] = replace(frames[3], frame=replace(frames[3].frame, rgb=None))
    monkeypatch.setattr(recording, "frames", lambda split: iter(frames))  # as a bag has them
    size = PreprocessingConfig(height=48, width=64)
    every = build_cache(recording, "train", size, SENSORS, tmp_path / "both")
    colour = build_cache(recording, "train", size, ("rgb",), tmp_path / "colour", labels=["depth"])
    assert len(every.names) == len(frames)
    assert every.present[3].tolist() == [False, True]
    assert list(colour.names) == [frame.name for i, frame in enumerate(frames) if i != 3]
    assert colour.present.all()
    assert len(colour.images["rgb"]) == len(colour.names)
