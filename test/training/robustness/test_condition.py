"""A condition on a frame that has or lacks what it corrupts."""

from collections.abc import Sequence

import numpy as np
import pytest

from training.robustness.catalogue import conditions_of
from training.robustness.condition import Condition
from vmloc_ros.frame import Frame

RGB = np.full((48, 64, 3), 9, np.uint8)
DEPTH = np.full((48, 64), 900, np.uint16)


def condition(name: str, modalities: Sequence[str] = ("rgb", "depth")) -> Condition:
    (found,) = (one for one in conditions_of(modalities) if one.name == name)
    return found


def frame(rgb: bool = True, depth: bool = True) -> Frame:
    return Frame(1, "camera", rgb=RGB if rgb else None, depth_mm=DEPTH if depth else None)


def test_clean_frames_are_themselves() -> None:
    seen = frame()
    assert condition("clean").of([seen], 0) is seen


def test_corruptions_come_one_after_the_other() -> None:
    damaged = condition("rgb masked + depth missing").of([frame()], 0)
    assert damaged.depth_mm is None
    assert np.sum(damaged.rgb[..., 0] == 0) == 13 * 13


@pytest.mark.parametrize(
    "name",
    ["depth masked", "depth missing", "rgb missing", "depth 20 % holes", "depth 1 frame late"],
)
def test_a_condition_that_needs_an_absent_sensor_or_leaves_none_does_not_apply(name: str) -> None:
    assert condition(name).of([frame(depth=False)] * 2, 0) is None


def test_a_frame_with_one_sensor_can_be_masked_and_black() -> None:
    alone = frame(depth=False)
    assert condition("rgb masked").of([alone], 0) is not None
    assert not condition("black").of([alone], 0).rgb.any()


def test_a_sensor_that_the_model_does_not_use_is_nothing_left() -> None:
    seen = Frame(1, "camera", rgb=RGB, points=np.zeros((3, 4), np.float32))
    assert condition("rgb missing").of([seen], 0) is None


def test_a_condition_says_what_it_does() -> None:
    assert condition("depth 5 frames late").to_json_dict() == {
        "family": "time offset",
        "corruptions": [{"kind": "Delay", "modality": "depth", "frames": 5}],
    }
