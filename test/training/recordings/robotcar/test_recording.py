import logging
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from robotcar_files import (
    COLOUR,
    EAST_M,
    HEIGHT,
    IMAGE_STAMPS_US,
    NORTH_M,
    START_US,
    WIDTH,
    ins_line,
    ins_lines,
    write_images,
    write_ins,
    write_rtk,
    write_scans,
    write_timestamps,
    write_tools,
    write_traversal,
)

from training.recordings.robotcar import RobotCarRecording, is_robotcar
from training.recordings.robotcar.calibration import read_calibration
from training.recordings.robotcar.labelled_traversal import LabelledTraversal
from training.recordings.robotcar.traversal import Traversal
from training.recordings.robotcar.traversal_set import LOOP
from vmloc_ros.errors import RecordingError


def test_a_frame_has_colour_camera_points_stamp_and_pose(drive: Path) -> None:
    first = next(RobotCarRecording(drive).frames())
    frame = first.frame
    assert first.name == f"2014-06-23-15-41-25/{IMAGE_STAMPS_US[0]}"
    assert first.sequence == "2014-06-23-15-41-25"
    assert frame.stamp_ns == IMAGE_STAMPS_US[0] * 1000
    assert frame.camera_frame == "camera_optical_frame"
    assert frame.rgb is not None and (frame.rgb == np.array(COLOUR)).all()
    assert frame.camera is not None
    assert (frame.camera.width, frame.camera.height, frame.camera.fx) == (WIDTH, HEIGHT, 4.0)
    assert frame.depth_mm is None
    # At 100 ms the car is one metre north of its start, 110 m up, and looks north.
    np.testing.assert_allclose(
        first.T_map_camera.position, [EAST_M, NORTH_M + 1.0, 110.0], rtol=0, atol=1e-6
    )
    np.testing.assert_allclose(
        first.T_map_camera.rotation.apply(np.eye(3)),
        [[1, 0, 0], [0, 0, -1], [0, 1, 0]],  # right is east, down is down, forward is north
        atol=1e-9,
    )


def test_points_of_past_scans_come_with_their_place_in_the_image(drive: Path) -> None:
    *_, last = RobotCarRecording(drive).frames()
    points, T = last.frame.points, last.frame.T_camera_lidar
    assert points is not None and T is not None
    # Seen 5 m ahead each time; the car has driven 0.625 m from picture to picture.
    np.testing.assert_allclose(points[:, 0], [2.5, 3.125, 3.75, 4.375, 5.0], atol=1e-5)
    np.testing.assert_allclose(points[:, 1:3], [[-2.0, -1.0]] * 5, atol=1e-5)
    # To the right and below in the image, at its distance ahead.
    np.testing.assert_allclose(T[:3, :3] @ points[-1, :3] + T[:3, 3], [2.0, 1.0, 5.0], atol=1e-5)


def test_poses_are_interpolated_at_each_image_and_stay_with_it(drive: Path) -> None:
    """By hand: rows at 20, 40, 60 ms; pictures at 20, 30 and 45 ms."""
    shutil.rmtree(drive / "stereo")
    images_us = [START_US + ms * 1000 for ms in (20, 30, 45)]
    write_images(drive, images_us)
    rows = ((20, 0.2, 0.0), (40, 0.4, 0.2), (60, 0.8, 0.6))
    write_ins(
        drive,
        [
            ins_line(START_US + ms * 1000, (NORTH_M + north, EAST_M, -110.0), (0.0, 0.0, yaw))
            for ms, north, yaw in rows
        ],
    )
    recording = RobotCarRecording(drive)
    for _ in range(2):  # a second pass is like the first: nothing was shifted
        frames = list(recording.frames())
        assert [int(one.name.split("/")[1]) for one in frames] == images_us
        norths = [one.T_map_camera.position[1] - NORTH_M for one in frames]
        np.testing.assert_allclose(norths, [0.2, 0.3, 0.5], atol=1e-6)
        forward = [one.T_map_camera.rotation.apply([0.0, 0.0, 1.0]) for one in frames]
        np.testing.assert_allclose(
            [np.arctan2(east, north) for east, north, _ in forward], [0.0, 0.1, 0.3], atol=1e-6
        )


def test_reading_leaves_the_lists_of_stamps_as_they_are(drive: Path) -> None:
    traversal = Traversal(drive)
    (lidar,) = traversal.lidars()
    before = (list(traversal.stamps_ns), traversal.timestamps.stamps_ns, list(lidar.stamps_ns))
    labelled = LabelledTraversal(traversal, read_calibration(drive), "ins", 10**9)
    assert len(list(labelled.frames())) == 5
    assert before == (traversal.stamps_ns, traversal.timestamps.stamps_ns, lidar.stamps_ns)


def test_the_place_of_the_inertial_unit_counts(drive: Path) -> None:
    (drive.parent / "robotcar-dataset-sdk/extrinsics/ins.txt").write_text("-1.7 0.1 1.2 0 0 0")
    first = next(RobotCarRecording(drive).frames())
    # Facing north: 1.7 m ahead of the unit is north, 0.1 m left of it west, 1.2 m above it up.
    np.testing.assert_allclose(
        first.T_map_camera.position, [EAST_M - 0.1, NORTH_M + 2.7, 111.2], rtol=0, atol=1e-6
    )


def test_images_outside_the_good_solutions_are_left_out_and_counted(
    drive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Pictures from 100 to 1900 ms every 100 ms; no good solution from 300 to 1480, after 1800."""
    shutil.rmtree(drive / "stereo")
    write_images(drive, [START_US + ms * 1000 for ms in range(100, 2000, 100)])
    write_ins(drive, ins_lines(1800, bad_ms=range(300, 1500)))
    recording = RobotCarRecording(drive)
    with caplog.at_level(logging.WARNING):
        frames = list(recording.frames())
    left = [int(one.name.split("/")[1]) - START_US for one in frames]
    assert left == [ms * 1000 for ms in (100, 200, 1500, 1600, 1700, 1800)]
    assert recording.without_pose == 13
    assert recording.count() == 19
    assert "of 19 images 0 are not on disk, 13 left out" in caplog.text


def test_a_pause_starts_a_new_sequence(drive: Path) -> None:
    shutil.rmtree(drive / "stereo")
    write_images(drive, [START_US + ms * 1000 for ms in (100, 200, 1300, 1400)])
    write_ins(drive, ins_lines(1800))
    name = "2014-06-23-15-41-25"
    sequences = [one.sequence for one in RobotCarRecording(drive).frames()]
    assert sequences == [name, name, f"{name}/2", f"{name}/2"]


def test_images_that_are_not_on_disk_are_left_out_and_reported(
    drive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (drive / f"stereo/centre/{IMAGE_STAMPS_US[2]}.png").unlink()
    recording = RobotCarRecording(drive)
    with caplog.at_level(logging.WARNING):
        assert len(list(recording.frames())) == recording.count() == 4
    assert "of 5 images 1 are not on disk" in caplog.text


def test_rtk_takes_the_place_of_the_inertial_solution(drive: Path) -> None:
    lines = [ins_line(START_US + ms * 1000, (0.0, 0.0, -ms)) for ms in range(0, 501, 20)]
    write_rtk(drive / "rtk.csv", lines)
    first = next(RobotCarRecording(drive, poses="rtk").frames())
    np.testing.assert_allclose(first.T_map_camera.position, [0.0, 0.0, 100.0], atol=1e-9)


def test_another_source_of_poses_is_refused(drive: Path) -> None:
    with pytest.raises(RecordingError, match="come from 'ins' or 'rtk', not 'gps'"):
        RobotCarRecording(drive, poses="gps")


@pytest.mark.parametrize(("modalities", "reads"), [(("rgb",), False), (("rgb", "depth"), True)])
def test_scans_are_read_only_for_a_model_that_needs_them(
    drive: Path, modalities: tuple[str, ...], reads: bool
) -> None:
    frame = next(RobotCarRecording(drive, modalities=modalities).frames()).frame
    assert (frame.points is not None) == (frame.T_camera_lidar is not None) == reads


def test_without_odometry_scans_are_put_together_by_the_poses(drive: Path) -> None:
    shutil.rmtree(drive / "vo")
    *_, last = RobotCarRecording(drive).frames()
    assert last.frame.points is not None
    np.testing.assert_allclose(last.frame.points[:, 0], [2.5, 3.125, 3.75, 4.375, 5.0], atol=1e-5)


def test_a_folder_of_a_set_has_its_splits_by_name(tmp_path: Path) -> None:
    write_tools(tmp_path)
    for name in (*LOOP.train, *LOOP.test, "2014-06-26-09-31-18"):
        write_traversal(tmp_path, name)
    recording = RobotCarRecording(tmp_path)
    assert recording.splits == ("train", "test")
    assert (recording.count("train"), recording.count("test"), recording.count()) == (10, 10, 25)
    names = list(dict.fromkeys(one.sequence for one in recording.frames("test")))
    assert names == ["2014-06-23-15-36-04", "2014-06-23-15-41-25"]


def test_a_split_without_one_of_its_traversals_is_refused(drive: Path) -> None:
    recording = RobotCarRecording(drive.parent)
    assert recording.splits == ("train", "test")
    with pytest.raises(RecordingError, match="there is no 2014-06-23-15-36-04; download it"):
        recording.frames("test")


def test_a_single_traversal_is_one_whole(drive: Path) -> None:
    recording = RobotCarRecording(drive)
    assert recording.splits == ()
    with pytest.raises(RecordingError, match="no split 'test'; use 'all', or name the traversals"):
        recording.count("test")


def test_traversals_with_different_lidars_are_refused(drive: Path) -> None:
    other = write_traversal(drive.parent, "2014-06-23-15-36-04")
    write_scans(other, "lms_front", {IMAGE_STAMPS_US[0]: [[1.0, 0.0, 1.0]]})
    message = r"15-41-25: its lidars \(ldmrs\) are not those of 2014-06-23-15-36-04 \(ldmrs and lms"
    with pytest.raises(RecordingError, match=message):
        RobotCarRecording(drive.parent).frames("test")
    assert next(RobotCarRecording(drive.parent, modalities=["rgb"]).frames("test"))


def test_only_folders_named_as_traversals_are_taken_for_them(drive: Path, tmp_path: Path) -> None:
    assert is_robotcar(drive)
    assert is_robotcar(tmp_path)
    assert not is_robotcar(drive / "stereo.timestamps")
    assert not is_robotcar(tmp_path / "robotcar-dataset-sdk")
    (tmp_path / "2019-01-10-11-46-21-radar-oxford-10k").mkdir()
    assert RobotCarRecording(tmp_path).count() == 5


def test_a_link_to_a_traversal_is_one(drive: Path, tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.mkdir()
    (loop / drive.name).symlink_to(drive)
    assert RobotCarRecording(loop).count() == 5


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("stereo.timestamps", r"stereo\.timestamps: missing; it is in the same archive"),
        ("ldmrs.timestamps", r"ldmrs\.timestamps: missing"),
        ("gps/ins.csv", r"gps/ins\.csv: missing; unpack"),
        ("../robotcar-dataset-sdk/extrinsics/ldmrs.txt", r"extrinsics/ldmrs\.txt: cannot be read"),
    ],
)
def test_a_missing_file_is_named(drive: Path, file: str, message: str) -> None:
    (drive / file).unlink()
    with pytest.raises(RecordingError, match=message):
        list(RobotCarRecording(drive).frames())


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (f"stereo/centre/{IMAGE_STAMPS_US[3]}.png", "truncated or damaged PNG"),
        (f"ldmrs/{IMAGE_STAMPS_US[3]}.bin", "truncated; 23 bytes are no multiple of 24"),
    ],
)
def test_a_truncated_file_is_named_when_its_frame_comes(
    drive: Path, file: str, message: str
) -> None:
    path = drive / file
    path.write_bytes(path.read_bytes()[:-1])
    frames = RobotCarRecording(drive).frames()
    assert [next(frames).frame.stamp_ns // 1000 for _ in range(3)] == list(IMAGE_STAMPS_US[:3])
    with pytest.raises(RecordingError, match=f"{path.name}: {message}"):
        next(frames)


def test_an_image_of_another_size_is_named(drive: Path) -> None:
    path = drive / f"stereo/centre/{IMAGE_STAMPS_US[0]}.png"
    assert cv2.imwrite(str(path), np.zeros((4, 4), np.uint8))
    with pytest.raises(RecordingError, match="undistorts 48 pixels, not an image of 4×4"):
        next(RobotCarRecording(drive).frames())


def test_no_frame_with_a_pose_is_an_error(drive: Path) -> None:
    write_timestamps(drive / "stereo.timestamps", IMAGE_STAMPS_US)
    write_ins(drive, ins_lines(60))
    with pytest.raises(RecordingError, match="no frames: 5 images lie outside the good solutions"):
        list(RobotCarRecording(drive).frames())
