"""Times of a run."""

import pytest

from training.timing import Timing


def test_times_are_summarised() -> None:
    timing = Timing.of([1.0, 2.0, 5.0], run_s=0.5)
    assert timing.latency_median_ms == 2.0
    assert timing.latency_p95_ms == pytest.approx(4.7)  # 0.95 · 2 = 1.9 between 2 and 5
    assert timing.frames_per_second == 6.0


def test_the_rate_is_unknown_where_the_run_was_not_timed() -> None:
    assert Timing.of([1.0]).frames_per_second is None
