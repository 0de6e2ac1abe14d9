"""The command line as a user meets it, in a process of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest


def vmloc(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "training.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


def assert_refused(result: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """One line on standard error, exit status 2, no traceback."""
    assert result.returncode == 2, result.stderr
    said = [line for line in result.stderr.splitlines() if not line.startswith("decoding ")]
    assert len(said) == 1 and said[0].startswith("error: "), result.stderr
    for word in words:
        assert word in said[0]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "train.yaml"
    path.write_text(
        "model: {backbone: resnet18, weights: none, latent_dim: 16, head_hidden: 8}\n"
        "preprocessing: {height: 48, width: 64}\n"
        "holdout: {fraction: 0.25, block_frames: 2, guard_frames: 1}\n"
        "accelerator: cpu\nepochs: 1\nbatch_size: 4\n"
    )
    return path


def test_help_lists_every_command() -> None:
    result = vmloc("--help")
    assert result.returncode == 0
    for command in (
        "demo",
        "synthesize",
        "to-bag",
        "extract",
        "train",
        "evaluate",
        "robustness",
        "play",
        "doctor",
        "watch",
        "benchmark",
    ):
        assert command in result.stdout


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, training.cli; "
        "heavy = {'torch', 'lightning', 'cv2', 'scipy', 'matplotlib', 'rclpy', 'rosbags'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_the_doctor_takes_the_options_of_its_program() -> None:
    assert_refused(vmloc("doctor", "--listen", "0"), "--listen must be above 0")


def test_training_and_evaluating_a_scene_leaves_a_report(
    tiny_scene: Path, config: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    trained = vmloc("train", config, tiny_scene, "--output", run, "--seed", 3)
    assert trained.returncode == 0, trained.stderr
    assert "seed: 3" in (run / "config.yaml").read_text()
    evaluated = vmloc("evaluate", run / "bundle", tiny_scene, "--output", run / "test")
    assert evaluated.returncode == 0, evaluated.stderr
    assert {p.name for p in (run / "test").iterdir()} == {
        "ground_truth.tum", "metrics.json", "report.html", "timing.json", "trajectory.png",
        "trajectory.tum",
    }  # fmt: skip
    again = vmloc("evaluate", run / "bundle", tiny_scene, "--output", run / "test")
    assert_refused(again, "exists already")


def test_a_missing_recording_is_one_line(config: Path, tmp_path: Path) -> None:
    result = vmloc("train", config, tmp_path / "none", "--output", tmp_path / "run")
    assert_refused(result, "none: no such file or folder")
    assert not (tmp_path / "run").exists()


def test_an_unknown_setting_is_one_line(config: Path, tiny_scene: Path, tmp_path: Path) -> None:
    config.write_text("epocs: 3\n")
    result = vmloc("train", config, tiny_scene, "--output", tmp_path / "run")
    assert_refused(result, "unknown key 'epocs', did you mean 'epochs'?")


def test_a_changed_bundle_is_one_line(tiny_bundle: Path, tiny_scene: Path, tmp_path: Path) -> None:
    with (tiny_bundle / "model.safetensors").open("ab") as file:
        file.write(b"x")
    result = vmloc("evaluate", tiny_bundle, tiny_scene, "--output", tmp_path / "out")
    assert_refused(result, "model.safetensors: damaged or changed")


def test_criteria_that_are_not_met_end_in_exit_status_1_with_the_report_written(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    criteria = tmp_path / "strict.yaml"
    criteria.write_text("min_availability: 1\nmax_median_translation_m: 0\n")
    result = vmloc(
        *("evaluate", tiny_bundle, tiny_scene, "--output", tmp_path / "out"),
        *("--criteria", criteria),
        COLUMNS="120",
    )
    assert result.returncode == 1, result.stderr
    assert "max_median_translation_m" in result.stdout
    assert "FAIL: 1 of 2 criteria are met" in result.stdout
    assert (tmp_path / "out" / "report.html").exists()


def test_a_misspelt_criterion_is_one_line(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    (tmp_path / "criteria.yaml").write_text("min_availabilty: 1\n")
    result = vmloc(
        *("evaluate", tiny_bundle, tiny_scene, "--output", tmp_path / "out"),
        *("--criteria", tmp_path / "criteria.yaml"),
    )
    assert_refused(result, "unknown key 'min_availabilty', did you mean 'min_availability'?")


def test_ground_truth_that_is_not_there_is_one_line(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    result = vmloc(
        *("evaluate", tiny_bundle, tiny_scene, "--output", tmp_path / "out"),
        *("--ground-truth", tmp_path / "none.tum"),
    )
    assert_refused(result, "none.tum: cannot read the trajectory (No such file or directory)")


def test_a_split_that_is_not_there_is_one_line(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    result = vmloc(
        "evaluate", tiny_bundle, tiny_scene, "--output", tmp_path / "out", "--split", "tset"
    )
    assert_refused(result, "no split 'tset'", "train, test, all")


def test_a_study_of_robustness_ends_with_two_tables_and_a_report(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    command = ("robustness", tiny_bundle, tiny_scene, "--output", tmp_path / "out", "--every", 2)
    result = vmloc(*command, "--novelty-limit", 0, COLUMNS="120")
    assert result.returncode == 0, result.stderr
    assert "3 frames under 22 conditions" in result.stdout  # none is the fifth after another
    assert "rgb masked + depth missing" in result.stdout
    assert "clean frames kept" in result.stdout
    assert (tmp_path / "out" / "report.html").exists()
    assert_refused(vmloc(*command), "out: exists already")


@pytest.mark.parametrize(
    ("bundle", "recording", "words"),
    [
        ("none", "tiny", "none: no model bundle"),
        ("bundle", "none", "none: no such file or folder"),
    ],
)
def test_a_study_of_what_is_not_there_is_one_line(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path, bundle: str, recording: str, words: str
) -> None:
    paths = (tmp_path / bundle, tmp_path / recording)
    assert_refused(vmloc("robustness", *paths, "--output", tmp_path / "out"), words)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_one_line_and_leaves_nothing(
    config: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    """A limit on the size of files stands for the disk: writes fail half way with an OSError."""
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000));"
        f"sys.argv = ['vmloc', 'train', {str(config)!r}, {str(tiny_scene)!r}, '--output',"
        f"{str(tmp_path / 'out' / 'run')!r}]; from training.cli import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert_refused(result, "cannot cache frames")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_interrupted_training_says_how_to_go_on(
    config: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    import signal

    config.write_text(config.read_text().replace("epochs: 1", "epochs: 5000"))
    command = [sys.executable, "-m", "training.cli", "train", str(config), str(tiny_scene)]
    process = subprocess.Popen(
        [*command, "--output", str(tmp_path / "run")], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60.0
    while not list((tmp_path / "run" / "logs").glob("*/metrics.csv")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30.0)
    assert process.returncode == 130
    assert "--resume" in errors and "Traceback" not in errors
