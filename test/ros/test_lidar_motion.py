"""A node whose lidar drives at 10 m/s: points are brought to the image by the robot's odometry."""

from array import array
from itertools import count

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from nav_msgs.msg import Odometry
from node_peer import stamp_of
from rclpy.node import Node
from sensor_msgs.msg import Imu, PointCloud2, PointField
from tiny_images import FIRST_NS, PERIOD_NS, rgb_pixels, stamped
from tiny_model import INPUT

from vmloc_ros.config import LidarConfig
from vmloc_ros.frame import Frame
from vmloc_ros.localizer import Localizer
from vmloc_ros.sensor_rig import SensorRig

MS = 10**6
SPEED_M_S = 10.0
YAW_RATE_RAD_S = 1.0
"""What the gyroscope says; the wheels know nothing of it."""
EARLY_NS, LATE_NS = -5 * MS, 80 * MS
"""The stamp of a sweep after its image; and of its points, all at once, after that."""
RATE_HZ = 3.0
"""Slower than the stamps say: a node on a machine that does much else."""
AHEAD_MS = 500
"""Odometry is there in time, and of what is later than the sweep nothing may be used."""
TIMEOUT_S = 60.0
OK, WARN = 0, 1
HERE = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
"""Lidar, camera and robot have one place and one set of axes."""
ON_A_ROBOT = {"base_frame": "base_link", "extrinsic": str(list(HERE)), "gate_sigma": 0.0}
FIELDS = [("x", 0, 7), ("y", 4, 7), ("z", 8, 7), ("intensity", 12, 7), ("t", 16, 6)]


def points(number):
    """Returns (N, 4) all around, 3 to 30 m away."""
    rng = np.random.default_rng(1000 + number)
    azimuth, distance = rng.uniform(-np.pi, np.pi, 500), rng.uniform(3.0, 30.0, 500)
    columns = [distance * np.cos(azimuth), distance * np.sin(azimuth), rng.uniform(-2.0, 1.0, 500)]
    return np.stack([*columns, np.full(500, 9.0)], axis=-1).astype(np.float32)


def cloud(number):
    rows = np.zeros(500, np.dtype([(name, "<f4") for name, _, _ in FIELDS[:4]] + [("t", "<u4")]))
    for column, name in enumerate(("x", "y", "z", "intensity")):
        rows[name] = points(number)[:, column]
    rows["t"] = LATE_NS
    fields = [PointField(name=n, offset=o, datatype=kind, count=1) for n, o, kind in FIELDS]
    message = PointCloud2(height=1, width=500, fields=fields, point_step=20, row_step=10_000)
    message.data = array("B", rows.tobytes())
    return stamped(message, image_ns(number) + EARLY_NS, "lidar")


def image_ns(number):
    return FIRST_NS + number * PERIOD_NS


class Car:
    """Wheels, a gyroscope, a camera and a lidar."""

    def __init__(self, peer):
        self._peer = peer
        self._numbers = count()
        self.has_gyroscope, self.imu_frame = True, "base_link"
        self.node = Node("car")
        self._odometry = self.node.create_publisher(Odometry, "odom", 50)
        self._imu = self.node.create_publisher(Imu, "imu/data", 50)
        self._lidar = self.node.create_publisher(PointCloud2, "lidar/points", 10)

    def drive(self):
        """Send what was measured in the tenth of a second about an image."""
        number = next(self._numbers)
        for ms in range(AHEAD_MS - 100 if number else -300, AHEAD_MS, 10):
            self._odometry.publish(wheels(image_ns(number) + ms * MS))
            if self.has_gyroscope:
                self._imu.publish(gyroscope(image_ns(number) + ms * MS, self.imu_frame))
        self._peer.send_at(image_ns(number), number, ("rgb",))
        self._lidar.publish(cloud(number))


def wheels(stamp_ns):
    message = Odometry(child_frame_id="base_link")
    message.pose.pose.position.x = SPEED_M_S * (stamp_ns - FIRST_NS) * 1e-9
    message.pose.pose.orientation.w = 1.0
    return stamped(message, stamp_ns, "odom")


def gyroscope(stamp_ns, frame):
    message = Imu()
    message.angular_velocity.z = YAW_RATE_RAD_S
    return stamped(message, stamp_ns, frame)


@pytest.fixture
def car(peer, repeat):
    car = Car(peer)
    with repeat(car.drive, RATE_HZ):
        yield car
    car.node.destroy_node()


def moved(number, of):
    """The points of another sweep, seen from the car at an image: by hand."""
    seen_ns = image_ns(of) + EARLY_NS + LATE_NS
    shift_m = SPEED_M_S * (seen_ns - image_ns(number)) * 1e-9
    return points(of) + np.array([shift_m, 0.0, 0.0, 0.0], np.float32)


def distances_m(bundle, poses, clouds_of):
    """How far poses of the node lie from those of frames with these clouds."""
    localizer = Localizer.load(bundle, "cpu")
    distances = []
    for pose in poses:
        number = (stamp_of(pose) - FIRST_NS) // PERIOD_NS
        cloud = np.concatenate(clouds_of(number))
        frame = Frame(image_ns(number), "camera_optical_frame", rgb_pixels(number), points=cloud)
        expected = localizer.localize(frame).T_map_camera.position
        position = pose.pose.position
        distances.append(np.linalg.norm(expected - [position.x, position.y, position.z]))
    return distances


@pytest.fixture
def bundle_of(make_bundle):
    def make(sweeps):
        preprocessing = INPUT.model_copy(update={"lidar": LidarConfig(sweeps=sweeps)})
        rig = SensorRig(lidar_in_camera=HERE)
        return make_bundle(modalities=("rgb", "lidar"), preprocessing=preprocessing, rig=rig)

    return make


@pytest.fixture
def poses_of(make_active_node, peer, car, wait):
    """Poses of a node that hears the wheels."""

    def collect(bundle, count):
        node = make_active_node(bundle=bundle, odometry="topic", **ON_A_ROBOT)
        wait(lambda: peer.poses and not node.snapshot().transforms.odometry_missing, TIMEOUT_S)
        heard = len(peer.poses) + 3  # sweeps of the time before that cannot be placed
        wait(lambda: len(peer.poses) >= heard + count, TIMEOUT_S)
        return peer.poses[heard : heard + count]

    return collect


def test_a_sweep_is_brought_to_its_image(poses_of, bundle_of):
    bundle = bundle_of(1)
    poses = poses_of(bundle, 5)
    assert max(distances_m(bundle, poses, lambda k: [moved(k, k)])) < 1e-5
    assert min(distances_m(bundle, poses, lambda k: [points(k)])) > 1e-4  # as it was seen


def test_sweeps_are_put_together(poses_of, bundle_of):
    bundle = bundle_of(3)
    poses = poses_of(bundle, 4)
    three = distances_m(bundle, poses, lambda k: [moved(k, j) for j in (k - 2, k - 1, k)])
    assert max(three) < 1e-5


def test_without_odometry_a_gyroscope_turns_the_sweep_back(
    make_active_node, peer, car, health, wait, bundle_of
):
    bundle = bundle_of(1)
    make_active_node(bundle=bundle, **ON_A_ROBOT)

    def turned(number):
        """What was seen 75 ms after the image is that much farther to the left of it."""
        angle = YAW_RATE_RAD_S * (EARLY_NS + LATE_NS) * 1e-9
        x, y, z, intensity = points(number).astype(np.float64).T
        left = np.sin(angle) * x + np.cos(angle) * y
        ahead = np.cos(angle) * x - np.sin(angle) * y
        return [np.stack([ahead, left, z, intensity], axis=-1).astype(np.float32)]

    # Some of 500 points may fall into another bin by the last digit of a float32.
    wait(lambda: peer.poses and distances_m(bundle, peer.poses[-1:], turned)[0] < 1e-5, TIMEOUT_S)
    wait(lambda: health.level("tf") == OK and not health.causes("tf"))


def test_without_either_the_sweep_is_taken_as_it_is(
    make_active_node, peer, car, health, wait, bundle_of, caplog
):
    car.has_gyroscope = False
    bundle = bundle_of(3)
    make_active_node(bundle=bundle, **ON_A_ROBOT)
    wait(lambda: len(peer.poses) > 3, TIMEOUT_S)
    wait(lambda: "no_lidar_motion" in health.causes("tf"))
    assert health.level("tf") == WARN
    assert "neither odometry nor a message on imu/data" in health.said("tf")
    assert max(distances_m(bundle, peer.poses, lambda k: [points(k)])) < 1e-5
    said = "lidar: the sweep alone is taken, and as it is: there is neither odometry nor"
    assert caplog.text.count(said) == 1


def test_a_gyroscope_that_sits_nobody_knows_where_is_named(
    make_active_node, peer, car, health, wait, bundle_of, caplog
):
    car.imu_frame = "imu_link"
    bundle = bundle_of(1)
    make_active_node(bundle=bundle, **ON_A_ROBOT)
    wait(lambda: "lidar: where 'imu_link', the frame of imu/data, sits is not known" in caplog.text)
    assert max(distances_m(bundle, peer.poses, lambda k: [points(k)]), default=0.0) < 1e-5
    wait(lambda: "taken as seen: where 'imu_link', the frame of" in health.said("tf"))
