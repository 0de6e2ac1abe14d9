"""What is drawn of a recording is read back from the file that rerun writes."""

import os
import re
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
import yaml
from rosbags.rosbag2 import Reader, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from training.recordings.bag_writer import write_bag
from training.recordings.formats import open_recording
from training.recordings.topics import Topics
from training.watch import RecordingView, Watched
from training.watch_options import WatchOptions, is_recording, parse_options
from vmloc_ros.errors import BundleError, RecordingError
from vmloc_ros.localizer import Localizer
from vmloc_ros.viewer.options import ViewerOptions
from vmloc_ros.viewer.outlet import Outlet

pytest.importorskip("rerun", reason="rerun is not installed")

sys.path.insert(0, str(Path(__file__).parents[1] / "vmloc_ros"))
from picture_file import rows, values


def show(recording: Path, bundle: Path, file: Path, **view: Any) -> Watched:
    options = ViewerOptions(Outlet(save=file), **view)
    with closing(RecordingView(WatchOptions(recording, bundle, options, device="cpu"))) as shown:
        return shown.show()


def set_limits(bundle: Path, limit: float) -> None:
    """Let all estimates of a bundle pass (a large limit), or none."""
    path = bundle / "bundle.yaml"
    description = yaml.safe_load(path.read_text())
    calibration = description["calibration"]
    calibration["novelty_limit"] = dict.fromkeys(calibration["novelty_limit"], limit)
    for agreement in calibration["agreement"].values():
        agreement["limit"] = limit
    description["position_min_m"], description["position_max_m"] = [-1e3] * 3, [1e3] * 3
    path.write_text(yaml.safe_dump(description))


def test_every_frame_is_drawn_with_its_estimate_its_truth_and_its_error(
    tiny_scene: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    set_limits(tiny_bundle, 1e6)
    path = tmp_path / "tiny.rrd"
    watched = show(tiny_scene, tiny_bundle, path, max_rate_hz=1000.0)
    assert (watched.frames, watched.poses) == (5, 5)

    frames = list(open_recording(tiny_scene).frames("test"))
    localizer = Localizer.load(tiny_bundle, "cpu")
    estimates = [localizer.localize(labelled.frame) for labelled in frames]
    drawn, truths = rows(path, "map/estimate"), rows(path, "map/ground_truth")
    for number, (labelled, estimate) in enumerate(zip(frames, estimates, strict=True)):
        assert drawn[number]["stamp"] == truths[number]["stamp"] == labelled.frame.stamp_ns
        assert drawn[number]["frame"] == number
        position = drawn[number]["Transform3D:translation"][0]
        np.testing.assert_allclose(position, estimate.T_map_camera.position, rtol=1e-5)
        truth = truths[number]["Transform3D:translation"][0]
        np.testing.assert_allclose(truth, labelled.T_map_camera.position, rtol=1e-5)
        error_m = np.linalg.norm(estimate.T_map_camera.position - labelled.T_map_camera.position)
        np.testing.assert_allclose(values(path, "position_m/error")[number], error_m)
    assert len(rows(path, "map/uncertainty")) == 5
    assert len(rows(path, "map/camera/image")) == len(rows(path, "map/camera/depth")) == 5
    shares = [estimate.expert_share["rgb"] for estimate in estimates]
    np.testing.assert_allclose(values(path, "expert_share/rgb"), shares, rtol=1e-5)


def test_the_places_of_the_training_images_are_drawn(
    tiny_scene: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    show(tiny_scene, tiny_bundle, tmp_path / "tiny.rrd")
    (points,) = rows(tmp_path / "tiny.rrd", "map/training")
    expected = [pose.position for pose in Localizer.load(tiny_bundle, "cpu").bundle.training_poses]
    np.testing.assert_allclose(points["Points3D:positions"], expected, rtol=1e-6)


def test_images_are_thinned_out_and_poses_are_not(
    tiny_scene: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    """The five frames lie within the fourth fifth of a second: 0.660 to 0.792 s."""
    set_limits(tiny_bundle, 1e6)
    show(tiny_scene, tiny_bundle, tmp_path / "tiny.rrd", max_rate_hz=5.0)
    assert len(rows(tmp_path / "tiny.rrd", "map/camera/image")) == 1
    assert len(rows(tmp_path / "tiny.rrd", "map/estimate")) == 5


def test_a_refused_estimate_is_a_line_of_the_log_and_no_pose(
    tiny_scene: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    set_limits(tiny_bundle, 1e-6)
    path = tmp_path / "tiny.rrd"
    watched = show(tiny_scene, tiny_bundle, path, max_rate_hz=1000.0)
    assert (watched.frames, watched.poses) == (5, 0)
    assert all(row["Clear:is_recursive"] == [False] for row in rows(path, "map/estimate"))
    lines = rows(path, "log")
    assert len(lines) == 5
    assert lines[0]["TextLog:text"][0].startswith("refused, novel: unlike every training image")
    # The images are shown, but in no place of the map.
    assert all(row["Pinhole:image_from_camera"] == [] for row in rows(path, "map/camera/image"))


def test_a_bag_gives_the_same_picture_as_its_scene(
    tiny_scene: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    set_limits(tiny_bundle, 1e6)
    write_bag(open_recording(tiny_scene), tmp_path / "bag", "test")
    pictures = []
    for recording in (tiny_scene, tmp_path / "bag"):
        file = tmp_path / f"{recording.name}.rrd"
        show(recording, tiny_bundle, file)
        estimates = rows(file, "map/estimate")
        pictures.append([(row["stamp"], row["Transform3D:translation"]) for row in estimates])
    assert pictures[0] == pictures[1] and len(pictures[0]) == 5


def leave_out(topic: str, source: Path, target: Path) -> None:
    """Copy a bag without one of its topics."""
    store = get_typestore(Stores.ROS2_JAZZY)
    with (
        Reader(source) as reader,
        Writer(target, version=8, storage_plugin=StoragePlugin.MCAP) as writer,
    ):
        kept = [connection for connection in reader.connections if connection.topic != topic]
        copies = {
            connection.id: writer.add_connection(
                connection.topic, connection.msgtype, typestore=store
            )
            for connection in kept
        }
        for connection, stamp_ns, data in reader.messages(kept):
            writer.write(copies[connection.id], stamp_ns, data)


def test_a_bag_without_ground_truth_is_shown_without_errors(
    tiny_scene: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    set_limits(tiny_bundle, 1e6)
    write_bag(open_recording(tiny_scene), tmp_path / "labelled", "test")
    leave_out(Topics().ground_truth, tmp_path / "labelled", tmp_path / "bag")
    watched = show(tmp_path / "bag", tiny_bundle, tmp_path / "bag.rrd")
    assert str(watched) == "5 frames, 5 poses"
    assert rows(tmp_path / "bag.rrd", "map/ground_truth") == []


def test_medians_are_told_where_there_is_ground_truth() -> None:
    watched = Watched(frames=3, poses=3, position_m=[0.1, 0.3, 0.2], rotation_deg=[3.0, 1.0, 2.0])
    assert str(watched) == "3 frames, 3 poses, median error 0.200 m and 2.00°"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["kitchen", "--bundle", "b"], True),
        (["--bundle=b", "kitchen"], True),
        (["kitchen"], True),
        ([], False),
        (["--namespace", "/robot1"], False),
        (["--help"], False),
    ],
)
def test_a_recording_is_told_from_a_running_node(args: list[str], expected: bool) -> None:
    assert is_recording(args) is expected


def test_the_options_of_a_recording() -> None:
    options = parse_options(["kitchen", "--bundle", "b", "--split", "all", "--up=-y"])
    assert (options.recording, options.bundle, options.split) == (Path("kitchen"), Path("b"), "all")
    assert options.view == ViewerOptions(up="-y")


def test_a_wrong_path_leaves_no_file(tiny_scene: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="none: no such file or folder"):
        show(tmp_path / "none", tiny_bundle, tmp_path / "x.rrd")
    with pytest.raises(BundleError, match="no model bundle"):
        show(tiny_scene, tmp_path / "none", tmp_path / "x.rrd")
    assert not (tmp_path / "x.rrd").exists()


def vmloc(*arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "training.cli", "watch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if "DISPLAY" not in key},
    )


def test_the_command_writes_a_file_again_and_again(
    tiny_scene: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        arguments = (tiny_scene, "--bundle", tiny_bundle, "--save", tmp_path / "x.rrd")
        process = vmloc(*arguments, "--device", "cpu")
        said, errors = process.communicate(timeout=60.0)
        assert process.returncode == 0, errors
        assert "writing" in said and "5 frames" in said
        assert len(rows(tmp_path / "x.rrd", "map/ground_truth")) == 5


def test_the_command_says_in_one_line_what_cannot_work(tiny_scene: Path, tiny_bundle: Path) -> None:
    process = vmloc(tiny_scene, "--bundle", tiny_bundle)
    _, errors = process.communicate(timeout=60.0)
    assert process.returncode == 2
    assert errors.startswith("error: there is no display") and errors.count("\n") == 1


def test_a_page_is_served_until_ctrl_c(tiny_scene: Path, tiny_bundle: Path) -> None:
    process = vmloc(tiny_scene, "--bundle", tiny_bundle, "--web", "--device", "cpu")
    assert process.stdout is not None
    try:
        where, shown = process.stdout.readline(), process.stdout.readline()
        assert "5 frames" in shown, process.stderr
        page = re.search(r"http://\S+", where)
        assert page is not None
        with urlopen(page.group(), timeout=10.0) as answer:
            assert answer.status == 200
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30.0)
    assert process.returncode == 0 and "Traceback" not in errors
