import math
from collections.abc import Callable

import pytest

from training.robustness.outcome import Outcome
from training.robustness.separation import Separation, auroc

Make = Callable[..., Outcome]


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    # Five of the six pairs are in order; (3, 2) is not.
    assert auroc([1.0, 3.0, 0.0], [2.0, 4.0]) == pytest.approx(5 / 6)


def test_a_tie_counts_half() -> None:
    assert auroc([1.0, 2.0], [2.0]) == pytest.approx(0.75)
    assert auroc([1.0], [1.0]) == 0.5


def test_separate_scores_have_an_area_of_one_and_reversed_ones_of_none() -> None:
    assert auroc([0.1, 0.2], [0.3, math.inf]) == 1.0
    assert auroc([0.3, 0.4], [0.1, 0.2]) == 0.0


def novel(make: Make, rgb: float, depth: float, rejection: str | None) -> Outcome:
    return make(novelty={"rgb": rgb, "depth": depth}, rejection=rejection)


def test_each_sensor_is_judged_alone_and_a_frame_by_its_most_familiar_one(outcome_of: Make) -> None:
    clean = [novel(outcome_of, 0.5, 0.5, None), novel(outcome_of, 0.6, 0.9, None)]
    foreign = [novel(outcome_of, 3.0, 0.7, None), novel(outcome_of, 4.0, 0.55, "disagreement")]
    found = Separation.of(clean, foreign, ("rgb", "depth"))
    # Depth: 0.7 and 0.55 above 0.5, below 0.9. Frames: 0.7 above both, 0.55 above one of 0.5, 0.6.
    assert found.auroc == {"rgb": 1.0, "depth": 0.5}
    assert found.auroc_validity == 0.75
    assert (found.frames, found.refused) == (2, 0.5)


def test_a_sensor_that_one_side_lacks_is_left_out(outcome_of: Make) -> None:
    found = Separation.of(
        [outcome_of()], [outcome_of(novelty={"rgb": 2.0})], ("rgb", "depth", "lidar")
    )
    assert found.auroc == {"rgb": 1.0}


def test_frames_without_an_answer_say_nothing(outcome_of: Make) -> None:
    assert Separation.of([outcome_of()], [Outcome()], ("rgb",)) is None
    assert Separation.of([Outcome()], [outcome_of()], ("rgb",)) is None
