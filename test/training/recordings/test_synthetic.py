from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from training.recordings.recording import LabelledFrame
from training.recordings.scene import SceneRecording
from training.recordings.synthetic import synthesize
from vmloc_ros.errors import RecordingError

SMALL = {"train_frames": 12, "test_frames": 6, "width": 64, "height": 48}
LOW, HIGH = np.array([-2.5, -2.0, 0.0]), np.array([2.5, 2.0, 2.6])
"""The room: 5 m × 4 m × 2.6 m, origin at the centre of the floor."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "room"
    synthesize(folder, **SMALL)
    return folder


@pytest.fixture(scope="module")
def labelled_frames(scene: Path) -> list[LabelledFrame]:
    return list(SceneRecording(scene).frames())


def distance_to_shell_m(
    origin: NDArray[np.float64], directions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far rays (N, 3) from inside reach in an empty room, in units of their length."""
    with np.errstate(divide="ignore"):
        exits = np.where(directions > 0.0, HIGH - origin, LOW - origin) / directions
    return exits.min(axis=1)


def is_bare(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points (N, 3) lie on the ceiling or on floor where nothing stands or lies."""
    x, y, z = points.T
    west = (x > -1.9) & (x < -1.0) & (y > -1.2) & (y < 0.6)
    east = (x > 1.55) & (x < 1.9) & (y > -1.2) & (y < 1.5)
    return (z > 2.599) | ((z < 0.001) & (west | east))


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_the_scene_has_both_splits_and_every_sensor(scene: Path) -> None:
    recording = SceneRecording(scene)
    assert (recording.count("train"), recording.count("test")) == (12, 6)
    frame = next(iter(recording.frames("test"))).frame
    assert frame.rgb is not None and frame.depth_mm is not None and frame.points is not None
    assert frame.rgb.shape == (48, 64, 3)
    assert frame.depth_mm.shape == (48, 64)
    assert frame.camera is not None and frame.T_camera_lidar is not None


def test_frames_follow_each_other_at_30_hz(labelled_frames: list[LabelledFrame]) -> None:
    stamps_ns = [labelled.frame.stamp_ns for labelled in labelled_frames[:12]]
    assert set(np.diff(stamps_ns)) == {33_333_333}


def test_depth_lies_on_the_floor_where_it_is_bare_and_nowhere_behind_the_walls(
    labelled_frames: list[LabelledFrame],
) -> None:
    v, u = np.mgrid[:48, :64].reshape(2, -1)
    errors_m = []
    for labelled in labelled_frames:
        camera, depth_mm = labelled.frame.camera, labelled.frame.depth_mm
        assert camera is not None and depth_mm is not None
        rays = [(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.size)]
        directions = labelled.T_map_camera.rotation.apply(np.stack(rays, axis=1))
        position = labelled.T_map_camera.position
        empty_m = distance_to_shell_m(position, directions)
        behind_m = depth_mm.reshape(-1) / 1000.0 - empty_m
        tolerance_m = 5.0 * (0.0012 + 0.0019 * (empty_m - 0.4) ** 2) + 0.03
        assert (behind_m < tolerance_m).mean() > 0.999
        bare = is_bare(position + empty_m[:, None] * directions)
        errors_m.append(behind_m[bare & (np.abs(behind_m) < tolerance_m)])
    on_floor_m = np.concatenate(errors_m)
    assert len(on_floor_m) > 500
    assert abs(np.median(on_floor_m)) < 0.002
    assert 0.002 < on_floor_m.std() < 0.03


def test_lidar_returns_lie_on_the_ceiling_and_nowhere_behind_the_walls(
    labelled_frames: list[LabelledFrame],
) -> None:
    errors_m = []
    for labelled in labelled_frames:
        points, T_camera_lidar = labelled.frame.points, labelled.frame.T_camera_lidar
        assert points is not None and T_camera_lidar is not None
        assert 5000 < len(points) < 5760
        assert 0.0 <= points[:, 3].min() < points[:, 3].max() <= 255.0
        T_map_lidar = labelled.T_map_camera.matrix() @ T_camera_lidar
        distance_m = np.linalg.norm(points[:, :3], axis=1)
        directions = points[:, :3] / distance_m[:, None] @ T_map_lidar[:3, :3].T
        empty_m = distance_to_shell_m(T_map_lidar[:3, 3], directions)
        behind_m = distance_m - empty_m
        assert behind_m.max() < 0.12
        bare = is_bare(T_map_lidar[:3, 3] + empty_m[:, None] * directions)
        errors_m.append(behind_m[bare & (np.abs(behind_m) < 0.12)])
    on_surface_m = np.concatenate(errors_m)
    assert len(on_surface_m) > 500
    assert abs(np.median(on_surface_m)) < 0.002
    assert on_surface_m.std() == pytest.approx(0.02, rel=0.1)


def test_the_lidar_sits_above_the_camera(labelled_frames: list[LabelledFrame]) -> None:
    T_camera_lidar = labelled_frames[0].frame.T_camera_lidar
    assert T_camera_lidar is not None
    # Optical frame: y points down and z forward.
    np.testing.assert_allclose(T_camera_lidar @ [0.0, 0.0, 0.0, 1.0], [0.0, -0.12, -0.05, 1.0])
    np.testing.assert_allclose(T_camera_lidar[:3, :3] @ [1.0, 0.0, 0.0], [0.0, 0.0, 1.0])


def test_the_same_seed_gives_the_same_bytes(scene: Path, tmp_path: Path) -> None:
    synthesize(tmp_path / "again", **SMALL)
    assert files(tmp_path / "again") == files(scene)


def test_another_seed_gives_another_room_and_other_walks(tmp_path: Path, scene: Path) -> None:
    synthesize(tmp_path / "other", **SMALL, seed=1)
    first, other = files(scene), files(tmp_path / "other")
    assert first.keys() == other.keys()
    for name in ("frame-000000.color.png", "frame-000000.depth.png", "frame-000000.pose.txt"):
        assert first[f"seq-01/{name}"] != other[f"seq-01/{name}"]


def test_no_test_pose_is_a_training_pose(scene: Path) -> None:
    recording = SceneRecording(scene)
    training = [labelled.T_map_camera for labelled in recording.frames("train")]
    for labelled in recording.frames("test"):
        assert min(labelled.T_map_camera.distance_m(pose) for pose in training) > 0.01


def test_frames_are_shared_out_to_walks_of_about_100(tmp_path: Path) -> None:
    synthesize(tmp_path / "room", train_frames=203, test_frames=1, width=16, height=16, lidar=False)
    sequences = [labelled.sequence for labelled in SceneRecording(tmp_path / "room").frames()]
    lengths = [sequences.count(name) for name in sorted(set(sequences))]
    assert lengths == [67, 68, 68, 1]
    assert not list((tmp_path / "room").glob("**/*lidar*"))


def test_numbers_that_make_no_scene_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="at least 1 training frame"):
        synthesize(tmp_path / "room", train_frames=0)
    assert list(tmp_path.iterdir()) == []
