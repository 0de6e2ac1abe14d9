"""The benchmark of systems: what is run, kept and shown."""

import json
from pathlib import Path

import pytest

from training.benchmark.systems import plan as planning
from training.benchmark.systems.plan import Task, plan
from training.benchmark.systems.run import run_systems
from training.benchmark.systems.system_run import Errors, SystemRun, read_runs
from training.benchmark.systems.table import systems_table
from vmloc_ros.errors import ConfigError

VARIANTS = {
    "atloc": "model: {modalities: [rgb], fusion: concatenation}\nobjective: {kind: geometric}",
    "depth_vmloc": "model: {modalities: [depth]}",
    "vmloc": "{}",
}
BASE = """
model: {backbone: resnet18, weights: none, latent_dim: 16, head_hidden: 0}
preprocessing: {height: 32, width: 32}
holdout: {fraction: 0.25, block_frames: 2, guard_frames: 1}
accelerator: cpu
epochs: 1
batch_size: 16
"""


@pytest.fixture
def variants(tmp_path: Path) -> Path:
    folder = tmp_path / "variants"
    folder.mkdir()
    for name, text in VARIANTS.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.yaml"
    path.write_text(BASE)
    return path


def test_every_system_runs_once_before_vmloc_and_its_ablations_run_again(
    variants: Path, base: Path
) -> None:
    names = [task.name for task in plan(variants, base, seeds=2)]
    assert names == ["depth_vmloc-0", "vmloc-0", "atloc-0", "depth_vmloc-1", "vmloc-1"]


def test_systems_can_be_chosen_by_name(variants: Path, base: Path) -> None:
    assert [task.name for task in plan(variants, base, 1, ["atloc"])] == ["atloc-0"]
    with pytest.raises(ConfigError, match="no system 'vmlocc', there are atloc, depth_vmloc"):
        plan(variants, base, 1, ["vmlocc"])


def test_a_folder_without_systems_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no YAML file of a system"):
        plan(tmp_path, None, 1)


def test_settings_differ_by_more_than_the_seed(variants: Path, base: Path) -> None:
    first, second = plan(variants, base, 2, ["vmloc"])
    assert first.settings_sha256 == second.settings_sha256
    longer = Task("vmloc", first.config.model_copy(update={"epochs": 9}))
    assert longer.settings_sha256 != first.settings_sha256


def test_defaults_have_no_part_in_the_digest(variants: Path, base: Path) -> None:
    (task,) = plan(variants, base, 1, ["vmloc"])
    base.write_text(BASE + "optimizer: {gradient_clip: 0.0}\n")  # the default, written out
    (same,) = plan(variants, base, 1, ["vmloc"])
    assert same.settings_sha256 == task.settings_sha256


def test_a_recipe_that_changes_makes_runs_of_before_count_no_more(
    variants: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = plan(variants, base, 1, ["vmloc"])
    before = task.settings_sha256
    monkeypatch.setattr(planning, "RECIPE", planning.RECIPE + 1)
    assert task.settings_sha256 != before


def test_runs_are_kept_and_not_done_again(
    variants: Path, base: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    results, trainings = tmp_path / "results", tmp_path / "trainings"
    tasks = plan(variants, base, 1, ["depth_vmloc"])
    (run,) = run_systems(tasks, tiny_scene, results, trainings)
    assert (run.system, run.seed, run.recording) == ("depth_vmloc", 0, "tiny")
    assert set(run.conditions) == {"clean", "depth masked"}
    assert run.conditions["clean"].frames == 5
    written = (results / "depth_vmloc-0.json").read_bytes()
    (trainings / "depth_vmloc-0" / "bundle").rename(tmp_path / "bundle")  # no longer needed
    assert run_systems(tasks, tiny_scene, results, trainings) == [run]
    assert (results / "depth_vmloc-0.json").read_bytes() == written
    other = Task("depth_vmloc", tasks[0].config.model_copy(update={"epochs": 2}))
    with pytest.raises(ConfigError, match=r"depth_vmloc-0\.json: was measured with other settings"):
        run_systems([other], tiny_scene, results, trainings)


def test_a_training_that_is_finished_is_only_tested(
    variants: Path, base: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    tasks = plan(variants, base, 1, ["depth_vmloc"])
    (run,) = run_systems(tasks, tiny_scene, tmp_path / "first", tmp_path / "trainings")
    (again,) = run_systems(tasks, tiny_scene, tmp_path / "second", tmp_path / "trainings")
    assert again.training_s == run.training_s
    assert again.conditions == run.conditions


def made_up(system: str, seed: int, median_m: float) -> SystemRun:
    errors = Errors(
        frames=9,
        median_translation_m=median_m,
        median_rotation_deg=2.0,
        mean_translation_m=median_m,
        mean_rotation_deg=2.0,
        coverage_1_sigma=0.68,
        coverage_2_sigma=0.95,
    )
    return SystemRun(
        system=system,
        seed=seed,
        settings_sha256="0",
        recording="kitchen",
        epochs=60,
        trained_on=560,
        parameters=24_000_000,
        training_s=900.0,
        training_cpu_s=600.0,
        latency_ms=20.0,
        hardware="a machine",
        versions={},
        conditions={"clean": errors, "rgb missing": errors},
    )


def test_the_table_has_the_median_of_the_seeds_and_the_best_system_first() -> None:
    runs = [made_up("atloc", 0, 0.08)]
    runs += [made_up("vmloc", seed, median) for seed, median in enumerate([0.05, 0.06, 0.09])]
    rows = systems_table(runs).splitlines()[2:]
    assert rows[0].startswith("| vmloc | 3 | 0.060 m | 2.00° | 0.090 m |")
    assert "| 24.0 M | 10.0 min | 20.0 ms |" in rows[0]
    assert rows[1].startswith("| atloc | 1 | 0.080 m |")


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    run = made_up("vmloc", 1, 0.05)
    run.write(tmp_path)
    assert read_runs(tmp_path) == [run]
    assert json.loads((tmp_path / "vmloc-1.json").read_text())["system"] == "vmloc"
