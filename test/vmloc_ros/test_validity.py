"""Limits, and what is never let through."""

import math

import pytest

from vmloc_ros.config import NodeConfig
from vmloc_ros.validity import (
    ValidityLimits,
    familiar,
    reject_disagreement,
    reject_novel,
    reject_outside,
)

SMALLEST, LARGEST = (0.0, -1.0, 0.5), (10.0, 1.0, 1.5)


def test_limits_are_the_node_s_unless_others_are_given() -> None:
    assert ValidityLimits() == ValidityLimits.of(NodeConfig(bundle="b"))
    chosen = NodeConfig(bundle="b", novelty_limit=2.5, map_margin_m=0.25)
    assert ValidityLimits.of(chosen) == ValidityLimits(novelty=2.5, map_margin_m=0.25)


def test_a_modality_is_trusted_up_to_the_limit() -> None:
    novelty = {"rgb": 1.0, "depth": 1.0001}
    assert familiar(novelty, 1.0) == ("rgb",)
    assert familiar(novelty, 2.0) == ("rgb", "depth")
    assert familiar(novelty, 0.5) == ()


def test_a_limit_of_zero_lets_any_image_pass() -> None:
    assert familiar({"rgb": 1e9, "depth": math.inf}, 0.0) == ("rgb", "depth")


@pytest.mark.parametrize("novelty", [math.nan, math.inf])
def test_an_image_without_a_distance_is_not_trusted(novelty: float) -> None:
    assert familiar({"rgb": novelty}, 100.0) == ()


def test_an_estimate_is_novel_only_if_no_sensor_sees_the_place() -> None:
    novelty = {"rgb": 3.456, "depth": 1.2}
    assert reject_novel(novelty, ("depth",), 1.5) is None
    rejection = reject_novel(novelty, (), 1.0)
    assert rejection is not None
    assert rejection.reason == "novel"
    assert rejection.detail == "unlike every training image: rgb 3.46, depth 1.20 (limit 1)"


def test_experts_may_disagree_up_to_the_limit() -> None:
    assert reject_disagreement(4.0, 4.0) is None
    rejection = reject_disagreement(4.26, 4.0)
    assert rejection is not None
    assert rejection.reason == "disagreement"
    assert rejection.detail == "the sensors' poses are 4.3 σ apart (limit 4.0)"


def test_one_expert_has_nobody_to_disagree_with() -> None:
    assert reject_disagreement(99.0, None) is None


@pytest.mark.parametrize("disagreement", [math.nan, math.inf])
def test_a_disagreement_that_is_no_number_is_rejected(disagreement: float) -> None:
    assert reject_disagreement(disagreement, 4.0) is not None


@pytest.mark.parametrize(
    "position",
    [(5.0, 0.0, 1.0), SMALLEST, LARGEST, (-0.5, 0.0, 1.0), (10.5, 1.5, 2.0), (5.0, -1.5, 0.0)],
)
def test_a_position_within_the_margin_of_the_box_passes(
    position: tuple[float, float, float],
) -> None:
    assert reject_outside(position, SMALLEST, LARGEST, 0.5) is None


@pytest.mark.parametrize(
    ("position", "outside"),
    [
        ((-0.75, 0.0, 1.0), "0.75"),
        ((11.0, 0.0, 1.0), "1.00"),
        ((10.25, -3.0, 1.0), "2.00"),
        ((5.0, 0.0, 3.25), "1.75"),
    ],
)
def test_a_position_outside_tells_how_far_on_the_worst_axis(
    position: tuple[float, float, float], outside: str
) -> None:
    rejection = reject_outside(position, SMALLEST, LARGEST, 0.5)
    assert rejection is not None
    assert rejection.reason == "outside_map"
    assert f"m is {outside} m outside the training positions" in rejection.detail
    assert "(map_margin_m 0.5)" in rejection.detail


def test_without_a_margin_the_box_itself_is_the_limit() -> None:
    assert reject_outside((10.0, 0.0, 1.0), SMALLEST, LARGEST, 0.0) is None
    assert reject_outside((10.001, 0.0, 1.0), SMALLEST, LARGEST, 0.0) is not None


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_position_that_is_not_finite_is_outside_of_any_margin(number: float, axis: int) -> None:
    position = [5.0, 0.0, 1.0]
    position[axis] = number
    assert reject_outside(position, SMALLEST, LARGEST, 1e9) is not None


def test_a_box_or_a_margin_that_is_no_number_rejects() -> None:
    assert reject_outside((5.0, 0.0, 1.0), (math.nan, -1.0, 0.5), LARGEST, 1.0) is not None
    assert reject_outside((5.0, 0.0, 1.0), SMALLEST, LARGEST, math.nan) is not None
