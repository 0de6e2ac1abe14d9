"""Studies as users run them: a bundle of random weights over a tiny scene."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from training.evaluate import evaluate
from training.recordings.formats import open_recording
from training.recordings.scene_writer import SceneWriter
from training.robustness.assess import assess
from training.train import train
from vmloc_ros.config import TrainConfig, parse_config
from vmloc_ros.errors import RecordingError, VmlocError
from vmloc_ros.validity import ValidityLimits

MATRIX = "mask and loss"
FILES = ["options.json", "report.html", "robustness.json", "robustness.png"]


def read(output: Path, name: str = "robustness.json") -> dict[str, Any]:
    content: dict[str, Any] = json.loads((output / name).read_text())
    return content


def without_depth(scene: Path, copy: Path) -> Path:
    with SceneWriter(copy) as writer:
        for labelled in open_recording(scene).frames("test"):
            frame = replace(labelled.frame, depth_mm=None)
            writer.write(3, frame, labelled.T_map_camera)
        writer.finish(train=[], test=[3])
    return copy


def test_a_study_leaves_numbers_options_figure_and_report(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    output = tmp_path / "results" / "study"
    assess(tiny_bundle, tiny_scene, output, device="cpu")
    assert sorted(path.name for path in output.iterdir()) == FILES
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["study"]
    conditions = read(output)["conditions"]
    assert set(conditions) == set(read(output, "options.json")["conditions"])
    assert conditions["rgb masked"]["frames"] == 5
    assert conditions["depth 2 frames late"]["frames"] == 3
    assert set(read(output)["validity"]["intruders"]) == {"black", "noise"}


def test_clean_frames_have_the_errors_of_an_evaluation(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    assess(tiny_bundle, tiny_scene, tmp_path / "study", device="cpu")
    metrics = evaluate(tiny_bundle, tiny_scene, tmp_path / "test", device="cpu").metrics
    clean = read(tmp_path / "study")["conditions"]["clean"]
    assert clean["availability"] == metrics.availability
    errors = clean["valid_estimates"]
    assert errors["median_translation_m"] == pytest.approx(metrics.median_translation_m, abs=1e-9)
    assert errors["mean_rotation_deg"] == pytest.approx(metrics.mean_rotation_deg, abs=1e-6)
    assert errors["coverage_1_sigma"] == pytest.approx(metrics.calibration.coverage_1_sigma)
    assert errors["translation_ratio"] == 1.0


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        assess(tiny_bundle, tiny_scene, tmp_path / name, device="cpu", seed=seed)
    one, again, other = (
        (tmp_path / name / "robustness.json").read_bytes() for name in ("one", "again", "other")
    )
    assert one == again
    assert one != other


def test_one_frame_in_two_is_localised_and_all_are_counted_as_progress(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    said: list[tuple[int, int]] = []
    assess(
        *(tiny_bundle, tiny_scene, tmp_path / "out"),
        device="cpu",
        every=2,
        progress=lambda done, total: said.append((done, total)),
    )
    assert said == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    conditions = read(tmp_path / "out")["conditions"]
    assert conditions["clean"]["frames"] == 3
    assert conditions["depth 1 frame late"]["frames"] == 2


def test_another_place_is_set_beside_this_one(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    foreign = Path(shutil.copytree(tiny_scene, tmp_path / "office"))
    said: list[tuple[int, int]] = []
    assess(
        *(tiny_bundle, tiny_scene, tmp_path / "out"),
        device="cpu",
        foreign=foreign,
        progress=lambda done, total: said.append((done, total)),
    )
    assert said[-1] == (10, 10)
    found = read(tmp_path / "out")["validity"]["intruders"]["foreign"]
    assert (found["frames"], found["auroc_validity"]) == (5, 0.5)  # it is the same place
    assert read(tmp_path / "out", "options.json")["foreign"] == "office"
    assert "--foreign office" in (tmp_path / "out" / "report.html").read_text()


def test_a_recording_that_lacks_a_sensor_has_the_conditions_of_the_others(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    scene = without_depth(tiny_scene, tmp_path / "colour")
    assess(tiny_bundle, scene, tmp_path / "out", split="all", device="cpu")
    conditions = read(tmp_path / "out")["conditions"]
    assert {"clean", "rgb masked", "rgb 1 % light"} <= set(conditions)
    assert not any("depth" in name or "missing" in name for name in conditions)
    assert set(read(tmp_path / "out")["validity"]["clean_familiar"]) == {"rgb"}


def trained(scene: Path, run: Path, *modalities: str, **preprocessing: object) -> Path:
    """Return a bundle of one epoch."""
    settings = {
        "model": {
            "modalities": modalities, "backbone": "resnet18", "weights": "none",
            "latent_dim": 16, "head_hidden": 8,
        },
        "preprocessing": {"height": 32, "width": 32} | preprocessing,
        "holdout": {"fraction": 0.25, "block_frames": 2, "guard_frames": 1},
        "accelerator": "cpu", "epochs": 1, "batch_size": 8,
    }  # fmt: skip
    return train(parse_config(settings, TrainConfig, "test"), scene, run)


def test_a_bundle_of_three_sensors_is_tried_with_each_of_them_and_all_combinations(
    tiny_lidar_scene: Path, tmp_path: Path
) -> None:
    bundle = trained(tiny_lidar_scene, tmp_path / "run", "rgb", "depth", "lidar")
    limits = ValidityLimits(novelty=0.0)  # what is kept shows in the errors
    assess(bundle, tiny_lidar_scene, tmp_path / "out", device="cpu", every=2, limits=limits)
    found = read(tmp_path / "out")
    matrix = {name: one for name, one in found["conditions"].items() if one["family"] == MATRIX}
    assert len(matrix) == 3**3 - 2
    assert all(one["all_estimates"]["estimates"] == 3 for one in matrix.values())
    clean = found["conditions"]["clean"]["all_estimates"]["median_translation_m"]
    for name in ("lidar masked", "lidar missing", "lidar 80 % lost", "lidar 30 % rain"):
        assert found["conditions"][name]["all_estimates"]["median_translation_m"] != clean
    assert set(found["validity"]["intruders"]["noise"]["auroc"]) == {"rgb", "depth", "lidar"}


def test_depth_that_is_made_from_the_lidar_goes_missing_with_the_lidar(
    tiny_lidar_scene: Path, tmp_path: Path
) -> None:
    bundle = trained(
        *(tiny_lidar_scene, tmp_path / "run", "rgb", "depth"),
        depth_source="lidar",
        depth_max_m=40.0,
    )
    assess(bundle, tiny_lidar_scene, tmp_path / "out", device="cpu", every=2)
    found = read(tmp_path / "out")
    assert "lidar missing" in found["conditions"]
    assert not any(name.startswith("depth") for name in found["conditions"])
    assert set(found["validity"]["intruders"]["black"]["auroc"]) == {"rgb", "depth"}


def test_without_a_limit_no_sensor_is_dropped_and_nothing_is_novel(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    for name, novelty in (("strict", 1e-6), ("open", 0.0)):
        limits = ValidityLimits(novelty=novelty)
        assess(tiny_bundle, tiny_scene, tmp_path / name, device="cpu", limits=limits)
    strict, without = read(tmp_path / "strict"), read(tmp_path / "open")
    assert strict["conditions"]["clean"]["rejected"] == {"novel": 5}
    assert strict["validity"]["clean_familiar"] == {"rgb": 0.0, "depth": 0.0}
    assert all("novel" not in one["rejected"] for one in without["conditions"].values())
    assert without["validity"]["clean_familiar"] == {"rgb": 1.0, "depth": 1.0}
    assert (
        strict["validity"]["intruders"]["black"]["auroc"]
        == (without["validity"]["intruders"]["black"]["auroc"])
    )
    assert read(tmp_path / "open", "options.json")["novelty_limit"] == 0.0


def test_nothing_is_read_where_the_output_exists(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(VmlocError, match="out: exists already"):
        assess(tmp_path / "none", tmp_path / "none", tmp_path / "out")


def test_a_foreign_recording_that_is_not_there_is_found_out_before_the_work(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    said: list[int] = []
    with pytest.raises(RecordingError, match="office: no such file or folder"):
        assess(
            *(tiny_bundle, tiny_scene, tmp_path / "out"),
            device="cpu",
            foreign=tmp_path / "office",
            progress=lambda done, total: said.append(done),
        )
    assert said == []
    assert not (tmp_path / "out").exists()


def test_a_damaged_frame_stops_the_study_with_its_name(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    name = next(open_recording(tiny_scene).frames("test")).name
    (tiny_scene / f"{name}.depth.png").write_bytes(b"no picture")
    with pytest.raises(RecordingError, match=name):
        assess(tiny_bundle, tiny_scene, tmp_path / "results" / "out", device="cpu")
    assert not (tmp_path / "results").exists()
