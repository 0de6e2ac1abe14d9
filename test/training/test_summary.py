"""An evaluation as the terminal shows it."""

import io
import re
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from training.evaluation import Evaluation
from training.summary import summary_table, verdict_table
from training.tally import Tally
from training.timing import Timing

Build = Callable[..., Evaluation]


def text_of(table: Table) -> str:
    console = Console(width=110, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def test_errors_stand_beside_the_baselines(evaluation: Build) -> None:
    text = text_of(summary_table(evaluation(name="[red]kitchen", answered=9)))
    assert "VMLoc on [red]kitchen, split test" in text
    assert re.search(r"median position error +│ +0\.250 m │ +1\.0\d\d m │ +1\.0\d\d m", text)
    assert "9 of 12 frames have a pose (75.0%)" in text
    assert "rejected" not in text


def test_the_reasons_of_missing_poses_are_named(evaluation: Build) -> None:
    rejected = {"outside_map": 1, "novel": 4}
    tally = Tally(used={"rgb": 3, "rgb+depth": 3}, degraded=0.5, rejected=rejected, failed=1)
    timing = Timing.of([7.0])
    text = " ".join(text_of(summary_table(evaluation(6, tally=tally, timing=timing))).split())
    assert (
        "6 of 12 frames have a pose (50.0%); 50.0% of them lack a sensor; rejected: novel 4, "
        "outside_map 1; 1 cannot be localised; latency 7.0 ms median" in text
    )


def test_without_poses_there_are_dashes_and_the_reason(evaluation: Build) -> None:
    tally = Tally(used={}, degraded=float("nan"), rejected={"novel": 12}, failed=0)
    text = text_of(summary_table(evaluation(answered=0, tally=tally)))
    assert re.search(r"median position error +│ +– │", text)
    assert "0 of 12 frames have a pose (0.0%); rejected: novel 12" in text


def test_each_criterion_has_its_verdict(evaluation: Build) -> None:
    criteria = {"min_availability": 1.0, "max_p95_rotation_deg": 5.0, "max_latency_p95_ms": 5.0}
    found = evaluation(criteria=criteria)
    text = text_of(verdict_table(found))
    assert re.search(r"min_availability +│ +≥ 1 │ +1 │ +PASS", text)
    assert re.search(r"max_p95_rotation_deg +│ +≤ 5 │ +0 │ +PASS", text)
    assert re.search(r"max_latency_p95_ms +│ +≤ 5 │ +– │ +FAIL", text)
    assert "FAIL: 2 of 3 criteria are met" in text
    assert not found.passed


def test_criteria_that_are_all_met_are_a_pass(evaluation: Build) -> None:
    found = evaluation(criteria={"min_availability": 1.0})
    assert found.passed
    assert "PASS: 1 of 1 criteria are met" in text_of(verdict_table(found))
