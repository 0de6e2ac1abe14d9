"""Bags in which the lidar moves during a sweep, in every format and from every source of motion."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from lidar_bags import (
    KINDS,
    LIDAR_ON_BASE,
    ON_BASE,
    START_NS,
    cloud,
    imu,
    mounting,
    odometry,
    placed,
    record,
    rgb,
    transform,
    truth,
    wall,
)

from training.recordings.bag import BagRecording
from training.recordings.bag_writer import write_bag
from training.recordings.extraction import extract
from training.recordings.formats import open_recording
from training.recordings.lidar_options import LidarOptions, read_extrinsic
from training.recordings.topics import Topics
from training.trajectory import Trajectory, write_tum
from vmloc_ros.errors import ConfigError, RecordingError

TIMES_MS = range(-100, 401, 20)
AS_SEEN = [20.0 - 0.1 * number for number in range(11)]
TOLERANCE_M = 0.006
"""Half of a hundredth of a sweep at 10 m/s."""

ODOMETRY = [odometry(ms) for ms in TIMES_MS]
TREE = [transform(ms) for ms in TIMES_MS] + [transform(ms, "odom", "wheel") for ms in TIMES_MS]
TRUTH = [truth(ms) for ms in TIMES_MS]


def one_pair():
    """An image 10 ms after the stamp of its sweep: the wall is 19.9 m away."""
    return [*mounting(), wall(0), rgb(10)]


def seen(path, **options):
    recording = BagRecording(path, lidar=LidarOptions(**options))
    return [labelled.frame.points for labelled in recording.frames()]


def assert_wall(points, x=19.9, count=11):
    assert points.shape == (count, 4)
    np.testing.assert_allclose(points[:, 0], x, atol=TOLERANCE_M)
    np.testing.assert_allclose(points[:, 1:3], 0.0, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("extra", "options"),
    [
        (ODOMETRY, {}),
        (TREE, {"motion": "/tf"}),
        (TREE, {"motion": "/tf:odom"}),
        ([], {"motion": "truth"}),
        ([], {"may_use_truth": True}),
    ],
    ids=["odometry", "tf", "tf in a frame", "truth by name", "truth in training"],
)
def test_a_wall_ahead_of_a_car_stays_a_wall(tmp_path, caplog, kind, extra, options):
    path = record(tmp_path / "drive", [*one_pair(), *TRUTH, *extra], kind)
    with caplog.at_level(logging.INFO):
        (points,) = seen(path, **options)
    assert_wall(points)
    told_by = options.get("motion", "/odom" if extra else "truth")
    assert f"the lidar's motion is told by {told_by}" in caplog.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source", ["pose", "odometry", "tf", "file"])
def test_the_truth_of_a_bag_with_a_lidar_may_come_from_anywhere(tmp_path, kind, source):
    extra = {"pose": TRUTH, "odometry": ODOMETRY, "tf": TREE, "file": []}[source]
    write_tum(
        tmp_path / "slam.tum",
        Trajectory(
            tuple(START_NS + ms * 10**6 for ms in (0, 100)), (ON_BASE, placed(1.0) @ ON_BASE)
        ),
    )
    names = {"odometry": "/odom", "tf": "/tf:odom", "file": str(tmp_path / "slam.tum")}
    topics = Topics(ground_truth=names.get(source, Topics().ground_truth))
    path = record(tmp_path / "drive", [*one_pair(), *extra], kind)
    recording = BagRecording(path, topics, lidar=LidarOptions(may_use_truth=True))
    (labelled,) = recording.frames()
    assert labelled.T_map_camera.distance_m(placed(0.1) @ ON_BASE) < 1e-9
    assert_wall(labelled.frame.points)
    T_camera_lidar = (ON_BASE.inverse() @ LIDAR_ON_BASE).matrix()
    np.testing.assert_allclose(labelled.frame.T_camera_lidar, T_camera_lidar, atol=1e-12)


def test_where_nothing_tells_of_the_motion_the_sweep_is_as_it_was_seen(tmp_path, caplog):
    path = record(tmp_path / "drive", [*one_pair(), *TRUTH])
    with caplog.at_level(logging.INFO):
        (points,) = seen(path)  # evaluating: the node will not know the truth
    np.testing.assert_allclose(points[:, 0], AS_SEEN, atol=1e-5)
    assert "the lidar's motion is told by nothing" in caplog.text
    with_odometry = record(tmp_path / "other", [*one_pair(), *TRUTH, *ODOMETRY])
    (points,) = seen(with_odometry, motion="none")
    np.testing.assert_allclose(points[:, 0], AS_SEEN, atol=1e-5)


def test_a_gyroscope_straightens_a_sweep(tmp_path):
    """At 1 rad/s to the left, what is ahead at the image wanders to the right."""
    offsets_ms = np.arange(0, 101, 10)
    msg = cloud(0, 10.0 * np.cos(offsets_ms / 1e3), offsets_ms)
    points = np.frombuffer(msg[1].data, np.uint8).copy().reshape(-1, 20)
    points.view("<f4")[:, 1] = -10.0 * np.sin(offsets_ms / 1e3)
    msg[1].data = points.ravel()
    rates = [imu(ms, 1.0) for ms in range(-100, 200, 5)]
    path = record(tmp_path / "drive", [*mounting(), msg, rgb(0), *TRUTH, *rates])
    (found,) = seen(path)
    np.testing.assert_allclose(found[:, 0], 10.0, atol=1e-3)
    np.testing.assert_allclose(found[:, 1], 0.0, atol=TOLERANCE_M)


def test_sweeps_are_put_together_and_none_that_is_later(tmp_path):
    sweeps = [wall(ms) for ms in (-50, 0, 50, 100, 150)]
    path = record(tmp_path / "drive", [*mounting(), *sweeps, rgb(110), *TRUTH, *ODOMETRY])
    (points,) = seen(path, sweeps=3)
    assert_wall(points, x=18.9, count=33)


def test_odometry_after_the_pair_changes_nothing(tmp_path):
    late = [odometry(ms, placed(99.0)) for ms in range(120, 401, 20)]
    upright = [one for one, ms in zip(ODOMETRY, TIMES_MS, strict=True) if ms <= 100]
    clouds = []
    for name, extra in (("straight", ODOMETRY), ("swerving", [*upright, *late])):
        clouds += seen(record(tmp_path / name, [*one_pair(), *TRUTH, *extra]))
    np.testing.assert_array_equal(clouds[0], clouds[1])
    assert_wall(clouds[0])


def test_several_odometries_are_listed_and_a_name_settles_it(tmp_path):
    other = [odometry(ms, placed(), "/wheels/odom") for ms in TIMES_MS]
    path = record(tmp_path / "drive", [*one_pair(), *TRUTH, *ODOMETRY, *other])
    with pytest.raises(RecordingError, match=r"motion: /odom, /wheels/odom\? Name one of them"):
        seen(path)
    assert_wall(seen(path, motion="/odom")[0])
    assert len(list(BagRecording(path, modalities=("rgb",)).frames())) == 1  # nobody asks


def test_several_odometries_do_not_matter_where_one_is_the_truth(tmp_path):
    other = [odometry(ms, placed(), "/wheels/odom") for ms in TIMES_MS]
    path = record(tmp_path / "drive", [*one_pair(), *ODOMETRY, *other])
    recording = BagRecording(path, Topics(ground_truth="/odom"), lidar=LidarOptions())
    (labelled,) = recording.frames()
    np.testing.assert_allclose(labelled.frame.points[:, 0], AS_SEEN, atol=1e-5)  # it stood still


@pytest.mark.parametrize(
    ("motion", "error"),
    [
        ("/speed", "/speed is not in the bag; the lidar's motion is told by nav_msgs"),
        ("/camera/image", "/camera/image is sensor_msgs/msg/Image; the lidar's motion"),
    ],
)
def test_a_topic_that_tells_of_no_motion_is_refused_with_what_would(tmp_path, motion, error):
    path = record(tmp_path / "drive", [*one_pair(), *TRUTH])
    with pytest.raises(RecordingError, match=error):
        seen(path, motion=motion)


def test_where_the_lidar_sits_can_be_given_by_hand(tmp_path):
    by_hand = ON_BASE.inverse() @ LIDAR_ON_BASE
    fixed = mounting()[:1]  # the camera alone
    path = record(tmp_path / "drive", [*fixed, wall(0), rgb(10), *TRUTH, *ODOMETRY])
    recording = BagRecording(path, lidar=LidarOptions(T_camera_lidar=by_hand))
    (labelled,) = recording.frames()
    np.testing.assert_allclose(labelled.frame.T_camera_lidar, by_hand.matrix(), atol=1e-12)
    assert_wall(labelled.frame.points)


def test_a_lidar_that_is_fixed_to_nothing_that_moved_is_said(tmp_path, caplog):
    path = record(tmp_path / "drive", [wall(0), rgb(10), *TRUTH, *ODOMETRY])
    (points,) = seen(path)
    np.testing.assert_allclose(points[:, 0], AS_SEEN, atol=1e-5)
    assert "no fixed transforms lead from 'lidar' to what moved: 'base'" in caplog.text


def test_a_pose_is_read_as_it_is_typed():
    assert read_extrinsic("1 2 3 0 0 0 1").position.tolist() == [1.0, 2.0, 3.0]
    assert read_extrinsic("1, 2, 3, 0, 0, 0, 1").quat_xyzw.tolist() == [0.0, 0.0, 0.0, 1.0]
    for text in ("1 2 3", "1 2 3 0 0 0 2", "1 2 3 0 0 0 x", ""):
        with pytest.raises(ConfigError, match="is no pose x y z qx qy qz qw"):
            read_extrinsic(text)


def test_a_scene_remembers_how_many_sweeps_its_clouds_are_made_of(tmp_path):
    path = record(tmp_path / "drive", [*mounting(), wall(-50), wall(0), rgb(10), *TRUTH, *ODOMETRY])
    extract(path, tmp_path / "scene", lidar=LidarOptions(sweeps=2))
    two = LidarOptions(sweeps=2)
    (labelled,) = open_recording(tmp_path / "scene", ("rgb", "lidar"), lidar=two).frames()
    assert_wall(labelled.frame.points, count=22)
    one = replace(two, sweeps=1)
    with pytest.raises(RecordingError, match=r"made of 2 sweeps .*, the model's of 1: set"):
        open_recording(tmp_path / "scene", ("rgb", "lidar"), lidar=one)
    open_recording(tmp_path / "scene", ("rgb",), lidar=one)  # without a lidar it does not matter
    scene = open_recording(tmp_path / "scene")
    with pytest.raises(RecordingError, match=r"made of 2 sweeps .* a bag together once more: use"):
        write_bag(scene, tmp_path / "bag")
    assert not (tmp_path / "bag").exists()
    write_bag(scene, tmp_path / "bag", with_points=False)
    (labelled,) = open_recording(tmp_path / "bag").frames()
    assert (labelled.frame.rgb is None, labelled.frame.points) == (False, None)
    (tmp_path / "scene" / "lidar-sweeps.txt").write_text("many")
    with pytest.raises(RecordingError, match="expected a number of sweeps, got 'many'"):
        open_recording(tmp_path / "scene", ("rgb", "lidar"), lidar=two)
