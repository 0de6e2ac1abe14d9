import itertools
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.recordings import frame_job
from training.recordings.formats import open_recording
from training.recordings.scene import SceneRecording, is_scene
from training.trajectory import Trajectory, write_tum
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Pose

Damage = Callable[[Path], object]


def read_all(scene: Path) -> int:
    return sum(1 for _ in SceneRecording(scene).frames())


def remove(scene: Path, pattern: str) -> None:
    paths = list(scene.glob(pattern))
    assert paths
    for path in paths:
        path.unlink()


def test_frames_come_in_numeric_order_with_their_split(tiny_scene: Path) -> None:
    recording = SceneRecording(tiny_scene)
    assert recording.splits == ("train", "test")
    assert (recording.count("train"), recording.count("test"), recording.count()) == (20, 5, 25)
    test = list(recording.frames("test"))
    assert [labelled.name for labelled in test] == [f"seq-03/frame-{n:06d}" for n in range(5)]
    assert {labelled.sequence for labelled in test} == {"seq-03"}
    assert test[0].frame.stamp_ns == 30_000_000_000 + 20 * 33_000_000
    assert test[0].frame.camera_frame == "camera_optical_frame"
    assert test[0].frame.camera is not None
    assert test[0].frame.camera.fx == 60.0


def test_sequences_sort_as_numbers_and_not_as_text(tiny_scene: Path) -> None:
    (tiny_scene / "seq-01").rename(tiny_scene / "seq-100")
    (tiny_scene / "TrainSplit.txt").write_text("sequence100\nsequence2\n")
    names = [labelled.sequence for labelled in SceneRecording(tiny_scene).frames("train")]
    assert names == ["seq-02"] * 10 + ["seq-100"] * 10


def test_frame_numbers_sort_as_numbers_and_not_as_text(tiny_scene: Path) -> None:
    remove(tiny_scene, "seq-*/stamps.txt")
    for path in (tiny_scene / "seq-03").glob("frame-000000.*"):
        path.rename(path.with_name(path.name.replace("000000", "1000000")))
    names = [labelled.name for labelled in SceneRecording(tiny_scene).frames("test")]
    assert names[-1] == "seq-03/frame-1000000"


def test_without_stamps_frames_get_30_hz_and_10_s_between_sequences(tiny_scene: Path) -> None:
    remove(tiny_scene, "seq-*/stamps.txt")
    recording = SceneRecording(tiny_scene)
    stamps_ns = [labelled.frame.stamp_ns for labelled in recording.frames()]
    steps_ns = np.diff(stamps_ns)
    assert stamps_ns[0] > 0
    assert steps_ns[9] == steps_ns[19] == 10_000_000_000
    assert set(np.delete(steps_ns, [9, 19])) == {33_333_333, 33_333_334}
    # A frame has one stamp, whichever split it is read with.
    assert [labelled.frame.stamp_ns for labelled in recording.frames("test")] == stamps_ns[20:]


def test_without_split_files_there_is_one_whole(tiny_scene: Path) -> None:
    remove(tiny_scene, "*Split.txt")
    recording = SceneRecording(tiny_scene)
    assert is_scene(tiny_scene)
    assert recording.splits == ()
    assert recording.count() == 25
    with pytest.raises(RecordingError, match=r"no split 'train'; add TrainSplit\.txt or use 'all'"):
        recording.frames("train")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no sequence"),
        ("\n \n", "names no sequence"),
        ("sequence1\nsequence9\n", r"line 2: there is no folder seq-09 \(found: seq-01, seq-02"),
        ("sequence1\n\nfolder 2\n", "line 3: expected a line like sequence1, got 'folder 2'"),
        ("sequence1\nsequence01\n", "line 2: names sequence1 a second time"),
    ],
)
def test_a_bad_split_file_is_named_with_its_line(tiny_scene: Path, text: str, message: str) -> None:
    (tiny_scene / "TrainSplit.txt").write_text(text)
    with pytest.raises(RecordingError, match=r"TrainSplit\.txt.*" + message):
        SceneRecording(tiny_scene)


def test_a_split_file_may_have_windows_line_ends(tiny_scene: Path) -> None:
    (tiny_scene / "TrainSplit.txt").write_bytes(b"\xef\xbb\xbfsequence1 \r\nsequence2\r\n")
    assert SceneRecording(tiny_scene).count("train") == 20


def test_a_sequence_still_packed_is_said_to_be(tiny_scene: Path) -> None:
    shutil.rmtree(tiny_scene / "seq-02")
    (tiny_scene / "seq-02.zip").touch()
    with pytest.raises(RecordingError, match=r"unpack seq-02\.zip first"):
        SceneRecording(tiny_scene)


def test_an_empty_folder_is_no_scene(tmp_path: Path) -> None:
    assert not is_scene(tmp_path)
    with pytest.raises(RecordingError, match="expected folders seq-01"):
        SceneRecording(tmp_path)


@pytest.mark.parametrize("sensor", ["color", "depth"])
def test_a_sensor_may_be_absent_throughout(tiny_scene: Path, sensor: str) -> None:
    remove(tiny_scene, f"seq-*/*.{sensor}.png")
    frame = next(iter(SceneRecording(tiny_scene).frames())).frame
    assert (frame.rgb is None) == (sensor == "color")
    assert (frame.depth_mm is None) == (sensor == "depth")
    assert frame.camera is not None


def test_colour_may_be_jpeg(tiny_scene: Path) -> None:
    for path in tiny_scene.glob("seq-*/*.color.png"):
        assert cv2.imwrite(str(path.with_suffix(".jpg")), cv2.imread(str(path)))
        path.unlink()
    frame = next(iter(SceneRecording(tiny_scene).frames())).frame
    assert frame.rgb is not None
    assert frame.rgb.shape == (48, 64, 3)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def resize(path: Path) -> None:
    assert cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[:24])


DAMAGES: list[tuple[str, Damage, str]] = [
    ("frame-000003.color.png", Path.unlink, "frame-000003: has no colour, but other frames have"),
    ("frame-000003.depth.png", Path.unlink, "frame-000003: has no depth, but other frames have"),
    ("frame-000003.pose.txt", Path.unlink, r"frame-000003\.pose\.txt: missing"),
    ("frame-000003.color.png", truncate, r"frame-000003\.color\.png: truncated"),
    ("frame-000003.depth.png", truncate, r"frame-000003\.depth\.png: truncated"),
    ("frame-000003.color.png", resize, "frame-000003: colour is 64×24, but 64×48"),
    ("frame-000003.depth.png", resize, "frame-000003: depth is 64×24, but 64×48"),
    ("frame-000003.pose.txt", truncate, r"frame-000003\.pose\.txt: expected 4 × 4"),
    (
        "frame-000003.pose.txt",
        lambda path: path.write_text("1 0 0 x\n"),
        r"frame-000003\.pose\.txt: holds something other than numbers",
    ),
    (
        "frame-000003.pose.txt",
        lambda path: path.write_text("nan " * 16),
        r"frame-000003\.pose\.txt: expected 4 × 4 finite numbers, got 16 numbers with NaN",
    ),
    (
        "frame-000003.pose.txt",
        lambda path: path.write_text("1.1 0 0 0  0 1 0 0  0 0 1 0  0 0 0 1"),
        r"frame-000003\.pose\.txt: a pose is no rigid transform",
    ),
    (
        "stamps.txt",
        lambda path: path.write_text("000000 1\n000001 2\n"),
        r"stamps\.txt: no stamp for frame 2",
    ),
    (
        "stamps.txt",
        lambda path: path.write_text("000000 5\n000001 5\n"),
        r"stamps\.txt, line 2: stamps must be > 0 and increase",
    ),
    (
        "stamps.txt",
        lambda path: path.write_text("000000 1.5\n"),
        r"stamps\.txt, line 1: expected a frame number and nanoseconds",
    ),
    ("stamps.txt", Path.unlink, r"stamps\.txt: cannot be read"),
    (
        "../camera-intrinsics.txt",
        lambda path: path.write_text("585 0 320\n0 585 240\n0 0 1\n"),
        r"principal point \(320, 240\) is not in the 64×48 image",
    ),
    (
        "../camera-intrinsics.txt",
        lambda path: path.write_text("0 0 32\n0 60 24\n0 0 1\n"),
        r"camera-intrinsics\.txt: not a camera matrix",
    ),
    (
        "../camera-distortion.txt",
        lambda path: path.write_text("-0.3 0.1 0 0 0\n"),
        r"camera-distortion\.txt: expected 8 finite numbers",
    ),
]


@pytest.mark.parametrize(("name", "damage", "message"), DAMAGES)
def test_damage_is_an_error_that_names_the_file(
    tiny_scene: Path, name: str, damage: Damage, message: str
) -> None:
    damage(tiny_scene / "seq-02" / name)
    with pytest.raises(RecordingError, match=message) as error:
        read_all(tiny_scene)
    assert str(tiny_scene) in str(error.value)
    assert "\n" not in str(error.value)


def test_frames_before_a_damaged_one_are_still_read(tiny_scene: Path) -> None:
    truncate(tiny_scene / "seq-01" / "frame-000004.color.png")
    frames = SceneRecording(tiny_scene).frames()
    assert [next(frames).name[-1] for _ in range(4)] == ["0", "1", "2", "3"]
    with pytest.raises(RecordingError, match="frame-000004"):
        next(frames)


def test_opening_and_counting_read_no_frame(tiny_scene: Path) -> None:
    for path in tiny_scene.glob("seq-*/frame-*"):
        path.write_bytes(b"")
    assert SceneRecording(tiny_scene).count("train") == 20


def test_a_reader_that_stops_early_leaves_no_thread_behind(tiny_scene: Path) -> None:
    before = threading.active_count()
    frames = SceneRecording(tiny_scene).frames()
    assert len(list(itertools.islice(frames, 3))) == 3
    assert threading.active_count() > before
    del frames
    assert threading.active_count() == before


def write_truth(scene: Path, path: Path, frames: slice) -> Path:
    """Write the true poses of some test frames, upside down, as a TUM file."""
    chosen = list(SceneRecording(scene).frames("test"))[frames]
    upside_down = Pose(np.zeros(3), np.array([0.0, 0.0, 1.0, 0.0]))
    poses = tuple(one.T_map_camera @ upside_down for one in chosen)
    write_tum(path, Trajectory(tuple(one.frame.stamp_ns for one in chosen), poses))
    return path


def test_a_tum_file_takes_the_place_of_the_pose_files(
    tiny_scene: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = [one.T_map_camera for one in SceneRecording(tiny_scene).frames("test")]
    truth = write_truth(tiny_scene, tmp_path / "slam.tum", slice(1, 5, 2))
    remove(tiny_scene, "seq-*/*.pose.txt")
    found = list(open_recording(tiny_scene, ground_truth=str(truth)).frames("test"))
    # The second and the fourth frame are in the file, the third lies between them.
    assert [one.name[-1] for one in found] == ["1", "2", "3"]
    for one, own in zip(found[::2], before[1::2], strict=True):
        assert one.T_map_camera.distance_m(own) < 1e-12
        assert one.T_map_camera.angle_deg(own) == pytest.approx(180.0)
    middle = (before[1].position + before[3].position) / 2.0
    np.testing.assert_allclose(found[1].T_map_camera.position, middle, atol=1e-12)
    assert "2 of 5 frames left out: no ground truth within their time" in caplog.text


def test_a_tum_file_of_another_time_is_refused(tiny_scene: Path, tmp_path: Path) -> None:
    truth = write_truth(tiny_scene, tmp_path / "slam.tum", slice(0, 5))
    recording = open_recording(tiny_scene, ground_truth=str(truth))
    with pytest.raises(RecordingError, match=r"none of 20 frames lies within .*\(5 poses from"):
        recording.frames("train")


def test_a_scene_has_no_topics(tiny_scene: Path) -> None:
    with pytest.raises(RecordingError, match=r"no topics: ground truth is a \.tum .* '/odom'"):
        open_recording(tiny_scene, ground_truth="/odom")


def test_open_recording_knows_a_scene(tiny_scene: Path) -> None:
    assert isinstance(open_recording(tiny_scene), SceneRecording)


def test_the_real_recording_reads_as_described(shared_data: Path) -> None:
    recording = SceneRecording(shared_data / "redkitchen")
    assert recording.splits == ("train", "test")
    assert (recording.count("train"), recording.count("test")) == (640, 160)
    labelled = next(iter(recording.frames("test")))
    frame = labelled.frame
    assert frame.rgb is not None and frame.depth_mm is not None and frame.camera is not None
    assert frame.rgb.shape == (480, 640, 3)
    assert frame.depth_mm.shape == (480, 640)
    assert frame.depth_mm.max() < 65535
    assert (frame.camera.fx, frame.camera.cx) == (585.0, 320.0)
    assert 0.5 < np.median(frame.depth_mm[frame.depth_mm > 0]) / 1000.0 < 4.0


def test_the_garbage_collector_may_close_a_reader_in_one_of_its_decoders(
    tiny_scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode, calls = frame_job._decode, itertools.count()
    first_is_out, closed = threading.Event(), threading.Event()
    failures: list[RuntimeError] = []

    def decode_and_close(job):
        if next(calls) == 2:  # decoded ahead, while the reader rests
            assert first_is_out.wait(10.0)
            try:
                reader.close()
            except RuntimeError as err:
                failures.append(err)
            closed.set()
        return decode(job)

    monkeypatch.setattr(frame_job, "_decode", decode_and_close)
    reader = SceneRecording(tiny_scene).frames()
    next(reader)
    first_is_out.set()
    assert closed.wait(10.0)
    assert failures == []
