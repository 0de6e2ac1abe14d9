"""The benchmark of the training, on a tiny scene; never how long anything takes."""

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from training.benchmark.loop_profiler import LOADING, STAGES
from training.benchmark.peak_flops import peak_flop_per_s
from training.benchmark.stage_times import TOTAL, StageTimes
from training.benchmark.training import TrainingFigures, measure_training
from training.benchmark.training_report import training_table, training_values
from training.cli import app
from vmloc_ros.config import TrainConfig, parse_config
from vmloc_ros.errors import ConfigError, VmlocError

SETTINGS = {
    "model": {"backbone": "resnet18", "weights": "none", "latent_dim": 32, "head_hidden": 16},
    "preprocessing": {"height": 48, "width": 64},
    "holdout": {"fraction": 0.25, "block_frames": 2, "guard_frames": 1},
    "augmentation": {"yaw_deg": 3.0},
    "optimizer": {"ema_decay": 0.9, "gradient_clip": 1.0},
    "accelerator": "cpu",
    "precision": "bf16-mixed",
    "batch_size": 4,
}


def settings(**changes: object) -> TrainConfig:
    return parse_config(SETTINGS | changes, TrainConfig, "test")


def test_the_stages_of_both_sides_make_up_their_steps(tiny_scene: Path) -> None:
    figures = measure_training(settings(), tiny_scene, 2, 3)
    assert (figures.frames, figures.steps, figures.precision) == (4, 6, "bf16-mixed")
    for times in (figures.ours_ms, figures.yardstick_ms):
        assert set(times) == {*STAGES, TOTAL}
        assert all(ms > 0.0 for ms in times.values())
        # Medians do not add up exactly; Lightning's loop is in no stage.
        assert 0.5 * times[TOTAL] < sum(times[stage] for stage in STAGES) < 1.3 * times[TOTAL]
    assert figures.ratio == figures.yardstick_ms[TOTAL] / figures.ours_ms[TOTAL]
    # ResNet18 has 3.64 GFLOP at 224 × 224; here 8 images of 48 × 64, three times with the gradients
    # of weights and maps: 5.35, and the heads.
    assert 5.2 < figures.gigaflop < 6.0
    assert figures.peak_memory_gib is None and figures.peak_share is None


def test_ratios_are_those_of_the_times() -> None:
    figures = TrainingFigures(
        device="a processor",
        precision="bf16-mixed",
        threads=2,
        frames=8,
        steps=10,
        ours_ms=dict.fromkeys(STAGES, 10.0) | {TOTAL: 100.0},
        yardstick_ms=dict.fromkeys(STAGES, 20.0) | {LOADING: 120.0, TOTAL: 300.0},
        gigaflop=5.0,
        peak_memory_gib=1.5,
        peak_share=0.25,
    )
    values = training_values(figures)
    assert values["ratio"] == 3.0
    assert values["step_ratio"] == 2.0  # (300 − 120) / (100 − 10)
    assert values["loading_share"] == 0.1
    assert values["frames_per_s"] == 80.0
    table = training_table(figures)
    cells = [list(column.cells) for column in table.columns]
    assert [str(cell) for cell in cells[0]][-2:] == ["peak memory", "share of the peak FLOP/s"]


def test_the_command_leaves_its_figures_in_a_file(tiny_scene: Path, tmp_path: Path) -> None:
    config, output = tmp_path / "config.json", tmp_path / "figures.json"
    config.write_text(json.dumps(SETTINGS))
    command = ["benchmark", "training", config, tiny_scene, "--steps", 1, "--rounds", 1]
    done = CliRunner().invoke(app, [*map(str, command), "--output", str(output)])
    assert done.exit_code == 0, done.output
    values = json.loads(output.read_text())
    assert values["ratio"] == values["yardstick_ms"][TOTAL] / values["ours_ms"][TOTAL]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config.json", "figures.json", "tiny"]


def test_what_cannot_be_measured_is_refused_in_one_line(tiny_scene: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="devices is 2: the benchmark measures one"):
        measure_training(settings(devices=2), tiny_scene, 1, 1)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(SETTINGS))
    command = ["benchmark", "training", str(config), str(tmp_path / "none")]
    assert isinstance(CliRunner().invoke(app, command).exception, VmlocError)
    command = ["benchmark", "training", str(config), str(tiny_scene), "--output"]
    refused = CliRunner().invoke(app, [*command, str(tmp_path / "no" / "f.json")]).exception
    assert isinstance(refused, VmlocError) and "does not exist" in str(refused)


def test_a_stage_inside_another_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    times = StageTimes(torch.device("cpu"))
    clock = iter([0.0, 1.0, 4.0, 10.0])
    monkeypatch.setattr(times, "now", lambda: next(clock))
    times.start_step()
    with times.stage("all"):
        times.add("inner", 2.0)
        times.add("all", -2.0)
    times.finish_step()
    assert times.medians_ms() == {"inner": 2000.0, "all": 1000.0, TOTAL: 10_000.0}


@pytest.mark.parametrize(
    ("name", "precision", "teraflops"),
    [
        ("NVIDIA H100 80GB HBM3", "bf16-mixed", 989.4),
        ("NVIDIA H100 PCIe", "32-true", 378.0),
        ("NVIDIA A100-SXM4-40GB", "bf16-mixed", 312.0),
    ],
)
def test_the_peak_of_a_known_gpu_is_its_makers(name: str, precision: str, teraflops: float) -> None:
    assert peak_flop_per_s(name, precision) == 1e12 * teraflops
    assert peak_flop_per_s("another", precision) is None
