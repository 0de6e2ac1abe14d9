"""What all corruptions have in common."""

from dataclasses import replace

import numpy as np
import pytest

from training.corruptions.blackout import Blackout
from training.corruptions.blur import Blur
from training.corruptions.colour_noise import ColourNoise
from training.corruptions.corruption import Corruption, pixels, random_of
from training.corruptions.darkness import Darkness
from training.corruptions.depth_holes import DepthHoles
from training.corruptions.depth_noise import DepthNoise
from training.corruptions.dropout import Dropout
from training.corruptions.missing import Missing
from training.corruptions.rain import Rain
from training.corruptions.sector_mask import SectorMask
from training.corruptions.square_mask import SquareMask
from training.corruptions.white_noise import WhiteNoise
from vmloc_ros.frame import Frame

EVERY = ("rgb", "depth", "lidar")
RANDOM = [
    SquareMask("rgb"), SquareMask("depth"), SectorMask(360.0), ColourNoise(10.0), DepthNoise(2.0),
    DepthHoles(0.2), Dropout(0.2), Rain(0.3), WhiteNoise(EVERY),
]  # fmt: skip
ALL = [*RANDOM, Missing("rgb"), Blur(2.0), Darkness(0.1), Blackout(EVERY)]


def arrays(frame: Frame) -> list[bytes]:
    data = (frame.rgb, frame.depth_mm, frame.points)
    return [b"none" if one is None else one.tobytes() for one in data]


@pytest.mark.parametrize("corruption", ALL, ids=str)
def test_the_frame_itself_stays_as_it_is(corruption: Corruption, full_frame: Frame) -> None:
    before = arrays(full_frame)
    changed = corruption(full_frame, 0)
    assert arrays(full_frame) == before
    assert (changed.stamp_ns, changed.camera_frame) == (10**18, "camera_optical_frame")


@pytest.mark.parametrize("corruption", RANDOM, ids=str)
def test_the_same_seed_and_stamp_do_the_same_damage_and_no_others(
    corruption: Corruption, full_frame: Frame
) -> None:
    damage = arrays(corruption(full_frame, 3))
    assert arrays(corruption(full_frame, 3)) == damage
    assert arrays(corruption(full_frame, 4)) != damage
    assert arrays(corruption(replace(full_frame, stamp_ns=5), 3)) != damage


def test_each_kind_of_damage_has_random_numbers_of_its_own(full_frame: Frame) -> None:
    one, other = (random_of(full_frame, 0, what).random(4) for what in ("rgb mask", "depth mask"))
    assert not np.array_equal(one, other)


def test_a_stamp_before_the_epoch_has_random_numbers_too(full_frame: Frame) -> None:
    random_of(replace(full_frame, stamp_ns=-1), 0, "mask").random()


def test_lengths_follow_the_width_of_the_image() -> None:
    assert (pixels(6.0, 640), pixels(6.0, 1280), pixels(6.0, 64)) == (6.0, 12.0, 0.6)
