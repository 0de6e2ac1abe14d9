import logging
import random
from dataclasses import replace

import cv2
import numpy as np
import pytest
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from training.recordings.bag import BagRecording, is_bag
from training.recordings.formats import open_recording
from training.recordings.frame_messages import FrameMessages
from training.recordings.topics import Topics
from training.trajectory import Trajectory, write_tum
from vmloc_ros.config import PreprocessingConfig
from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Pose
from vmloc_ros.preprocessing import Preprocessor

MS = 1_000_000
START_NS = 1_000_000_000 * 1_000_000_000
STORE = get_typestore(Stores.ROS2_JAZZY)
CAMERA = Camera(6, 4, 5.0, 5.5, 2.5, 1.5)
OPTICAL = "optical"


def at(ms):
    return FrameMessages(STORE, START_NS + round(ms * MS))


def rgb(ms, value=7):
    return "/camera/image", at(ms).rgb(np.full((4, 6, 3), value, np.uint8), OPTICAL)


def depth(ms, value=1000):
    return "/depth/image", at(ms).depth(np.full((4, 6), value, np.uint16), OPTICAL)


def truth(ms, x=None):
    position = np.array([ms / 1000 if x is None else x, 0.0, 0.0])
    return "/ground_truth/pose", at(ms).pose(Pose(position, np.array([0, 0, 0, 1.0])), "map")


def renamed(entry, topic):
    return topic, entry[1]


def record(path, entries, plugin=StoragePlugin.MCAP):
    """Write messages (topic, message), a nanosecond apart in the order given."""
    with Writer(path, version=8, storage_plugin=plugin) as writer:
        connections = {}
        for index, (topic, msg) in enumerate(entries):
            kind = msg.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=STORE)
            data = STORE.serialize_cdr(msg, kind)
            writer.write(connections[topic], START_NS + index, data)
    return path


def drive(count=5, period_ms=33):
    """Images and depth that belong together, and a pose at both ends."""
    times = [i * period_ms for i in range(count)]
    pairs = [one(t) for t in times for one in (rgb, depth)]
    return [truth(0), *pairs, *[truth(t) for t in range(100, times[-1] + 200, 100)]]


def test_what_a_bag_looks_like(tmp_path):
    folder = record(tmp_path / "drive", drive())
    (tmp_path / "scene").mkdir()
    (tmp_path / "notes.txt").touch()
    assert is_bag(folder)
    assert is_bag(folder / "drive.mcap")
    assert not is_bag(tmp_path / "scene")
    assert not is_bag(tmp_path / "notes.txt")
    assert not is_bag(tmp_path / "missing.mcap")


def test_frames_have_both_images_the_stamp_and_an_interpolated_pose(tmp_path):
    bag = open_recording(record(tmp_path / "drive", drive(5)))
    frames = list(bag.frames())
    assert [one.frame.stamp_ns - START_NS for one in frames] == [33 * MS * i for i in range(5)]
    assert [one.T_map_camera.position[0] for one in frames] == pytest.approx(
        [0.0, 0.033, 0.066, 0.099, 0.132], abs=1e-12
    )
    first = frames[0]
    assert first.name == f"/camera/image at {START_NS}"
    assert first.frame.camera_frame == OPTICAL
    assert first.frame.rgb.tolist() == np.full((4, 6, 3), 7).tolist()
    assert first.frame.depth_mm.tolist() == np.full((4, 6), 1000).tolist()
    assert first.frame.camera is None
    assert (bag.count(), bag.splits, bag.path) == (5, (), tmp_path / "drive")


@pytest.mark.parametrize(("rgb_lag", "depth_lag"), [(0, 0), (0, 5.5), (5.5, 0), (0.5, 0)])
def test_the_order_of_arrival_does_not_change_the_frames(tmp_path, rgb_lag, depth_lag):
    images = [(i + rgb_lag, rgb(33 * i)) for i in range(20)]
    depths = [(i + depth_lag, depth(33 * i + 9, value=i + 1)) for i in range(20)]
    arrivals = [entry for _, entry in sorted(images + depths, key=lambda one: one[0])]
    path = record(tmp_path / "drive", [truth(100 * i) for i in range(8)] + arrivals)
    found = [one.frame for one in BagRecording(path).frames()]
    assert [(one.stamp_ns, int(one.depth_mm[0, 0])) for one in found] == [
        (START_NS + 33 * MS * i, i + 1) for i in range(20)
    ]


def test_stamps_farther_apart_than_the_slop_make_no_frame(tmp_path):
    entries = [truth(-100), rgb(0), depth(15), rgb(100), depth(115.1), truth(200)]
    path = record(tmp_path / "drive", entries)
    assert [one.frame.stamp_ns for one in BagRecording(path).frames()] == [START_NS]
    assert len(list(BagRecording(path, slop_ns=16 * MS).frames())) == 2


def sweep(ms, value=1.0):
    return "/lidar/points", at(ms).points(np.full((1, 4), value, np.float32), "lidar")


def test_a_sweep_goes_to_the_image_nearest_to_it_and_the_images_between_are_no_loss(
    tmp_path, caplog
):
    images = [rgb(33 * i) for i in range(31)]
    sweeps = [sweep(99 * i + 16, value=i) for i in range(10)]  # 16 ms after every third image
    arrivals = sorted([*images, *sweeps], key=lambda one: one[1].header.stamp.nanosec)
    path = record(tmp_path / "drive", [*[truth(100 * i) for i in range(11)], *arrivals])
    with caplog.at_level(logging.WARNING):
        found = [one.frame for one in BagRecording(path, slop_ns=16 * MS).frames()]
    assert [((one.stamp_ns - START_NS) // MS, one.points[0, 0]) for one in found] == [
        (99 * i, i) for i in range(10)
    ]
    assert caplog.text == ""
    # With 15 ms the first three find no partner: from the fourth on the camera's period is known.
    assert len(list(BagRecording(path, slop_ns=15 * MS).frames())) == 7
    assert "7 frames from 31 messages on /camera/image" in caplog.text


def test_frames_outside_the_ground_truth_are_left_out_and_counted(tmp_path, caplog):
    times = [0, 100, 200, 900, 1000]
    images = [one(t) for t in times for one in (rgb, depth)]
    # 0 lies before the first pose, 900 in a gap of 800 ms, 1000 on a pose.
    bag = BagRecording(record(tmp_path / "drive", [*images, truth(50), truth(200), truth(1000)]))
    with caplog.at_level(logging.WARNING):
        stamps = [(one.frame.stamp_ns - START_NS) // MS for one in bag.frames()]
    assert stamps == [100, 200, 1000]
    assert bag.without_pose == 2
    assert "2 of 5 frames left out: no ground truth" in caplog.text


def test_a_bag_without_any_pose_in_its_time_is_refused(tmp_path):
    entries = [rgb(0), depth(0), truth(5000), truth(5100)]
    with pytest.raises(RecordingError, match=r"none of 1 frames lies within .*has 2 poses from"):
        list(BagRecording(record(tmp_path / "drive", entries)).frames())


def test_stamps_that_never_meet_are_refused_with_the_counts(tmp_path):
    entries = [rgb(0), depth(40), rgb(100), depth(140), truth(0)]
    with pytest.raises(
        RecordingError, match=r"within 15 ms of each other: 2 messages on /camera/image \(0 with"
    ):
        list(BagRecording(record(tmp_path / "drive", entries)).frames())


def test_zero_stamps_are_refused_and_counted(tmp_path):
    no_stamp = rgb(0)
    no_stamp[1].header.stamp.sec = no_stamp[1].header.stamp.nanosec = 0
    with pytest.raises(RecordingError, match=r"1 messages on /camera/image \(1 with a zero stamp"):
        list(BagRecording(record(tmp_path / "drive", [no_stamp, depth(0), truth(0)])).frames())


def test_a_pause_of_more_than_a_second_starts_a_new_sequence(tmp_path):
    times = [0, 400, 1400, 2401, 2500]
    images = [one(t) for t in times for one in (rgb, depth)]
    poses = [truth(t) for t in range(0, 2600, 100)] + [truth(2401)]
    bag = BagRecording(record(tmp_path / "drive", [*poses, *images]))
    assert [one.sequence for one in bag.frames()] == ["seq-01"] * 3 + ["seq-02"] * 2


def test_a_bag_can_be_read_again_and_left_in_the_middle(tmp_path):
    bag = BagRecording(record(tmp_path / "drive", drive(5)))
    next(bag.frames())
    assert len(list(bag.frames())) == len(list(bag.frames())) == 5


def test_frames_can_be_read_without_ground_truth(tmp_path):
    bag = BagRecording(record(tmp_path / "drive", [rgb(0), depth(0), rgb(33), depth(33)]))
    assert [one.stamp_ns - START_NS for one in bag.unlabelled_frames()] == [0, 33 * MS]


def test_a_bag_without_ground_truth_is_refused_with_its_topics(tmp_path):
    bag = BagRecording(record(tmp_path / "drive", [rgb(0), depth(0)]))
    with pytest.raises(
        RecordingError, match=r"no ground truth: .* its topics: /camera/image \(sensor_msgs/msg/Im"
    ):
        bag.frames()


def test_a_bag_without_a_camera_is_refused_with_its_topics(tmp_path):
    path = record(tmp_path / "drive", [truth(0)])
    with pytest.raises(RecordingError, match=r"no camera: .* its topics: /ground_truth/pose \("):
        BagRecording(path)


def test_a_bag_has_no_splits(tmp_path):
    bag = BagRecording(record(tmp_path / "drive", drive()))
    with pytest.raises(RecordingError, match=r"no split 'train'; use 'all', or .*vmloc extract"):
        bag.frames("train")


T = STORE.types
ON_BASE = Pose(np.array([0.1, 0.0, 0.5]), np.array([0.5, -0.5, 0.5, -0.5]))
"""`T_base_camera`: 0.1 m in front, 0.5 m above, turned into an optical frame."""


def true_pose(x):
    return Pose(np.array([x, 2.0, 0.0]), np.array([0.0, 0.0, np.sin(x / 2), np.cos(x / 2)]))


def with_covariance(ms, pose):
    stamped = at(ms).pose(pose, "map")
    return T["geometry_msgs/msg/PoseWithCovarianceStamped"](
        stamped.header, T["geometry_msgs/msg/PoseWithCovariance"](stamped.pose, np.zeros(36))
    )


def odometry(ms, pose, child):
    stamped = with_covariance(ms, pose)
    still = T["geometry_msgs/msg/Vector3"](0.0, 0.0, 0.0)
    twist = T["geometry_msgs/msg/TwistWithCovariance"](
        T["geometry_msgs/msg/Twist"](still, still), np.zeros(36)
    )
    return T["nav_msgs/msg/Odometry"](stamped.header, child, stamped.pose, twist)


def transform(ms, pose, child):
    return at(ms).transform(pose, "map", child).transforms[0]


def test_poses_of_the_camera_may_have_a_covariance_or_be_transforms(tmp_path):
    for name, make in (("pwc", with_covariance), ("tf", lambda *args: transform(*args, OPTICAL))):
        entries = [rgb(50), *(("/slam", make(ms, true_pose(ms / 1000))) for ms in (0, 100))]
        path = record(tmp_path / name, entries)
        (found,) = BagRecording(path, Topics(ground_truth="/slam")).frames()
        assert found.T_map_camera.distance_m(true_pose(0.05)) < 1e-9
        assert found.T_map_camera.angle_deg(true_pose(0.05)) < 1e-6


@pytest.mark.parametrize("make", [odometry, transform])
def test_poses_of_a_body_are_carried_over_to_the_camera_on_it(tmp_path, make):
    fixed = "/tf_static", at(0).transform(ON_BASE, "base", OPTICAL)
    entries = [("/truth", make(ms, true_pose(ms / 1000), "base")) for ms in (0, 100)]
    path = record(tmp_path / "drive", [*entries, rgb(50), fixed])
    (found,) = BagRecording(path, Topics(ground_truth="/truth")).frames()
    expected = true_pose(0.05) @ ON_BASE
    assert found.T_map_camera.distance_m(expected) < 1e-9
    assert found.T_map_camera.angle_deg(expected) < 1e-6


def test_poses_of_a_body_without_a_way_to_the_camera_are_refused(tmp_path):
    entries = [("/odom", odometry(ms, true_pose(0.0), "base")) for ms in (0, 100)]
    bag = BagRecording(record(tmp_path / "d", [*entries, rgb(50)]), Topics(ground_truth="/odom"))
    with pytest.raises(
        RecordingError,
        match=r"/odom: no transforms lead from 'map' to 'optical', .* the poses of base in map$",
    ):
        list(bag.frames())


def test_a_tree_of_moving_and_fixed_frames_gives_the_poses_of_the_camera(tmp_path):
    """map → odom → base move, base → camera is fixed; another world hangs above the map."""
    shift = Pose(np.array([0.0, 0.0, 7.0]), np.array([0.0, 0.0, 0.0, 1.0]))
    moving = [
        ("/tf", at(ms).transform(pose, parent, child))
        for ms in (0, 100)
        for parent, child, pose in (
            ("odom", "base", true_pose(ms / 1000)),
            ("map", "odom", shift),
            ("world", "map", shift),
            ("base", "wheel", true_pose(ms / 10)),
        )
    ]
    fixed = "/tf_static", at(0).transform(ON_BASE, "base", OPTICAL)
    path = record(tmp_path / "drive", [*moving, rgb(50), fixed])
    in_map = shift @ true_pose(0.05) @ ON_BASE
    for source, expected in (("/tf", in_map), ("/tf:world", shift @ in_map)):
        (found,) = BagRecording(path, Topics(ground_truth=source)).frames()
        assert found.T_map_camera.distance_m(expected) < 1e-9
    with pytest.raises(RecordingError, match="no transforms lead from 'earth' to 'optical'"):
        list(BagRecording(path, Topics(ground_truth="/tf:earth")).frames())


def test_a_tum_file_gives_the_poses_of_a_bag_that_has_none(tmp_path):
    path = record(tmp_path / "drive", [rgb(0), rgb(50), rgb(100), rgb(101)])
    stamps_ns = (START_NS, START_NS + 100 * MS)
    write_tum(tmp_path / "slam.tum", Trajectory(stamps_ns, (true_pose(0.0), true_pose(0.1))))
    recording = open_recording(path, ground_truth=str(tmp_path / "slam.tum"))
    found = list(recording.frames())
    assert [one.frame.stamp_ns - START_NS for one in found] == [0, 50 * MS, 100 * MS]
    assert found[1].T_map_camera.distance_m(true_pose(0.05)) < 1e-9
    (tmp_path / "slam.tum").write_text("1 2 3\n")
    with pytest.raises(RecordingError, match=r"slam\.tum, line 1: expected 8 fields"):
        list(recording.frames())


def test_other_names_are_found_by_type_or_given(tmp_path):
    entries = [
        renamed(rgb(0), "/cam/color/image_raw"),
        renamed(depth(0, 1234), "/cam/depth/image_raw"),
        renamed(truth(0), "/mocap"),
    ]
    path = record(tmp_path / "drive", entries)
    (found,) = BagRecording(path).frames()
    assert found.name == f"/cam/color/image_raw at {START_NS}"
    assert int(found.frame.depth_mm[0, 0]) == 1234
    (named,) = BagRecording(path, Topics(depth="", ground_truth="/mocap")).frames()
    assert named.frame.depth_mm is None


def test_intrinsics_come_from_camera_info(tmp_path):
    info = "/camera/camera_info", at(0).camera_info(CAMERA, OPTICAL)
    (found,) = BagRecording(record(tmp_path / "drive", [info, rgb(0), depth(0), truth(0)])).frames()
    assert found.frame.camera == CAMERA


def seen_through_a_lens(path, image, model="plumb_bob"):
    """A bag of one point: a metre ahead, 0.4 m to the right and 0.2 m down."""
    lens = replace(CAMERA, distortion=Distortion(k1=0.9))
    info = at(0).camera_info(lens, OPTICAL)
    info.distortion_model, info.p[2] = model, info.p[2] - 0.88  # the rectified one is shifted
    point = at(0).points(np.array([[0.4, 0.2, 1.0, 1.0]], np.float32), "lidar")
    mounting = at(0).transform(Pose(np.zeros(3), np.array([0, 0, 0, 1.0])), OPTICAL, "lidar")
    entries = [("/camera/camera_info", info), ("/tf_static", mounting), ("/lidar/points", point)]
    return record(path, [*entries, renamed(rgb(0), image), truth(0)])


@pytest.mark.parametrize(
    ("image", "column"),
    [
        ("/camera/image", 53),  # of ten times the size: 29.5 + 50 · 0.4 (1 + 0.9 · 0.2) = 53.1
        ("/camera/image_rect_color", 41),  # 20.7 + 50 · 0.4 = 40.7
    ],
)
def test_the_points_of_a_lidar_fall_where_the_lens_shows_them(tmp_path, image, column):
    (found,) = BagRecording(seen_through_a_lens(tmp_path / "drive", image)).frames()
    config = PreprocessingConfig(height=40, width=60, depth_source="lidar")
    depth_mm = Preprocessor(config, ("depth",)).reduce(found.frame)["depth"]
    assert depth_mm[:, column].max() == depth_mm.max() == 1000


def test_a_lens_that_nobody_understands_leaves_the_intrinsics(tmp_path, caplog):
    path = seen_through_a_lens(tmp_path / "drive", "/camera/image", "equidistant")
    (found,) = BagRecording(path).frames()
    assert found.frame.camera == CAMERA
    assert "distortion 'equidistant'; understood are plumb_bob and" in caplog.text
    assert "its pictures are taken for undistorted" in caplog.text


def test_an_uncalibrated_camera_gives_frames_without_intrinsics(tmp_path, caplog):
    info = "/camera/camera_info", at(0).camera_info(Camera(6, 4, 0.0, 0.0, 0.0, 0.0), OPTICAL)
    info[1].k[:] = 0.0
    (found,) = BagRecording(record(tmp_path / "drive", [info, rgb(0), depth(0), truth(0)])).frames()
    assert found.frame.camera is None
    assert "not calibrated" in caplog.text


def test_intrinsics_of_another_size_are_refused_with_the_frame(tmp_path):
    info = "/camera/camera_info", at(0).camera_info(Camera(12, 8, 5.0, 5.0, 5.0, 5.0), OPTICAL)
    path = record(tmp_path / "drive", [info, rgb(0), depth(0), truth(0)])
    with pytest.raises(RecordingError, match=rf"/camera/image at {START_NS}: the image is 6×4"):
        list(BagRecording(path).frames())


def test_the_lidar_is_placed_by_the_chain_of_static_transforms(tmp_path):
    def shift(x, parent, child):
        return at(0).transform(
            Pose(np.array([x, 0.0, 0.0]), np.array([0, 0, 0, 1.0])), parent, child
        )

    points = np.array([[1, 2, 3, 4]], np.float32)
    entries = [
        ("/tf_static", shift(1.0, "base", OPTICAL)),
        ("/tf_static", shift(3.0, "base", "lidar")),
        rgb(0),
        ("/lidar/points", at(0).points(points, "lidar")),
        truth(0),
    ]
    (found,) = BagRecording(record(tmp_path / "drive", entries)).frames()
    assert found.frame.points.tolist() == [[1, 2, 3, 4]]
    assert found.frame.T_camera_lidar[:3, 3].tolist() == [2.0, 0.0, 0.0]


def test_without_a_transform_the_lidar_has_no_place(tmp_path):
    lidar = "/lidar/points", at(0).points(np.ones((1, 4), np.float32), "lidar")
    (found,) = BagRecording(record(tmp_path / "drive", [rgb(0), lidar, truth(0)])).frames()
    assert found.frame.points is not None
    assert found.frame.T_camera_lidar is None


def test_compressed_images_are_read(tmp_path):
    done, png = cv2.imencode(".png", np.full((4, 6, 3), (3, 2, 1), np.uint8))
    assert done
    header = rgb(0)[1].header
    msg = STORE.types["sensor_msgs/msg/CompressedImage"](header=header, format="png", data=png)
    path = record(tmp_path / "drive", [("/camera/image/compressed", msg), truth(0)])
    (found,) = BagRecording(path).frames()
    assert found.frame.rgb[0, 0].tolist() == [1, 2, 3]


def test_an_image_that_cannot_be_decoded_is_named(tmp_path):
    topic, msg = rgb(33)
    msg.encoding = "8SC3"
    path = record(tmp_path / "drive", [rgb(0), (topic, msg), truth(0), truth(50)])
    with pytest.raises(
        RecordingError, match=rf"/camera/image at {START_NS + 33 * MS}: colour encoding '8SC3'"
    ):
        list(BagRecording(path).frames())


def test_a_pose_that_is_none_is_named(tmp_path):
    topic, msg = truth(0)
    msg.pose.orientation.w = 0.0
    with pytest.raises(RecordingError, match=r"/ground_truth/pose: a rotation needs a unit quat"):
        list(BagRecording(record(tmp_path / "drive", [rgb(0), (topic, msg)])).frames())


@pytest.mark.parametrize("plugin", [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_folders_and_files_of_both_storages_are_read(tmp_path, plugin):
    folder = record(tmp_path / "drive", drive(3), plugin)
    (file,) = (path for path in folder.iterdir() if path.name != "metadata.yaml")
    for path in (folder, file):
        assert len(list(open_recording(path).frames())) == 3


def test_a_bag_of_ros_1_is_read(tmp_path):
    store = get_typestore(Stores.ROS1_NOETIC)
    header = store.types["std_msgs/msg/Header"](
        seq=1, stamp=rgb(0)[1].header.stamp, frame_id=OPTICAL
    )
    K = [5.0, 0, 2.5, 0, 5.5, 1.5, 0, 0, 1]
    region = store.types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
    info = store.types["sensor_msgs/msg/CameraInfo"](
        header, 4, 6, "", np.zeros(0), np.array(K), np.zeros(9), np.zeros(12), 0, 0, region
    )
    picture, pose = rgb(0)[1], truth(0)[1]
    picture.header = pose.header = header
    path = tmp_path / "drive.bag"
    with Ros1Writer(path) as writer:
        for topic, msg in [
            ("/camera/image", picture),
            ("/camera/camera_info", info),
            ("/ground_truth/pose", pose),
        ]:
            kind = msg.__msgtype__
            connection = writer.add_connection(topic, kind, typestore=store)
            writer.write(connection, START_NS, store.serialize_ros1(msg, kind))
    (found,) = open_recording(path).frames()
    assert found.frame.stamp_ns == START_NS
    assert found.frame.camera == CAMERA


@pytest.mark.parametrize("plugin", [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_a_truncated_bag_is_named_wherever_it_ends(tmp_path, plugin):
    folder = record(tmp_path / "drive", drive(), plugin)
    (file,) = (path for path in folder.iterdir() if path.name != "metadata.yaml")
    data = file.read_bytes()
    for tenth in range(10):
        file.write_bytes(data[: len(data) * tenth // 10])
        with pytest.raises(RecordingError, match=r"drive(\.\w+)?: cannot be read as a bag \("):
            list(BagRecording(file).frames())


def test_a_damaged_bag_raises_nothing_but_recording_errors(tmp_path):
    folder = record(tmp_path / "drive", drive())
    file = folder / "drive.mcap"
    data = file.read_bytes()
    generator = random.Random(0)
    outcomes = set()
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(8):
            damaged[generator.randrange(len(data))] = generator.randrange(256)
        file.write_bytes(damaged)
        try:
            outcomes.add(len(list(BagRecording(file).frames())) > 0)
        except RecordingError as err:
            outcomes.add(str(err).startswith(str(file)))
    assert outcomes == {True}


def test_metadata_that_are_no_yaml_are_named(tmp_path):
    folder = record(tmp_path / "drive", drive())
    (folder / "metadata.yaml").write_text("rosbag2_bagfile_information: [")
    with pytest.raises(RecordingError, match=r"drive: cannot be read as a bag \("):
        BagRecording(folder)
