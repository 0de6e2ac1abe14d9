import math
from collections.abc import Callable

import pytest

from training.robustness.outcome import Outcome
from training.robustness.pooled_errors import PooledErrors

Make = Callable[..., Outcome]


def test_medians_means_and_coverage_are_over_the_estimates(outcome_of: Make) -> None:
    outcomes = {
        0: outcome_of(1.0, 10.0, within_1_sigma=6),
        1: outcome_of(2.0, 20.0, within_1_sigma=3),
        5: outcome_of(6.0, 90.0, within_1_sigma=0, within_2_sigma=3),
    }
    pooled = PooledErrors.of(outcomes, {})
    assert pooled.estimates == 3
    assert (pooled.median_translation_m, pooled.mean_translation_m) == (2.0, 3.0)
    assert (pooled.median_rotation_deg, pooled.mean_rotation_deg) == (20.0, 40.0)
    assert pooled.coverage_1_sigma == pytest.approx(9 / 18)
    assert pooled.coverage_2_sigma == pytest.approx(15 / 18)


def test_the_ratio_compares_the_same_frames(outcome_of: Make) -> None:
    clean = {0: outcome_of(1.0, 5.0), 1: outcome_of(2.0, 5.0), 2: outcome_of(100.0, 180.0)}
    damaged = {0: outcome_of(3.0, 10.0), 1: outcome_of(6.0, 10.0), 9: outcome_of(100.0, 180.0)}
    pooled = PooledErrors.of(damaged, clean)
    assert pooled.translation_ratio == pytest.approx(4.5 / 1.5)
    assert pooled.rotation_ratio == pytest.approx(2.0)
    assert pooled.median_translation_m == 6.0  # of all three


def test_without_frames_in_common_there_is_no_ratio(outcome_of: Make) -> None:
    assert math.isnan(PooledErrors.of({0: outcome_of()}, {1: outcome_of()}).translation_ratio)


def test_a_clean_error_of_nothing_gives_no_ratio(outcome_of: Make) -> None:
    pooled = PooledErrors.of({0: outcome_of()}, {0: outcome_of(0.0, 5.0)})
    assert math.isnan(pooled.translation_ratio)
    assert pooled.rotation_ratio == pytest.approx(2.0)


def test_no_estimates_have_no_errors() -> None:
    pooled = PooledErrors.of({}, {})
    assert pooled.estimates == 0
    assert math.isnan(pooled.median_translation_m) and math.isnan(pooled.coverage_1_sigma)
