import itertools
import signal
import threading

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rcl_interfaces.srv import DescribeParameters

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import MessageError
from vmloc_ros.localizer import Localizer
from vmloc_ros.pose import Pose


def numbers(pose):
    p, q = pose.position, pose.orientation
    return [p.x, p.y, p.z, q.x, q.y, q.z, q.w]


def numbers_of(pose):
    return [*pose.position, *pose.quat_xyzw]


@pytest.fixture
def local_node(make_active_node):
    """The active node in this process."""
    return make_active_node()


def test_each_pair_gets_the_localizers_pose_with_its_stamp_on_both_topics(
    peer, start_node, wait, tiny_bundle, frame_of
):
    peer.listen_to_path()
    node = start_node(map_frame="house")
    wait(peer.is_matched)
    sent = []
    for number in range(3):
        sent.append(peer.send(number))
        wait(lambda: peer.stamps_ns() == sent)
    localizer = Localizer.load(tiny_bundle, "cpu")
    for number, (pose, twin) in enumerate(zip(peer.poses, peer.covariances, strict=True)):
        assert pose.header == twin.header
        assert pose.header.frame_id == "house"
        assert numbers(pose.pose) == numbers(twin.pose.pose)
        expected = localizer.localize(frame_of(number)).T_map_camera
        np.testing.assert_allclose(numbers(pose.pose), numbers_of(expected), atol=1e-5)
        covariance = np.array(twin.pose.covariance).reshape(6, 6)
        np.testing.assert_allclose(np.sqrt(np.diag(covariance)), [0.1, 0.2, 0.3, 0.01, 0.02, 0.03])
    wait(lambda: len(peer.paths) == 3)
    assert [numbers(m.pose) for m in peer.paths[-1].poses] == [numbers(m.pose) for m in peer.poses]
    assert node.stop(signal.SIGTERM) == 0
    assert "Traceback" not in node.log


def test_a_body_without_a_place_fails_to_configure_until_its_place_is_given(
    peer, start_node, wait, tiny_bundle, frame_of
):
    node = start_node(base_frame="base_link")
    node.wait_for("configure failed: ")
    assert "the pose of 'base_link' in 'camera_optical_frame' is not known" in node.log
    assert "set extrinsic" in node.log and "base_frame to ''" in node.log
    wait(lambda: peer.state() == "unconfigured")

    T_camera_base = Pose(np.array([0.1, -0.2, 0.3]), np.array([0.5, -0.5, 0.5, 0.5]))
    assert not peer.set_parameter("extrinsic", [1.0, 2.0]).successful
    assert peer.set_parameter("extrinsic", numbers_of(T_camera_base)).successful
    assert peer.transition("configure") and peer.transition("activate")
    wait(peer.is_matched)
    sent = peer.send(0)
    wait(lambda: peer.stamps_ns() == [sent])
    T_map_camera = Localizer.load(tiny_bundle, "cpu").localize(frame_of(0)).T_map_camera
    expected = T_map_camera @ T_camera_base
    np.testing.assert_allclose(numbers(peer.poses[0].pose), numbers_of(expected), atol=1e-5)

    refused = peer.set_parameter("map_frame", "elsewhere")
    assert not refused.successful
    assert "cannot change while the node is configured" in refused.reason


def test_the_node_survives_a_wrong_transition_and_a_wrong_bundle(peer, start_node, wait):
    node = start_node(bundle="/nowhere", bundel="typo")
    node.wait_for("configure failed: /nowhere: no model bundle")
    assert "unknown key 'bundel', did you mean 'bundle'?" in node.log
    wait(lambda: peer.state() == "unconfigured")
    assert not peer.transition("activate")
    assert not peer.transition("deactivate")
    assert "refused: the node is unconfigured; possible now: configure, shutdown" in node.log
    assert peer.state() == "unconfigured"
    names = list(NodeConfig.model_fields)
    described = peer.call(
        DescribeParameters, "describe_parameters", DescribeParameters.Request(names=names)
    ).descriptors
    assert [d.name for d in described] == names
    assert all(d.description for d in described)
    assert node.stop(signal.SIGINT) == 0
    assert "Traceback" not in node.log


def test_best_effort_images_are_received(local_node, best_effort_peer, wait):
    wait(best_effort_peer.is_matched)
    numbers = itertools.count()
    sent: list[int] = []  # best effort may lose what comes before reader and writer have met
    wait(lambda: sent.append(best_effort_peer.send(next(numbers))) or best_effort_peer.stamps_ns())
    assert set(best_effort_peer.stamps_ns()) <= set(sent)


def test_a_pair_of_which_one_image_cannot_be_decoded_is_localised_with_the_other(
    peer, local_node, wait
):
    wait(peer.is_matched)
    first = peer.send(0)
    wait(lambda: peer.stamps_ns() == [first])
    second = peer.send_bad(1)
    wait(lambda: peer.stamps_ns() == [first, second])
    snapshot = local_node.snapshot()
    assert snapshot.streams["rgb"].undecodable == 1
    assert "8SC3" in snapshot.streams["rgb"].decode_error
    assert snapshot.localization.present == ("depth",)
    assert snapshot.localization.dropped == {"rgb": "cannot be decoded"}


def test_where_all_sensors_are_needed_a_pair_with_a_bad_image_is_skipped_and_counted(
    peer, make_node, wait
):
    node = make_node(on_missing_modality="stop")
    wait(peer.is_matched)
    first = peer.send(0)
    wait(lambda: peer.stamps_ns() == [first])
    peer.send_bad(1)
    wait(lambda: node.snapshot().worker.rejected == 1)
    third = peer.send(2)
    wait(lambda: peer.stamps_ns() == [first, third])
    assert "8SC3" in node.snapshot().worker_error


def test_an_image_without_a_stamp_gets_no_pose(peer, local_node, wait):
    wait(peer.is_matched)
    peer.send_unstamped()
    wait(lambda: local_node.snapshot().streams["rgb"].zero_stamp == 1)
    sent = peer.send(0)
    wait(lambda: peer.stamps_ns() == [sent])


def test_a_slow_localizer_serves_the_newest_pair_and_counts_the_others(
    peer, local_node, wait, monkeypatch
):
    localize = Localizer.localize

    begun, go_on = threading.Event(), threading.Event()

    def slow(self, frame):
        begun.set()
        go_on.wait(60.0)
        return localize(self, frame)

    monkeypatch.setattr(Localizer, "localize", slow)
    wait(peer.is_matched)
    first = peer.send(0)
    wait(lambda: local_node.snapshot().pairing.matched == 1)
    wait(begun.is_set)
    for number in range(1, 5):
        newest = peer.send(number)
        wait(lambda number=number: local_node.snapshot().pairing.matched == number + 1)
    go_on.set()
    wait(lambda: peer.stamps_ns() == [first, newest])
    assert local_node.snapshot().worker.dropped == 3
    assert local_node.snapshot().worker.offered == 5


def test_an_unexpected_exception_costs_one_frame(peer, local_node, wait, monkeypatch):
    localize = Localizer.localize
    faults = [RuntimeError("out of memory"), MessageError("not finite")]

    def faulty(self, frame):
        if faults:
            raise faults.pop(0)
        return localize(self, frame)

    monkeypatch.setattr(Localizer, "localize", faulty)
    wait(peer.is_matched)
    peer.send(0)
    wait(lambda: local_node.snapshot().worker.crashed == 1)
    peer.send(1)
    wait(lambda: local_node.snapshot().localization.rejected == {"not_finite": 1})
    third = peer.send(2)
    wait(lambda: peer.stamps_ns() == [third])


def test_an_inactive_node_has_no_subscriptions_and_no_poses(peer, local_node, wait):
    wait(peer.is_matched)
    assert peer.transition("deactivate")
    wait(lambda: not peer.rgb.get_subscription_count() and not peer.depth.get_subscription_count())
    assert local_node.snapshot().worker is None
    assert peer.transition("activate")
    wait(peer.is_matched)
    sent = peer.send(0)
    wait(lambda: peer.stamps_ns() == [sent])
    assert peer.transition("deactivate") and peer.transition("cleanup")
    assert peer.set_parameter("map_frame", "elsewhere").successful
    assert peer.transition("configure")
    assert peer.state() == "inactive"


def test_a_path_begins_anew_when_time_jumps_back(peer, local_node, wait):
    peer.listen_to_path()
    wait(peer.is_matched)
    wait(lambda: peer.node.count_subscribers("/vmloc/path"))
    for count, number in enumerate((20, 21, 0), start=1):
        peer.send(number)
        wait(lambda count=count: len(peer.paths) == count)
    assert [len(path.poses) for path in peer.paths] == [1, 2, 1]


def test_what_is_open_when_activation_fails_is_closed_again(peer, make_node, wait, capfd):
    override = {"qos_overrides./depth/image.subscription.reliability": "fast"}
    node = make_node(autostart="false", **override)
    assert not node.bring_up()
    assert node.state == "inactive"
    wait(lambda: not peer.rgb.get_subscription_count())
    wait(lambda: not peer.pose_subscription.get_publisher_count())
    assert "activate failed: qos_overrides./depth/image" in capfd.readouterr().err
