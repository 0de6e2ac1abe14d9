import resource
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from rosbags.interfaces import QosDurability, QosReliability
from rosbags.rosbag2 import Reader
from scipy.spatial.transform import Rotation

from training.recordings.bag_writer import write_bag
from training.recordings.formats import open_recording
from training.recordings.recording import LabelledFrame
from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose

MS = 1_000_000
START_NS = 1_000_000_000 * 1_000_000_000
CAMERA = Camera(8, 6, 7.0, 7.5, 3.5, 2.5)
T_CAMERA_LIDAR = Pose(
    np.array([0.1, -0.2, 0.3]), Rotation.from_euler("xyz", [80, 5, -10], degrees=True).as_quat()
)


@dataclass
class Memory:
    """A recording of given frames."""

    labelled: list[LabelledFrame]
    path: Path = Path("memory")
    splits: tuple[str, ...] = ()

    def count(self, split="all"):
        return len(self.labelled)

    def frames(self, split="all"):
        yield from self.labelled


def labelled(ms, sequence="seq-01", sensors=("rgb", "depth", "lidar")):
    """A frame of random numbers at a time, all different."""
    generator = np.random.default_rng(round(ms))
    frame = Frame(
        stamp_ns=START_NS + round(ms * MS),
        camera_frame="camera_optical_frame",
        rgb=generator.integers(0, 256, (6, 8, 3), np.uint8) if "rgb" in sensors else None,
        depth_mm=generator.integers(0, 65535, (6, 8), np.uint16) if "depth" in sensors else None,
        points=generator.normal(size=(9, 4)).astype(np.float32) if "lidar" in sensors else None,
        camera=CAMERA if "rgb" in sensors else None,
        T_camera_lidar=T_CAMERA_LIDAR.matrix() if "lidar" in sensors else None,
    )
    pose = Pose(generator.normal(size=3), Rotation.random(random_state=round(ms)).as_quat())
    return LabelledFrame(f"frame at {ms}", sequence, frame, pose)


def assert_same(read, written):
    assert read.frame.stamp_ns == written.frame.stamp_ns
    assert read.frame.camera_frame == written.frame.camera_frame
    assert read.frame.camera == written.frame.camera
    for sensor in ("rgb", "depth_mm", "points"):
        here, there = getattr(read.frame, sensor), getattr(written.frame, sensor)
        assert np.array_equal(here, there) if there is not None else here is None
    assert np.allclose(read.T_map_camera.matrix(), written.T_map_camera.matrix(), 0, 1e-12)
    if written.frame.T_camera_lidar is not None:
        T = read.frame.T_camera_lidar
        assert np.allclose(T, written.frame.T_camera_lidar, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "sensors", [("rgb", "depth", "lidar"), ("rgb",), ("depth",), ("rgb", "lidar")]
)
def test_what_is_written_is_read_back_without_loss(tmp_path, sensors):
    written = [labelled(33 * i, sensors=sensors) for i in range(4)]
    assert write_bag(Memory(written), tmp_path / "drive", "all") == 4
    read = list(open_recording(tmp_path / "drive").frames())
    assert len(read) == 4
    for one, other in zip(read, written, strict=True):
        assert_same(one, other)


def test_an_empty_cloud_is_read_back_as_one(tmp_path):
    one = labelled(0, sensors=("rgb",))
    empty = Frame(
        stamp_ns=START_NS, camera_frame="c", rgb=one.frame.rgb, points=np.zeros((0, 4), np.float32)
    )
    write_bag(Memory([LabelledFrame("", "", empty, one.T_map_camera)]), tmp_path / "drive")
    (read,) = open_recording(tmp_path / "drive").frames()
    assert read.frame.points.shape == (0, 4)


def test_sequences_are_read_in_the_order_of_their_stamps(tmp_path):
    late = [labelled(10_000 + 33 * i, "seq-07") for i in range(3)]
    early = [labelled(33 * i, "seq-02") for i in range(3)]
    write_bag(Memory(late + early), tmp_path / "drive")
    read = list(open_recording(tmp_path / "drive").frames())
    assert [one.frame.stamp_ns for one in read] == [o.frame.stamp_ns for o in early + late]
    assert [one.sequence for one in read] == ["seq-01"] * 3 + ["seq-02"] * 3


def test_sequences_that_overlap_in_time_are_refused(tmp_path):
    frames = [labelled(0, "seq-01"), labelled(66, "seq-01"), labelled(33, "seq-02")]
    with pytest.raises(RecordingError, match="seq-01 and seq-02 overlap in time"):
        write_bag(Memory(frames), tmp_path / "drive")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lens", [Distortion(-0.3, 0.1), Distortion(k1=0.1, k4=0.2, k6=0.3)])
def test_the_lens_is_read_back(tmp_path, lens):
    one = labelled(0)
    camera = replace(one.frame.camera, distortion=lens)
    seen = replace(one, frame=replace(one.frame, camera=camera))
    write_bag(Memory([seen]), tmp_path / "drive")
    (read,) = open_recording(tmp_path / "drive").frames()
    assert read.frame.camera == camera


def test_topics_types_stamps_and_quality_of_service_are_those_that_players_expect(tmp_path):
    write_bag(Memory([labelled(0), labelled(33)]), tmp_path / "drive")
    with Reader(tmp_path / "drive") as reader:
        connections = {one.topic: one for one in reader.connections}
        log_times = {(one.topic, at_ns) for one, at_ns, _ in reader.messages()}
    counts = {topic: one.msgcount for topic, one in connections.items()}
    assert counts == {
        "/camera/image": 2,
        "/camera/camera_info": 2,
        "/depth/image": 2,
        "/lidar/points": 2,
        "/tf_static": 1,
        "/ground_truth/pose": 2,
    }
    assert ("/camera/image", START_NS + 33 * MS) in log_times
    for topic, connection in connections.items():
        (qos,) = connection.ext.offered_qos_profiles
        latched = topic == "/tf_static"
        assert qos.reliability == QosReliability.RELIABLE
        assert (qos.durability == QosDurability.TRANSIENT_LOCAL) == latched
        assert qos.depth == (1 if latched else 10)
        assert tuple(qos.deadline) == (9223372036, 854775807)


def test_an_existing_path_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "drive").mkdir()
    with pytest.raises(RecordingError, match="drive: exists already; name a new bag"):
        write_bag(Memory([labelled(0)]), tmp_path / "drive")
    assert list((tmp_path / "drive").iterdir()) == []


def test_a_name_that_stands_for_ros_1_is_refused(tmp_path):
    with pytest.raises(RecordingError, match=r"\.bag stands for ROS 1"):
        write_bag(Memory([labelled(0)]), tmp_path / "drive.bag")


def test_a_recording_without_frames_makes_no_bag(tmp_path):
    with pytest.raises(RecordingError, match="memory: the split 'test' has no frames"):
        write_bag(Memory([]), tmp_path / "drive", "test")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stamp_ns", [0, -1, 2**31 * 1_000_000_000])
def test_a_stamp_that_no_message_can_hold_is_refused(tmp_path, stamp_ns):
    frame = Frame(stamp_ns=stamp_ns, camera_frame="c", rgb=np.zeros((2, 2, 3), np.uint8))
    bad = LabelledFrame("", "", frame, Pose(np.zeros(3), np.array([0, 0, 0, 1.0])))
    with pytest.raises(RecordingError, match=f"stamp {stamp_ns} ns does not fit a message"):
        write_bag(Memory([bad]), tmp_path / "drive")


def test_an_error_of_the_recording_leaves_nothing_behind(tmp_path):
    class Damaged(Memory):
        def frames(self, split="all"):
            yield from self.labelled
            raise RecordingError("seq-01/frame-000001.depth.png: truncated")

    with pytest.raises(RecordingError, match=r"frame-000001\.depth\.png: truncated"):
        write_bag(Damaged([labelled(0)]), tmp_path / "drive")
    assert list(tmp_path.iterdir()) == []


@contextmanager
def files_of_at_most(size):
    """Let writing beyond a size fail, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_is_named_and_nothing_is_left(tmp_path):
    frames = [labelled(33 * i) for i in range(4_000)]
    with (
        files_of_at_most(1_500_000),
        pytest.raises(RecordingError, match=r"drive: cannot write the bag \(File too large\)"),
    ):
        write_bag(Memory(frames), tmp_path / "drive")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="drive: cannot write the bag"):
        write_bag(Memory([labelled(0)]), tmp_path / "file" / "drive")
