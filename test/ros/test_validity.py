"""What the node cannot know it does not publish, and says why."""

from itertools import count

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from tiny_images import HEIGHT, WIDTH, depth_pixels, rgb_pixels

from vmloc_ros.calibration import Agreement

KNOWN = 8
"""Seeds of the images that the model was trained on."""
STRANGE = 100
"""Seed of an image that it never saw."""
FIRST_NS, PERIOD_NS = 1_700_000_000 * 10**9, 10**8
BLACK = {"rgb": np.zeros((HEIGHT, WIDTH, 3), np.uint8), "depth": np.zeros((HEIGHT, WIDTH), "u2")}
NOISE = {"rgb": rgb_pixels(STRANGE), "depth": depth_pixels(STRANGE)}
GOOD = {"rgb": rgb_pixels(3), "depth": depth_pixels(3)}


@pytest.fixture(scope="module")
def choosy_bundle(make_bundle, frame_of):
    """A bundle to which all images but a few are novel."""
    return make_bundle(known=[frame_of(number) for number in range(KNOWN)])


@pytest.fixture
def show(peer, wait):
    """Send a pair and wait until the node has dealt with it: show(node, **images)."""
    numbers = count()

    def send(node, **images):
        dealt = outcomes(node)
        stamp_ns = peer.send_pixels(FIRST_NS + next(numbers) * PERIOD_NS, **images)
        wait(lambda: outcomes(node) == dealt + 1)
        return stamp_ns

    return send


def outcomes(node):
    known = node.snapshot().localization
    return known.published + sum(known.rejected.values())


def test_images_unlike_the_training_images_get_no_pose_and_good_ones_get_theirs_again(
    peer, health, make_active_node, show, wait, choosy_bundle
):
    node = make_active_node(bundle=choosy_bundle)
    wait(peer.is_matched)
    good = [show(node, **GOOD)]
    for images in (BLACK, NOISE, BLACK, NOISE):
        show(node, **images)
    wait(lambda: health.values("localization").get("rejected.novel") == "4")
    assert "novel" in health.causes("localization")
    values = health.values("localization")
    assert values["consecutive_rejected"] == "4"
    assert values["last_rejection"].startswith("novel: unlike every training image: rgb ")
    assert float(values["novelty.rgb"]) > 1.0 and float(values["novelty.depth"]) > 1.0

    good.append(show(node, **GOOD))
    wait(lambda: peer.stamps_ns() == good)
    wait(lambda: health.values("localization")["consecutive_rejected"] == "0")

    assert peer.set_parameter("novelty_limit", 0.0).successful  # any image will do from now on
    good.append(show(node, **BLACK))
    wait(lambda: peer.stamps_ns() == good)


def test_a_sensor_that_sees_nothing_known_is_left_out_and_the_other_goes_on(
    peer, health, make_active_node, show, wait, choosy_bundle
):
    node = make_active_node(bundle=choosy_bundle)
    wait(peer.is_matched)
    sent = show(node, rgb=GOOD["rgb"], depth=BLACK["depth"])
    wait(lambda: peer.stamps_ns() == [sent])
    wait(lambda: "degraded" in health.causes("localization"))
    assert "depth (unlike the training images)" in health.said("localization")
    assert health.values("localization")["fusion_mode"] == "rgb"


def test_where_all_sensors_are_needed_one_that_sees_nothing_known_costs_the_pose(
    peer, make_active_node, show, wait, choosy_bundle
):
    node = make_active_node(bundle=choosy_bundle, on_missing_modality="stop")
    wait(peer.is_matched)
    show(node, rgb=GOOD["rgb"], depth=BLACK["depth"])
    sent = show(node, **GOOD)
    wait(lambda: peer.stamps_ns() == [sent])
    assert node.snapshot().localization.rejected == {"novel": 1}


def test_sensors_that_name_different_places_give_no_pose(
    peer, health, make_active_node, show, wait, make_bundle
):
    agreement = {"rgb+depth": Agreement(median=1e-9, limit=1e-8)}
    node = make_active_node(bundle=make_bundle(calibration={"agreement": agreement}))
    wait(peer.is_matched)
    for _ in range(3):
        show(node, **GOOD)
    wait(lambda: "disagreement" in health.causes("localization"))
    assert "σ apart" in health.values("localization")["last_rejection"]
    assert peer.poses == peer.covariances == []


def test_a_pose_outside_the_map_is_refused_until_the_margin_is_widened(
    peer, health, make_active_node, show, wait, make_bundle
):
    elsewhere = {"position_min_m": (100.0,) * 3, "position_max_m": (101.0,) * 3}
    node = make_active_node(bundle=make_bundle(**elsewhere))
    wait(peer.is_matched)
    for _ in range(3):
        show(node, **GOOD)
    wait(lambda: "outside_map" in health.causes("localization"))
    assert peer.poses == peer.covariances == []

    assert peer.set_parameter("map_margin_m", 200.0).successful
    sent = show(node, **GOOD)
    wait(lambda: peer.stamps_ns() == [sent])
