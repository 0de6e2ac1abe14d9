import pytest

from training.holdout import choose_holdout
from vmloc_ros.config import HoldoutConfig
from vmloc_ros.errors import RecordingError

CONFIG = HoldoutConfig(fraction=0.2, block_frames=4, guard_frames=1)


def test_every_fifth_block_is_held_out_with_a_guard_on_both_sides() -> None:
    chosen = choose_holdout(["a"] * 20, CONFIG)
    assert chosen.held_out == (8, 9, 10, 11)
    assert chosen.train == (*range(7), *range(13, 20))


def test_guards_end_with_the_sequence() -> None:
    chosen = choose_holdout(["a"] * 8 + ["b"] * 4 + ["c"] * 8, CONFIG)
    assert chosen.held_out == (8, 9, 10, 11)
    assert chosen.train == (*range(8), *range(12, 20))


def test_too_few_frames_are_refused() -> None:
    with pytest.raises(RecordingError, match="3 training frames are too few"):
        choose_holdout(["a"] * 3, CONFIG)
