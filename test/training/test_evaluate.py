"""Evaluations as users run them: a bundle of random weights over a tiny scene."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from evo.core import metrics as evo
from evo.tools import file_interface

from training.evaluate import evaluate, evaluate_recorded
from training.evaluation_folder import write_evaluation
from training.recordings.formats import open_recording
from training.recordings.recording import LabelledFrame, choose_split
from training.recordings.scene import SceneWriter
from training.trajectory import Trajectory, read_tum, write_tum
from vmloc_ros.bundle import load_bundle, save_bundle
from vmloc_ros.errors import RecordingError, VmlocError
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Pose

FILES = ["ground_truth.tum", "metrics.json", "report.html", "trajectory.png", "trajectory.tum"]


def metrics_of(output: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((output / "metrics.json").read_text())
    return content


def frames_to_test(scene: Path) -> list[LabelledFrame]:
    return list(open_recording(scene).frames("test"))


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_evaluation_leaves_trajectories_metrics_figure_and_report(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    output = tmp_path / "results" / "test"
    evaluate(tiny_bundle, tiny_scene, output, device="cpu")
    assert listing(output) == FILES
    assert listing(tmp_path / "results") == ["test"]
    frames = frames_to_test(tiny_scene)
    truth = read_tum(output / "ground_truth.tum")
    assert truth.stamps_ns == tuple(labelled.frame.stamp_ns for labelled in frames)
    assert read_tum(output / "trajectory.tum").stamps_ns == truth.stamps_ns
    for pose, labelled in zip(truth.poses, frames, strict=True):
        np.testing.assert_array_equal(pose.position, labelled.T_map_camera.position)


def test_the_metrics_tell_what_they_belong_to(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    evaluate(tiny_bundle, tiny_scene, tmp_path / "out", device="cpu")
    metrics = metrics_of(tmp_path / "out")
    assert metrics["frames"] == metrics["poses"] == len(frames_to_test(tiny_scene))
    assert metrics["provenance"]["bundle_sha256"] == load_bundle(tiny_bundle).digest
    assert metrics["provenance"]["recording"] == tiny_scene.name
    assert metrics["provenance"]["split"] == "test"
    assert set(metrics["calibration"]["within_1_sigma"]) == {
        "x", "y", "z", "rot_x", "rot_y", "rot_z",
    }  # fmt: skip
    assert metrics["latency_ms"]["median"] > 0.0


def test_a_second_evaluation_is_identical_but_for_the_latency(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        evaluate(tiny_bundle, tiny_scene, tmp_path / name, device="cpu")
    first, second = metrics_of(tmp_path / "first"), metrics_of(tmp_path / "second")
    assert first.pop("latency_ms").keys() == second.pop("latency_ms").keys()
    assert first == second
    for name in ("trajectory.tum", "ground_truth.tum", "trajectory.png"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_evo_finds_the_same_medians_in_the_files(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    evaluate(tiny_bundle, tiny_scene, output, device="cpu")
    files = [output / "ground_truth.tum", output / "trajectory.tum"]
    pair = tuple(file_interface.read_tum_trajectory_file(path) for path in files)
    for relation, key in (
        (evo.PoseRelation.translation_part, "median_translation_m"),
        (evo.PoseRelation.rotation_angle_deg, "median_rotation_deg"),
    ):
        ape = evo.APE(relation)
        ape.process_data(pair)
        median = ape.get_statistic(evo.StatisticsType.median)
        assert metrics_of(output)[key] == pytest.approx(median, abs=1e-6)


def test_an_existing_output_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    with pytest.raises(VmlocError, match="out: exists already, choose a folder that does not"):
        evaluate(tmp_path / "no-bundle", tmp_path / "no-recording", output)
    assert listing(output) == []


def test_no_path_of_this_machine_is_written(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    evaluate(tiny_bundle, tiny_scene, tmp_path / "out", device="cpu")
    for name in ("metrics.json", "report.html", "trajectory.tum"):
        assert str(tmp_path.parent) not in (tmp_path / "out" / name).read_text()


def test_every_frame_is_reported_as_progress(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    evaluate(
        tiny_bundle,
        tiny_scene,
        tmp_path / "out",
        device="cpu",
        progress=lambda done, total: seen.append((done, total)),
    )
    count = len(frames_to_test(tiny_scene))
    assert seen == [(done, count) for done in range(1, count + 1)]


def test_the_split_is_test_where_there_is_one_and_else_all(
    tiny_scene: Path, tmp_path: Path
) -> None:
    assert choose_split(None, open_recording(tiny_scene)) == "test"
    assert choose_split("train", open_recording(tiny_scene)) == "train"
    whole = shutil.copytree(tiny_scene, tmp_path / "whole")
    for path in whole.glob("*Split.txt"):
        path.unlink()
    assert choose_split(None, open_recording(whole)) == "all"
    with pytest.raises(RecordingError, match="no split 'test', it has: all"):
        choose_split("test", open_recording(whole))


def test_a_recording_of_which_no_frame_gets_a_pose_is_refused(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    with SceneWriter(tmp_path / "colourless") as writer:
        for labelled in frames_to_test(tiny_scene):
            writer.write(1, replace(labelled.frame, rgb=None), labelled.T_map_camera)
        writer.finish(train=[], test=[1])
    bundle = rgb_bundle(tiny_bundle, tmp_path / "rgb")
    with pytest.raises(RecordingError, match="no frame got a pose: the model needs rgb"):
        evaluate(bundle, tmp_path / "colourless", tmp_path / "out", device="cpu")
    assert not (tmp_path / "out").exists()


def rgb_bundle(tiny_bundle: Path, folder: Path) -> Path:
    """Write a bundle like another, with random weights for colour alone."""
    other = load_bundle(tiny_bundle)
    model = other.description.model.model_copy(update={"modalities": ("rgb",)})
    torch.manual_seed(0)
    description = other.description.model_copy(update={"model": model})
    save_bundle(folder, description, VMLoc(model), other.training_poses)
    return folder


def test_a_damaged_frame_stops_the_evaluation_with_its_name(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    scene = shutil.copytree(tiny_scene, tmp_path / "damaged")
    name = frames_to_test(tiny_scene)[2].name
    (scene / f"{name}.depth.png").write_bytes(b"no picture")
    with pytest.raises(RecordingError, match=name):
        evaluate(tiny_bundle, scene, tmp_path / "results" / "out", device="cpu")
    assert not (tmp_path / "results").exists()


def test_poses_recorded_from_the_node_get_the_same_errors(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    evaluate(tiny_bundle, tiny_scene, tmp_path / "direct", device="cpu")
    evaluate_recorded(
        tiny_bundle,
        tiny_scene,
        tmp_path / "direct" / "trajectory.tum",
        tmp_path / "recorded",
        latency_ms=[5.0, 7.0],
    )
    direct, recorded = metrics_of(tmp_path / "direct"), metrics_of(tmp_path / "recorded")
    assert recorded["latency_ms"]["median"] == 6.0
    assert "calibration" not in recorded
    for kept_apart in ("latency_ms", "calibration", "provenance"):
        direct.pop(kept_apart)
        recorded.pop(kept_apart, None)
    assert recorded == direct


def test_recorded_poses_may_lack_frames_and_hold_others(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    frames = frames_to_test(tiny_scene)
    poses = {frame.frame.stamp_ns: frame.T_map_camera for frame in frames[1:]}
    poses[7] = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
    write_tum(tmp_path / "node.tum", Trajectory(tuple(poses), tuple(poses.values())))
    evaluate_recorded(tiny_bundle, tiny_scene, tmp_path / "node.tum", tmp_path / "out")
    metrics = metrics_of(tmp_path / "out")
    assert metrics["poses"] == metrics["frames"] - 1 == len(frames) - 1
    assert metrics["unmatched"] == 1
    assert metrics["p95_translation_m"] == 0.0
    assert metrics["recall_5cm_5deg"] == pytest.approx((len(frames) - 1) / len(frames))


def test_an_evaluation_that_cannot_be_written_leaves_nothing(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    evaluation = evaluate(tiny_bundle, tiny_scene, tmp_path / "out", device="cpu")
    (tmp_path / "file").write_text("in the way")
    before = listing(tmp_path)
    with pytest.raises(VmlocError, match="cannot write the evaluation"):
        write_evaluation(tmp_path / "file" / "out", evaluation)
    assert listing(tmp_path) == before
