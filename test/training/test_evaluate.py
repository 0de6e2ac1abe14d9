"""Evaluations as users run them: a bundle of random weights over a tiny scene."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evo.core import metrics as evo
from evo.tools import file_interface

from training.evaluate import evaluate, evaluate_recorded
from training.evaluation_folder import write_evaluation
from training.recordings.bag_writer import write_bag
from training.recordings.formats import open_recording
from training.recordings.recording import LabelledFrame, choose_split
from training.recordings.scene import SceneWriter
from training.trajectory import Trajectory, read_tum, write_tum
from vmloc_ros.bundle import load_bundle, save_bundle
from vmloc_ros.errors import ConfigError, RecordingError, VmlocError
from vmloc_ros.pose import Pose

FILES = [
    "ground_truth.tum", "metrics.json", "report.html", "timing.json", "trajectory.png",
    "trajectory.tum",
]  # fmt: skip


def metrics_of(output: Path, name: str = "metrics.json") -> dict[str, Any]:
    content: dict[str, Any] = json.loads((output / name).read_text())
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
    assert (metrics["used"], metrics["rejected"], metrics["failed"]) == ({"rgb+depth": 5}, {}, 0)
    assert metrics["degraded"] == 0.0


def test_times_are_kept_apart_from_the_metrics(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    evaluate(tiny_bundle, tiny_scene, tmp_path / "out", device="cpu")
    times = metrics_of(tmp_path / "out", "timing.json")
    assert 0.0 < times["latency_median_ms"] <= times["latency_p95_ms"]
    # Reading and decoding take time too.
    assert 0.0 < times["frames_per_second"] < 1e3 / times["latency_median_ms"] * 2.0
    assert "latency" not in (tmp_path / "out" / "metrics.json").read_text()


def test_the_same_bag_gives_the_same_files_twice_but_for_the_times(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    write_bag(open_recording(tiny_scene), tmp_path / "bag", "test")
    for name in ("first", "second"):
        evaluate(tiny_bundle, tmp_path / "bag", tmp_path / name, device="cpu")
    for name in ("metrics.json", "trajectory.tum", "ground_truth.tum", "trajectory.png"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_evo_finds_the_same_errors_in_the_files(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    evaluation = evaluate(tiny_bundle, tiny_scene, output, device="cpu")
    errors = evaluation.errors
    for relation, key, ours in (
        (evo.PoseRelation.translation_part, "translation_m", errors.translation_m),
        (evo.PoseRelation.rotation_angle_deg, "rotation_deg", errors.rotation_deg),
    ):
        ape = evo_ape(output, relation)
        np.testing.assert_allclose(ape.error, ours, rtol=0.0, atol=1e-6)
        found = {statistic: ape.get_statistic(statistic) for statistic in evo.StatisticsType}
        metrics = metrics_of(output)
        median, mean = found[evo.StatisticsType.median], found[evo.StatisticsType.mean]
        assert metrics[f"median_{key}"] == pytest.approx(median, abs=1e-6)
        assert metrics[f"mean_{key}"] == pytest.approx(mean, abs=1e-6)
        rmse = np.sqrt(np.mean(np.square(ours)))
        assert rmse == pytest.approx(found[evo.StatisticsType.rmse], abs=1e-6)


def evo_ape(output: Path, relation: evo.PoseRelation) -> evo.APE:
    files = [output / "ground_truth.tum", output / "trajectory.tum"]
    ape = evo.APE(relation)
    ape.process_data(tuple(file_interface.read_tum_trajectory_file(path) for path in files))
    return ape


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


def test_a_recording_without_the_sensors_of_the_model_is_refused(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    points = np.ones((3, 4), np.float32)
    with SceneWriter(tmp_path / "blind") as writer:
        for labelled in frames_to_test(tiny_scene):
            frame = replace(labelled.frame, rgb=None, depth_mm=None, camera=None, points=points)
            writer.write(1, frame, labelled.T_map_camera)
        writer.finish(train=[], test=[1])
    with pytest.raises(RecordingError, match=r"blind: no frame can be localised: .*no rgb or dep"):
        evaluate(tiny_bundle, tmp_path / "blind", tmp_path / "out", device="cpu")
    assert not (tmp_path / "out").exists()


def with_novelty_limits(bundle: Path, folder: Path, **limits: float) -> Path:
    """Write a bundle that finds images of a modality new from another distance on."""
    loaded = load_bundle(bundle)
    calibration = loaded.description.calibration.model_copy(update={"novelty_limit": limits})
    description = loaded.description.model_copy(update={"calibration": calibration})
    save_bundle(
        folder, description, loaded.network, loaded.training_poses, loaded.training_appearance
    )
    return folder


def test_frames_that_are_all_rejected_are_a_result_and_no_error(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    bundle = with_novelty_limits(tiny_bundle, tmp_path / "wary", rgb=1e-6, depth=1e-6)
    evaluation = evaluate(bundle, tiny_scene, tmp_path / "out", device="cpu")
    assert evaluation.passed  # nothing was asked for
    assert listing(tmp_path / "out") == FILES
    metrics = metrics_of(tmp_path / "out")
    assert (metrics["frames"], metrics["poses"], metrics["availability"]) == (5, 0, 0.0)
    assert (metrics["rejected"], metrics["used"], metrics["failed"]) == ({"novel": 5}, {}, 0)
    assert metrics["median_translation_m"] is metrics["degraded"] is None
    assert metrics["recall_25cm_10deg"] == 0.0
    assert "calibration" not in metrics
    assert (tmp_path / "out" / "trajectory.tum").read_text() == ""
    assert metrics_of(tmp_path / "out", "timing.json")["latency_median_ms"] > 0.0


def test_poses_that_lack_a_sensor_are_told_apart(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    bundle = with_novelty_limits(tiny_bundle, tmp_path / "colour", rgb=1e6, depth=1e-6)
    evaluate(bundle, tiny_scene, tmp_path / "out", device="cpu")
    metrics = metrics_of(tmp_path / "out")
    assert (metrics["availability"], metrics["degraded"]) == (1.0, 1.0)
    assert metrics["used"] == {"rgb": 5}


def test_criteria_are_judged_and_the_verdicts_written_where_they_belong(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    criteria = tmp_path / "criteria.yaml"
    criteria.write_text(
        "min_availability: 1.0\nmax_median_translation_m: 1.0e-6\nmax_latency_p95_ms: 1.0e+6\n"
    )
    evaluation = evaluate(
        tiny_bundle, tiny_scene, tmp_path / "out", device="cpu", criteria=criteria
    )
    assert not evaluation.passed
    metrics, times = metrics_of(tmp_path / "out"), metrics_of(tmp_path / "out", "timing.json")
    assert metrics["criteria"] == {
        "min_availability": {"limit": 1.0, "value": 1.0, "passed": True},
        "max_median_translation_m": {
            "limit": 1e-6, "value": metrics["median_translation_m"], "passed": False,
        },
    }  # fmt: skip
    assert times["criteria"]["max_latency_p95_ms"]["passed"] is True
    assert "--criteria criteria.yaml" in (tmp_path / "out" / "report.html").read_text()


def test_criteria_are_read_before_anything_else(tmp_path: Path) -> None:
    (tmp_path / "criteria.yaml").write_text("max_median_translation: 0.1\n")
    with pytest.raises(
        ConfigError, match="key 'max_median_translation', did you mean 'max_median_translation_m'"
    ):
        evaluate(
            tmp_path / "no-bundle",
            tmp_path / "no-recording",
            tmp_path / "out",
            criteria=tmp_path / "criteria.yaml",
        )


def shifted_truth(scene: Path, path: Path) -> Path:
    """Write the true poses of the test frames but the last, one metre along x, as a TUM file."""
    frames = frames_to_test(scene)[:-1]
    poses = tuple(
        Pose(one.T_map_camera.position + np.array([1.0, 0.0, 0.0]), one.T_map_camera.quat_xyzw)
        for one in frames
    )
    write_tum(path, Trajectory(tuple(one.frame.stamp_ns for one in frames), poses))
    return path


@pytest.mark.parametrize("kind", ["scene", "bag"])
def test_a_tum_file_takes_the_place_of_the_recording_s_own_ground_truth(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path, kind: str
) -> None:
    recording = tiny_scene
    if kind == "bag":
        recording = tmp_path / "bag"
        write_bag(open_recording(tiny_scene), recording, "test")
    truth = shifted_truth(tiny_scene, tmp_path / "slam.tum")
    output = tmp_path / "out"
    evaluate(tiny_bundle, recording, output, device="cpu", ground_truth=str(truth))
    metrics = metrics_of(output)
    assert (metrics["frames"], metrics["poses"]) == (4, 4)  # none beyond the end of the file
    written, given = read_tum(output / "ground_truth.tum"), read_tum(truth)
    assert written.stamps_ns == given.stamps_ns
    for here, there in zip(written.poses, given.poses, strict=True):
        assert here.distance_m(there) < 1e-12 and here.angle_deg(there) < 1e-5
    assert metrics["provenance"]["ground_truth"] == "slam.tum"
    assert str(tmp_path) not in (output / "report.html").read_text()


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
    times = metrics_of(tmp_path / "recorded", "timing.json")
    assert times["latency_median_ms"] == 6.0
    assert times["frames_per_second"] is None
    # What became of a frame without a pose, the node alone knows.
    for unknown in ("calibration", "used", "rejected", "failed", "degraded"):
        assert unknown not in recorded
    for kept_apart in ("calibration", "used", "rejected", "failed", "degraded", "provenance"):
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
    assert not (tmp_path / "out" / "timing.json").exists()


def test_an_evaluation_that_cannot_be_written_leaves_nothing(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    evaluation = evaluate(tiny_bundle, tiny_scene, tmp_path / "out", device="cpu")
    (tmp_path / "file").write_text("in the way")
    before = listing(tmp_path)
    with pytest.raises(VmlocError, match="cannot write the evaluation"):
        write_evaluation(tmp_path / "file" / "out", evaluation)
    assert listing(tmp_path) == before
