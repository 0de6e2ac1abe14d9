"""The demo from end to end, on a tiny scene: training, the node in its own process, DDS, report."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from training.evaluate import evaluate
from training.trajectory import read_tum

pytest.importorskip("rclpy", reason="ROS 2 is not installed")


def demo(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "training.cli", "demo", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(
        "model: {backbone: resnet18, weights: none, latent_dim: 16, head_hidden: 8}\n"
        "preprocessing: {height: 48, width: 64}\n"
        "holdout: {fraction: 0.25, block_frames: 2, guard_frames: 1}\n"
        "accelerator: cpu\nepochs: 1\nbatch_size: 4\n"
    )
    return path


def test_the_demo_evaluates_what_the_node_published_and_that_is_what_evaluate_finds(
    tiny_scene: Path, config: Path, tmp_path: Path
) -> None:
    output = tmp_path / "demo"
    result = demo(tiny_scene, "--output", output, "--config", config)
    assert result.returncode == 0, result.stdout + result.stderr
    metrics = json.loads((output / "metrics.json").read_text())
    published = read_tum(output / "node.tum")
    assert metrics["poses"] == metrics["frames"] == len(published) > 0
    times = json.loads((output / "timing.json").read_text())
    assert times["latency_median_ms"] > 0.0
    assert (output / "report.html").exists() and (output / "trajectory.png").exists()
    assert "median" in result.stdout and "nearest" in result.stdout.lower()

    evaluate(output / "training" / "bundle", output / "test-bag", tmp_path / "offline")
    offline = read_tum(tmp_path / "offline" / "trajectory.tum")
    assert published.stamps_ns == offline.stamps_ns
    for node, evaluated in zip(published.poses, offline.poses, strict=True):
        assert node.distance_m(evaluated) < 1e-5
        assert node.angle_deg(evaluated) < 1e-3


def test_the_demo_refuses_an_existing_output_and_a_missing_recording(
    tiny_scene: Path, config: Path, tmp_path: Path
) -> None:
    existing = demo(tiny_scene, "--output", tmp_path)
    assert existing.returncode == 2 and "exists already" in existing.stderr
    missing = demo(tmp_path / "none", "--output", tmp_path / "demo")
    assert missing.returncode == 2 and "no such file or folder" in missing.stderr
    assert not (tmp_path / "demo").exists()


def test_the_demo_refuses_clouds_that_no_bag_can_hold_before_it_trains(
    tiny_scene: Path, config: Path, tmp_path: Path
) -> None:
    (tiny_scene / "lidar-sweeps.txt").write_text("2")
    text = config.read_text()
    text = text.replace("model: {", "model: {modalities: [rgb, lidar], ")
    config.write_text(text.replace("width: 64", "width: 64, lidar: {sweeps: 2}"))
    refused = demo(tiny_scene, "--output", tmp_path / "demo", "--config", config)
    assert refused.returncode == 2 and "made of 2 sweeps" in refused.stderr
    assert not (tmp_path / "demo").exists()


def test_the_demo_fails_where_no_pose_comes(
    tiny_scene: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that cannot use its bundle: the weights are changed behind the training's back."""
    from rich.console import Console

    import training.demo as demo_module
    from vmloc_ros.errors import VmlocError

    train = demo_module._train

    def train_and_damage(*arguments):  # type: ignore[no-untyped-def]
        bundle = train(*arguments)
        (bundle / "model.safetensors").write_bytes(b"damaged")
        return bundle

    monkeypatch.setattr(demo_module, "_train", train_and_damage)
    monkeypatch.setattr(demo_module, "START_TIMEOUT_S", 8.0)
    with pytest.raises(VmlocError, match="no poses came from the node"):
        demo_module.run_demo(
            tmp_path / "demo", tiny_scene, config=config, seed=0, console=Console(quiet=True)
        )
