import json
from collections.abc import Callable

import pytest

from training.robustness.catalogue import conditions_of
from training.robustness.condition_result import ConditionResult
from training.robustness.outcome import Outcome

Make = Callable[..., Outcome]
MASKED = conditions_of(("rgb", "depth"))[1]


def test_valid_estimates_and_all_of_them_are_told_apart(outcome_of: Make) -> None:
    clean = {frame: outcome_of(1.0) for frame in range(4)}
    outcomes = {
        0: outcome_of(2.0),
        1: outcome_of(8.0, rejection="novel"),
        2: outcome_of(8.0, rejection="outside_map"),
        3: Outcome(),
    }
    result = ConditionResult.of(MASKED, outcomes, clean, ("rgb", "depth"))
    assert (result.frames, result.availability) == (4, 0.25)
    assert result.rejected == {"novel": 1, "outside_map": 1, "failed": 1}
    assert (result.valid.estimates, result.every.estimates) == (1, 3)
    assert (result.valid.median_translation_m, result.every.median_translation_m) == (2.0, 8.0)
    assert (result.valid.translation_ratio, result.every.translation_ratio) == (2.0, 8.0)


def test_dropped_sensors_are_counted_once_a_frame_and_by_name(outcome_of: Make) -> None:
    outcomes = {
        0: outcome_of(dropped=("rgb",)),
        1: outcome_of(dropped=("rgb", "depth")),
        2: outcome_of(),
        3: outcome_of(),
    }
    result = ConditionResult.of(MASKED, outcomes, {}, ("rgb", "depth", "lidar"))
    assert result.dropped_share == 0.5
    assert result.dropped == {"rgb": 0.5, "depth": 0.25, "lidar": 0.0}


def test_numbers_that_do_not_exist_are_null_in_json(outcome_of: Make) -> None:
    outcomes = {0: outcome_of(rejection="novel")}
    result = ConditionResult.of(MASKED, outcomes, outcomes, ("rgb",))
    values = json.loads(json.dumps(result.to_json_dict(), allow_nan=False))
    assert values["valid_estimates"]["median_translation_m"] is None
    assert values["valid_estimates"]["estimates"] == 0
    assert values["all_estimates"]["median_translation_m"] == pytest.approx(1.0)
