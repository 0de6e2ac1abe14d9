import math

import numpy as np
import pytest

from training.robustness.outcome import Outcome
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.validity import Rejection

TRUTH = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


def estimate(**changes: object) -> PoseEstimate:
    """0.3, 0.4 and 0 m off and turned by 0.1 rad about z; σ 0.2 m and 0.2 rad."""
    fields = {
        "stamp_ns": 1,
        "T_map_camera": Pose(
            np.array([0.3, 0.4, 0.0]), np.array([0.0, 0.0, math.sin(0.05), math.cos(0.05)])
        ),
        "covariance": 0.04 * np.eye(6),
        "present": ("rgb",),
        "novelty": {"rgb": 0.5, "depth": 2.0},
    }
    return PoseEstimate(**(fields | changes))


def test_an_estimate_is_compared_with_the_truth() -> None:
    outcome = Outcome.of(estimate(), TRUTH)
    assert outcome.translation_m == pytest.approx(0.5)
    assert outcome.rotation_deg == pytest.approx(math.degrees(0.1))
    assert outcome.within_1_sigma == 4  # z and the three rotations
    assert outcome.within_2_sigma == 6  # 0.4 m is 2σ
    assert outcome.valid and outcome.answered


def test_a_rejected_estimate_has_errors_and_its_reason() -> None:
    outcome = Outcome.of(estimate(rejection=Rejection("novel", "detail")), TRUTH)
    assert (outcome.valid, outcome.answered, outcome.rejection) == (False, True, "novel")
    assert outcome.translation_m == pytest.approx(0.5)


def test_a_frame_without_an_estimate_has_failed() -> None:
    outcome = Outcome.of(None, TRUTH)
    assert (outcome.valid, outcome.answered, outcome.rejection) == (False, False, "failed")
    assert math.isnan(outcome.translation_m)


def test_a_frame_is_as_familiar_as_its_most_familiar_image() -> None:
    outcome = Outcome.of(estimate(dropped={"depth": "unlike the training images"}), TRUTH)
    assert outcome.least_score == 0.5
    assert outcome.dropped == ("depth",)


def test_a_novelty_that_is_no_number_is_beyond_every_limit() -> None:
    assert Outcome.of(estimate(novelty={"rgb": math.nan}), TRUTH).least_score == math.inf
