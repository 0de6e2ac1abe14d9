from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from training.recordings.scene import SceneRecording
from training.recordings.scene_writer import SceneWriter
from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose

POSE = Pose(np.array([1.0 / 3.0, -2.0, 0.1]), Rotation.from_rotvec([0.3, -1.2, 0.7]).as_quat())
T_CAMERA_LIDAR = POSE.inverse().matrix()


def a_frame(stamp_ns: int = 1, seed: int = 0) -> Frame:
    rng = np.random.default_rng(seed)
    return Frame(
        stamp_ns=stamp_ns,
        camera_frame="camera_optical_frame",
        rgb=rng.integers(0, 256, (48, 64, 3), np.uint8),
        depth_mm=rng.integers(0, 65535, (24, 32), np.uint16),
        points=rng.standard_normal((7, 4), np.float32),
        camera=Camera(64, 48, 1.0 / 3.0 + 50.0, 60.0, 31.5, 23.5),
        T_camera_lidar=T_CAMERA_LIDAR,
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written = [a_frame(stamp_ns=1_700_000_000_123_456_789 + step, seed=step) for step in range(3)]
    with SceneWriter(tmp_path / "scene") as writer:
        for frame in written[:2]:
            writer.write(4, frame, POSE)
        writer.write(12, written[2], POSE.inverse())
        writer.finish(train=[4], test=[12])
    recording = SceneRecording(tmp_path / "scene")
    assert (recording.count("train"), recording.count("test")) == (2, 1)
    labelled_frames = list(recording.frames())
    assert [labelled.sequence for labelled in labelled_frames] == ["seq-04", "seq-04", "seq-12"]
    for labelled, frame in zip(labelled_frames, written, strict=True):
        assert labelled.frame.stamp_ns == frame.stamp_ns
        assert labelled.frame.camera == frame.camera
        for name in ("rgb", "depth_mm", "points"):
            np.testing.assert_array_equal(getattr(labelled.frame, name), getattr(frame, name))
        np.testing.assert_allclose(labelled.frame.T_camera_lidar, T_CAMERA_LIDAR, atol=1e-15)
    np.testing.assert_allclose(labelled_frames[0].T_map_camera.matrix(), POSE.matrix(), atol=1e-15)
    back = labelled_frames[2].T_map_camera.matrix()
    np.testing.assert_allclose(back, POSE.inverse().matrix(), atol=1e-15)


def test_the_lens_is_read_back(tmp_path: Path) -> None:
    lens = Distortion(-0.3, 0.1, 1.0 / 3.0, 0.02, -0.05, 0.2, 0.01, 0.001)
    frame = a_frame()
    assert frame.camera is not None
    camera = replace(frame.camera, distortion=lens)
    with SceneWriter(tmp_path / "scene") as writer:
        writer.write(1, replace(frame, camera=camera), POSE)
    (labelled,) = SceneRecording(tmp_path / "scene").frames()
    assert labelled.frame.camera == camera


def test_poses_are_written_with_every_digit(tmp_path: Path) -> None:
    with SceneWriter(tmp_path / "scene") as writer:
        writer.write(1, a_frame(), POSE)
    matrix = np.loadtxt(tmp_path / "scene" / "seq-01" / "frame-000000.pose.txt")
    np.testing.assert_array_equal(matrix, POSE.matrix())


def test_a_split_without_sequences_gets_no_file(tmp_path: Path) -> None:
    with SceneWriter(tmp_path / "scene") as writer:
        writer.write(1, a_frame(), POSE)
        writer.finish(train=[1], test=[])
    assert SceneRecording(tmp_path / "scene").splits == ("train",)


def test_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted() -> None:
        with SceneWriter(tmp_path / "scene") as writer:
            writer.write(1, a_frame(), POSE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    with SceneWriter(tmp_path / "scene") as writer:
        writer.write(1, a_frame(), POSE)
        assert not (tmp_path / "scene").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["scene"]


def test_an_existing_folder_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "scene").mkdir()
    with pytest.raises(RecordingError, match="exists already"), SceneWriter(tmp_path / "scene"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["scene"]


def test_writing_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no frames to write"), SceneWriter(tmp_path / "scene"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rgb": np.zeros((24, 32, 3), np.uint8)}, r"shape \(24, 32, 3\), but .* \(48, 64, 3\)"),
        ({"depth_mm": None}, r"a depth image of shape None"),
        ({"points": None}, "lidar False"),
        ({"camera": None}, "intrinsics None"),
        ({"T_camera_lidar": np.eye(4)}, "T_camera_lidar"),
        ({"stamp_ns": 1}, "stamp 1 in sequence 1 must be > 0 and later"),
    ],
)
def test_a_frame_unlike_the_first_is_an_error(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with SceneWriter(tmp_path / "scene") as writer:
        writer.write(1, a_frame(stamp_ns=1), POSE)
        with pytest.raises(RecordingError, match=message):
            writer.write(1, replace(a_frame(stamp_ns=2), **change), POSE)


def test_a_split_of_unwritten_sequences_is_an_error(tmp_path: Path) -> None:
    with SceneWriter(tmp_path / "scene") as writer:
        writer.write(1, a_frame(), POSE)
        with pytest.raises(RecordingError, match="test split names sequence7, but only"):
            writer.finish(train=[1], test=[7])
