"""`~/reload`: another model takes over while the node works, or the reason why not."""

import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from std_srvs.srv import Trigger

from vmloc_ros.localizer import Localizer

RATE_HZ = 10.0
PERIOD_NS = 10**8


@pytest.fixture(scope="module")
def other_bundle(make_bundle):
    """Other weights for the same sensors."""
    return make_bundle(seed=8)


@pytest.fixture(scope="module")
def depth_bundle(make_bundle):
    return make_bundle(modalities=("depth",))


@pytest.fixture
def answer(frame_of):
    """The position that a bundle gives for the image with seed 0."""
    return lambda bundle: Localizer.load(bundle, "cpu").localize(frame_of(0)).T_map_camera.position


def position(message):
    p = message.pose.position
    return [p.x, p.y, p.z]


def test_a_new_bundle_takes_over_without_a_pause(
    peer, health, start_node, repeat, wait, tiny_bundle, other_bundle, answer
):
    before, after = answer(tiny_bundle), answer(other_bundle)
    assert np.abs(before - after).max() > 0.01
    start_node()
    wait(peer.is_matched)
    with repeat(peer.send_now, RATE_HZ):
        wait(lambda: peer.poses)
        assert peer.set_parameter("bundle", str(other_bundle)).successful
        wait(lambda: health.values("model").get("state") == "active")
        health.forget()
        wait(lambda: health.values("model"))
        assert health.values("model")["bundle"] == str(tiny_bundle)  # until it is told to reload
        began = len(peer.poses)
        wait(lambda: len(peer.poses) > began)
        np.testing.assert_allclose(position(peer.poses[-1]), before, atol=1e-5)

        asked_s = time.monotonic()
        reloaded = peer.trigger("reload")
        reload_s = time.monotonic() - asked_s
        assert reloaded.success, reloaded.message
        assert reloaded.message.startswith(f"{other_bundle} on cpu")
        ended = len(peer.poses)
        wait(lambda: len(peer.poses) > ended + 2)
        np.testing.assert_allclose(position(peer.poses[-1]), after, atol=1e-5)
        wait(lambda: health.values("model")["bundle"] == str(other_bundle))
    gaps_ns = np.diff(peer.stamps_ns()[began - 1 : ended + 3])
    # A busy machine takes long over both; who waits for the load misses all of its time.
    assert gaps_ns.max() < max(10 * PERIOD_NS, 0.7e9 * reload_s)


def test_a_bundle_that_cannot_be_used_is_refused_and_the_former_one_goes_on(
    peer, health, make_active_node, wait, tiny_bundle, depth_bundle, answer, tmp_path
):
    make_active_node()
    wait(peer.is_matched)
    damaged = Path(shutil.copytree(tiny_bundle, tmp_path / "damaged"))
    weights = damaged / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    reasons = {
        tmp_path / "nowhere": "no model bundle",
        damaged: "model.safetensors",
        depth_bundle: "the bundle needs depth, the node listens to rgb + depth: run cleanup",
    }
    for bundle, reason in reasons.items():
        assert peer.set_parameter("bundle", str(bundle)).successful
        refused = peer.trigger("reload")
        assert not refused.success
        assert reason in refused.message
        wait(lambda reason=reason: reason in health.values("model").get("failure", ""))
        assert health.causes("model") == ["reload_failed"]
        assert health.values("model")["bundle"] == str(tiny_bundle)
        sent = peer.send_now()
        wait(lambda sent=sent: sent in peer.stamps_ns())
        np.testing.assert_allclose(position(peer.poses[-1]), answer(tiny_bundle), atol=1e-5)

    assert peer.set_parameter("bundle", str(tiny_bundle)).successful
    assert peer.trigger("reload").success
    wait(lambda: health.causes("model") == [])


def test_a_node_that_is_not_active_says_how_a_bundle_is_loaded(peer, make_node, wait):
    node = make_node(autostart="false")
    refused = peer.trigger("reload")
    assert not refused.success
    assert refused.message == "the node is unconfigured: configure and activate load the bundle"
    assert node.snapshot().model.failure == ""


def test_a_node_that_is_deactivated_while_it_loads_keeps_nothing_of_it(
    peer, make_active_node, wait, monkeypatch
):
    node = make_active_node()
    load, begun, release = Localizer.load, [], []

    def slow(*arguments):
        begun.append(True)
        wait(lambda: release)
        return load(*arguments)

    monkeypatch.setattr(Localizer, "load", slow)
    future = peer.begin("reload", Trigger.Request())
    wait(lambda: begun)
    assert "another call is under way" in peer.trigger("reload").message
    assert peer.transition("deactivate") and peer.transition("cleanup")
    release.append(True)
    wait(future.done)
    assert not future.result().success
    assert future.result().message == "the node is unconfigured by now: activate it and try again"
    assert node.snapshot().model.bundle == ""


def test_sigint_ends_a_call_of_reload_with_an_answer(peer, start_node, wait):
    node = start_node()
    wait(peer.is_matched)
    calls = [peer.begin("reload", Trigger.Request()) for _ in range(2)]
    wait(lambda: any(call.done() for call in calls))  # refused: the other one is under way
    assert node.stop(signal.SIGINT) == 0
    wait(lambda: all(call.done() for call in calls))
    assert "Traceback" not in node.log
