"""`vmloc demo`: the whole way, from a recording to poses from the node and their errors."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from training.recordings.formats import open_recording
from training.recordings.scene_files import read_sweeps
from vmloc_ros.config import TrainConfig, load_config, parse_config
from vmloc_ros.errors import ConfigError, VmlocError

TRAINING_FRAMES_SEEN = 24_000
"""Work of the demo's training, so that it takes minutes on two cores whatever the recording."""

START_TIMEOUT_S = 60.0
"""How long the node may take to load the model and to be seen by the player."""

DEMO_TRAINING = {
    "model": {
        "backbone": "resnet18",
        "weights": "none",
        "latent_dim": 256,
        "pool": (3, 4),
        "dropout": 0.1,
    },
    "preprocessing": {"height": 60, "width": 80},
    "objective": {"samples": 5},
    "augmentation": {"roll_deg": 5.0, "yaw_deg": 5.0, "pitch_deg": 5.0},
    "optimizer": {
        "learning_rate": 1.0e-3,
        "weight_decay": 0.05,
        "schedule": "one_cycle",
        "gradient_clip": 1.0,
        "ema_decay": 0.99,
    },
    "batch_size": 16,
    "precision": "bf16-mixed",
}


def run_demo(
    output: Path, recording: Path | None, *, config: Path | None, seed: int | None, console: Console
) -> None:
    """Fit a model, start the node, replay a bag to it, evaluate what it published.

    `output` gets the scene (unless one is given), `training/`, `test-bag/`, the node's poses and
    log, and, from the node's poses, what `vmloc evaluate` writes: `metrics.json`, `timing.json`,
    `trajectory.png`, `report.html` and the trajectories.

    Raises:
        VmlocError: the output exists, the recording cannot be used, or no pose came.
    """
    if output.exists():
        raise ConfigError(f"{output}: exists already, choose another folder")
    settings = None if config is None else load_config(config, TrainConfig)
    try:
        scene = _scene(output, recording, seed, console)
        fitted = _config(settings, scene, seed)
        with_points = _has_single_sweeps(fitted, scene)
        bundle = _train(scene, output / "training", fitted, console)
        bag = _test_bag(scene, output / "test-bag", with_points, console)
        replay = _replay(bundle, bag, output, console)
        _report(bundle, bag, output, replay, console)
    except BaseException:
        with suppress(OSError):
            output.rmdir()  # unless something is in it
        raise


def _scene(output: Path, recording: Path | None, seed: int | None, console: Console) -> Path:
    from training.recordings.bag import is_bag
    from training.recordings.extraction import extract
    from training.recordings.synthetic import synthesize

    scene = output / "scene"
    if recording is None:
        with console.status("1/5 rendering a room"):
            synthesize(scene, seed=seed or 0)
        console.print(f"1/5 a synthetic room: {scene}")
        return scene
    open_recording(recording)
    if is_bag(recording):
        with console.status(f"1/5 reading {recording}"):
            extract(recording, scene)
        console.print(f"1/5 {recording} as a scene: {scene}")
    else:
        console.print(f"1/5 the scene {recording}")
        scene = recording
    if "test" not in open_recording(scene).splits:
        raise ConfigError(
            f"{recording}: nothing to test on: a scene needs TrainSplit.txt and TestSplit.txt, a "
            "bag two sequences of 10 s or with a pause between them"
        )
    return scene


def _config(given: TrainConfig | None, scene: Path, seed: int | None) -> TrainConfig:
    """Return the settings that were given or, without any, those of a quick training."""
    if given is not None:
        return given if seed is None else given.model_copy(update={"seed": seed})
    epochs = max(1, TRAINING_FRAMES_SEEN // max(1, open_recording(scene).count("train")))
    return parse_config(DEMO_TRAINING | {"epochs": epochs, "seed": seed or 0}, TrainConfig, "demo")


def _has_single_sweeps(config: TrainConfig, scene: Path) -> bool:
    """Say whether the scene's clouds go into the bag: sweeps that are put together already do not.

    Raises:
        RecordingError: the model needs them.
    """
    from training.recordings.bag_writer import check_sweeps

    if "lidar" in config.preprocessing.sensors(config.model.modalities):
        check_sweeps(scene)
    return read_sweeps(scene) == 1


def _train(scene: Path, output: Path, config: TrainConfig, console: Console) -> Path:
    from training.train import train

    console.print(f"2/5 fitting VMLoc: {config.epochs} epochs, some minutes")
    bundle = train(config, scene, output, progress_bar=console.is_terminal)
    console.print(f"    bundle: {bundle}")
    return bundle


def _test_bag(scene: Path, bag: Path, with_points: bool, console: Console) -> Path:
    from training.recordings.bag_writer import write_bag

    with console.status("3/5 writing the test split as a bag"):
        frames = write_bag(open_recording(scene), bag, "test", with_points)
    console.print(f"3/5 the test split as a rosbag2: {bag}, {frames} frames")
    return bag


@dataclass(frozen=True, slots=True)
class _Replay:
    trajectory: Path
    latency_ms: list[float]


def _replay(bundle: Path, bag: Path, output: Path, console: Console) -> _Replay:
    environment = _ros_environment()
    domain = environment["ROS_DOMAIN_ID"]
    console.print(f"4/5 the node on ROS 2, the bag played to it (ROS_DOMAIN_ID={domain})")
    poses, summary = output / "node.tum", output / "replay.json"
    with _node(bundle, output / "node.log", environment):
        player = [sys.executable, "-m", "vmloc_ros.ros.player", str(bag), "--lossless"]
        arguments = ["--record", str(poses), "--summary", str(summary)]
        arguments += ["--start-timeout", str(START_TIMEOUT_S)]
        result = subprocess.run(
            [*player, *arguments], env=environment, capture_output=True, text=True, check=False
        )
    (output / "player.log").write_text(result.stderr)
    if result.returncode != 0 or not poses.exists():
        raise VmlocError(
            f"no poses came from the node, see {output / 'node.log'} and {output / 'player.log'}"
        )
    return _Replay(poses, json.loads(summary.read_text())["latencies_ms"])


def _ros_environment() -> dict[str, str]:
    """Return the whole environment and, unless the user chose one, a domain of our own.

    Two demos on one machine, or a robot next door, must not hear each other.
    """
    environment = dict(os.environ)
    environment.setdefault("ROS_DOMAIN_ID", str(random.SystemRandom().randint(1, 100)))
    environment.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    return environment


@contextmanager
def _node(bundle: Path, log: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run the localizer node, its log in a file, and stop it at the end."""
    parameters = ["-p", f"bundle:='{bundle.resolve()}'", "-p", "base_frame:=''"]
    command = [sys.executable, "-m", "vmloc_ros.ros.localizer_program", "--ros-args", *parameters]
    with log.open("w") as file:
        # Its own session: Ctrl-C ends the demo, and the demo ends the node.
        process = subprocess.Popen(
            command, env=environment, stdout=file, stderr=file, start_new_session=True
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _report(bundle: Path, bag: Path, output: Path, replay: _Replay, console: Console) -> None:
    from training.evaluate import evaluate_recorded
    from training.summary import summary_table

    folder = output / "evaluation"
    evaluation = evaluate_recorded(
        bundle,
        bag,
        replay.trajectory,
        folder,
        latency_ms=replay.latency_ms,
        command=f"vmloc demo --output {output.name}",
    )
    for path in folder.iterdir():
        shutil.move(path, output / path.name)
    folder.rmdir()
    console.print(summary_table(evaluation))
    console.print(f"5/5 report: {output / 'report.html'}")
