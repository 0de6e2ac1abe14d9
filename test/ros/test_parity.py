"""What the network is shown on the robot is what it was shown in training."""

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")
pytest.importorskip("rosbags", reason="rosbags is not installed")

import torch

from training.recordings.formats import open_recording
from vmloc_ros.bundle import load_bundle
from vmloc_ros.preprocessing import Preprocessor

FRAMES = 100


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
