"""How old poses are when they come, and where the time went."""

import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from diagnostic_msgs.msg import DiagnosticStatus

from vmloc_ros.localizer import Localizer
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.ros import localizer_node
from vmloc_ros.ros.converters import choose_decoders
from vmloc_ros.ros.publishers import PosePublishers

CAMERA_HZ, INFERENCE_S = 30.0, 0.3
FRAMES = 90
SLEEP_S, SLEEP_MS = 0.05, 50.0


def slowed(function, time_s):
    """Return the function, which takes so much longer."""

    def slow(*arguments):
        time.sleep(time_s)
        return function(*arguments)

    return slow


def test_a_slow_network_gets_the_newest_pair_and_the_others_are_counted(
    peer, health, make_active_node, repeat, wait, monkeypatch
):
    node = make_active_node()
    monkeypatch.setattr(Localizer, "localize", slowed(Localizer.localize, INFERENCE_S))
    ages_s = []
    peer.on_pose = lambda stamp_ns: ages_s.append(time.time() - stamp_ns * 1e-9)
    wait(peer.is_matched)
    with repeat(peer.send_now, CAMERA_HZ):
        wait(lambda: node.snapshot().worker.offered >= FRAMES)
        wait(lambda: "backpressure" in health.causes("inference"))
        while_on_s = np.array(ages_s)

    def is_idle():
        done = node.snapshot().worker
        return done.offered == done.delivered + done.dropped

    wait(is_idle)  # no pair is unaccounted for
    done = node.snapshot()
    assert done.worker.offered == done.pairing.matched
    wait(lambda: len(peer.poses) == done.worker.delivered == done.localization.published)
    # A pair waits for a period of the camera at most and is served; one that queued behind another
    # would be served after that one and be older than the network takes twice.
    assert INFERENCE_S < np.median(while_on_s) < 2 * INFERENCE_S
    # 30 Hz come and 3.3 Hz are served.
    assert 20.0 < float(health.values("inference")["dropped_rate_hz"]) < 28.0


def put_into_decode(monkeypatch):
    def choose(backend):
        decoders = choose_decoders(backend)
        return replace(decoders, rgb=slowed(decoders.rgb, SLEEP_S))

    monkeypatch.setattr(localizer_node, "choose_decoders", choose)


def put_into_preprocess(monkeypatch):
    monkeypatch.setattr(Preprocessor, "__call__", slowed(Preprocessor.__call__, SLEEP_S))


def put_into_inference(monkeypatch):
    monkeypatch.setattr(VMLoc, "experts", slowed(VMLoc.experts, SLEEP_S))


def put_into_publish(monkeypatch):
    monkeypatch.setattr(PosePublishers, "publish", slowed(PosePublishers.publish, SLEEP_S))


@pytest.mark.parametrize(
    ("stage", "put"),
    [
        ("decode", put_into_decode),
        ("preprocess", put_into_preprocess),
        ("inference", put_into_inference),
        ("publish", put_into_publish),
    ],
    ids=["decode", "preprocess", "inference", "publish"],
)
def test_time_lost_in_a_stage_shows_there(
    peer, health, make_active_node, wait, monkeypatch, stage, put
):
    put(monkeypatch)
    make_active_node()
    latencies = []
    peer.node.create_subscription(DiagnosticStatus, "vmloc/debug/latency", latencies.append, 10)
    wait(peer.is_matched)
    for number in range(5):
        sent = peer.send_now(number)
        wait(lambda sent=sent: sent in peer.stamps_ns())
    health.forget()
    wait(lambda: f"{stage}_mean_ms" in health.values("inference"))
    values = health.values("inference")
    means = {
        name: float(values[f"{name}_mean_ms"])
        for name in ("decode", "preprocess", "inference", "publish")
    }
    quick = [mean for name, mean in means.items() if name not in (stage, "inference")]
    assert means[stage] >= SLEEP_MS > max(quick)
    wait(lambda: latencies)
    assert f"{stage}_mean_ms" in {pair.key for pair in latencies[-1].values}


def test_images_of_two_seconds_ago_are_a_skew_of_the_clocks(
    peer, health, make_active_node, wait, repeat
):
    make_active_node()
    wait(peer.is_matched)
    with repeat(lambda: peer.send_at(time.time_ns() - 2 * 10**9), 10.0):
        wait(lambda: "clock_skew" in health.causes("sync"))
        assert health.level("sync") == 1
        assert 2.0 <= float(health.values("sync")["image_age_s"]) < 4.0
        assert peer.set_parameter("clock_skew_s", 10.0).successful
        wait(lambda: health.level("sync") == 0)
