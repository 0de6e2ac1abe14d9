"""Criteria files and the verdicts on them."""

from pathlib import Path

import numpy as np
import pytest

from training.consistency import Consistency
from training.criteria import TIMED, Criteria, Verdict, judge, read_criteria
from training.frame_errors import FrameErrors
from training.metrics import Metrics
from training.tally import Tally
from training.timing import Timing
from vmloc_ros.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config" / "criteria.yaml"


def measured(answered: bool = True) -> Metrics:
    """Four frames, three of them with a pose, or none."""
    distance = [0.04, 0.08, 0.2, np.nan] if answered else [np.nan] * 4
    errors = FrameErrors(np.array(distance), np.array(distance) * 10.0)
    degraded = 1.0 / 3.0 if answered else float("nan")
    return Metrics.measure(
        errors,
        {},
        tally=Tally(used={}, degraded=degraded, rejected={}, failed=0),
        calibration=Consistency.of(np.ones((2, 6)), np.stack([np.eye(6)] * 2)),
    )


TIMING = Timing(latency_median_ms=20.0, latency_p95_ms=30.0, frames_per_second=25.0)


def verdict(metrics: Metrics | None = None, timing: Timing | None = TIMING, **limit: float) -> str:
    """Return the verdict on a single criterion as value and PASS or FAIL."""
    (found,) = judge(Criteria.model_validate(limit), metrics or measured(), timing)
    return f"{found.value} {'PASS' if found.passed else 'FAIL'}"


def test_an_upper_limit_is_met_up_to_the_limit() -> None:
    assert verdict(max_median_translation_m=0.08) == "0.08 PASS"
    assert verdict(max_median_translation_m=0.079) == "0.08 FAIL"
    assert verdict(max_latency_p95_ms=30.0) == "30.0 PASS"


def test_a_lower_limit_is_met_from_the_limit_on() -> None:
    assert verdict(min_availability=0.75) == "0.75 PASS"
    assert verdict(min_availability=0.76) == "0.75 FAIL"
    assert verdict(min_frames=5) == "4 FAIL"
    assert verdict(min_frames_per_second=26.0) == "25.0 FAIL"


def test_what_was_not_measured_fails() -> None:
    assert verdict(measured(answered=False), max_median_translation_m=9.0) == "None FAIL"
    assert verdict(measured(answered=False), max_degraded=1.0) == "None FAIL"
    assert verdict(timing=None, max_latency_p95_ms=1e6) == "None FAIL"


def test_every_criterion_is_about_something_that_is_measured() -> None:
    everything = Criteria.model_validate(dict.fromkeys(Criteria.model_fields, 1))
    verdicts = judge(everything, measured(), TIMING)
    assert [one.name for one in verdicts] == list(Criteria.model_fields)
    assert [one.name for one in verdicts if one.value is None] == []
    timed = {one.name.partition("_")[2] for one in verdicts if one.timed}
    assert timed == set(TIMED)


def test_a_verdict_knows_the_side_of_its_limit() -> None:
    assert Verdict("min_availability", 0.5, 0.6).at_least
    assert not Verdict("max_degraded", 0.5, 0.6).at_least


def test_the_example_can_be_read_and_every_line_of_it_too(tmp_path: Path) -> None:
    assert read_criteria(EXAMPLE).min_availability == 0.95
    lines = EXAMPLE.read_text().splitlines()
    uncommented = [line.removeprefix("# ") if ": " in line else line for line in lines]
    settings = [line for line in uncommented if line.startswith(("min_", "max_"))]
    (tmp_path / "all.yaml").write_text("\n".join(settings))
    given = read_criteria(tmp_path / "all.yaml").model_dump(exclude_none=True)
    assert len(given) == len(settings) == 17


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_median_translation: 1", "unknown key .*did you mean 'max_median_translation_m'"),
        ("min_availability: 95", "min_availability: .*less than or equal to 1 .*95"),
        ("max_p95_rotation_deg: -1", "max_p95_rotation_deg: .*greater than or equal to 0"),
        ("max_p95_rotation_deg: much", r"max_p95_rotation_deg: .*valid number.*'much'"),
        ("", "no criterion is set; there are min_frames, min_availability"),
        (
            "min_coverage_1_sigma: 0.8\nmax_coverage_1_sigma: 0.7",
            "min_coverage_1_sigma must not be above max_coverage_1_sigma",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "criteria.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=rf"criteria\.yaml: {message}"):
        read_criteria(path)
