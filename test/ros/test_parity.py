"""What the network is shown on the robot is what it was shown in training."""

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")
pytest.importorskip("rosbags", reason="rosbags is not installed")

import numpy as np
import torch
from moving_bag import T_BASE_CAMERA, T_BASE_LIDAR, write_moving_bag
from tiny_model import INPUT

from training.evaluate import evaluate
from training.recordings.formats import open_recording
from training.recordings.lidar_options import NONE, LidarOptions
from training.trajectory import read_tum
from vmloc_ros.bundle import load_bundle
from vmloc_ros.config import LidarConfig
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.sensor_rig import SensorRig

FRAMES = 100
SWEEPS = 12
START_S = 120.0
"""A node on a machine that does much else."""


@pytest.fixture
def shown(monkeypatch):
    """The inputs of the network so far, by stamp."""
    inputs, prepare = {}, Preprocessor.__call__

    def listen(self, frame, device):
        prepared, present = prepare(self, frame, device)
        inputs[frame.stamp_ns] = {name: tensor.clone() for name, tensor in prepared.items()}
        return prepared, present

    monkeypatch.setattr(Preprocessor, "__call__", listen)
    return inputs


def test_the_node_shows_the_network_the_tensors_that_the_trainer_makes_of_the_same_bag(
    shown, make_active_node, start, make_bag, tiny_bundle
):
    bag, description = make_bag(FRAMES), load_bundle(tiny_bundle).description
    make_active_node(use_sim_time="true")
    shown.clear()  # the artificial frames of the warm-up
    player = start("player", bag, "--lossless")
    assert player.wait() == 0
    online = dict(shown)

    prepare = Preprocessor(description.preprocessing, description.model.modalities)
    recording = open_recording(bag)
    for labelled in recording.frames("all"):
        frame = labelled.frame
        reduced = {name: torch.from_numpy(x)[None] for name, x in prepare.reduce(frame).items()}
        expected, seen = prepare.encode(reduced), online.pop(frame.stamp_ns)
        assert expected.keys() == seen.keys() == {"rgb", "depth"}
        assert all(torch.equal(expected[name], seen[name]) for name in expected)
    assert online == {}
    assert recording.count("all") == FRAMES


@pytest.fixture(params=[1, 3], ids=["one sweep", "three sweeps"])
def moving_bundle(request, make_bundle):
    """A bundle of a camera and a lidar that sit on a robot."""
    preprocessing = INPUT.model_copy(update={"lidar": LidarConfig(sweeps=request.param)})
    rig = SensorRig.of(None, T_BASE_CAMERA.inverse() @ T_BASE_LIDAR)
    return make_bundle(
        modalities=("rgb", "lidar"),
        preprocessing=preprocessing,
        rig=rig,
        training_poses=[T_BASE_CAMERA],
    )


def numbers(poses):
    return np.array([[*pose.position, *pose.quat_xyzw] for pose in poses])


def test_the_node_gives_the_poses_of_vmloc_evaluate_where_the_lidar_moves(
    start, start_node, moving_bundle, tmp_path
):
    bag, record = tmp_path / "bag", tmp_path / "poses.tum"
    write_moving_bag(bag, SWEEPS)
    T_camera_base = T_BASE_CAMERA.inverse()
    extrinsic = str(numbers([T_camera_base])[0].tolist())
    robot = {"base_frame": "base", "extrinsic": extrinsic, "odometry": "topic", "gate_sigma": 0.0}
    start_node(bundle=moving_bundle, use_sim_time="true", **robot)
    player = start("player", bag, "--lossless", "--start-timeout", START_S, "--record", record)
    assert player.wait(START_S) == 0

    def offline(name, options):
        evaluate(moving_bundle, bag, tmp_path / name, device="cpu", lidar=options)
        return read_tum(tmp_path / name / "trajectory.tum")

    online, moved = read_tum(record), offline("moved", LidarOptions())
    assert list(online.stamps_ns) == list(moved.stamps_ns)
    assert len(online.poses) >= SWEEPS - 3  # the first three sweeps tell the rate
    expected = numbers([T_map_camera @ T_camera_base for T_map_camera in moved.poses])
    np.testing.assert_allclose(numbers(online.poses), expected, atol=1e-5)
    still = offline("still", LidarOptions(motion=NONE))
    assert np.abs(numbers(still.poses) - numbers(moved.poses)).max(axis=1).min() > 1e-4
