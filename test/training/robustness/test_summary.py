"""A study as the terminal shows it."""

import io
import re
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from training.robustness.outcome import Outcome
from training.robustness.study import Study
from training.robustness.summary import condition_table, validity_table

Build = Callable[..., Study]


def text_of(table: Table, width: int = 120) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def test_each_condition_has_a_row(study_of: Build, outcome_of: Callable[..., Outcome]) -> None:
    masked = {
        0: outcome_of(2.0, 30.0, dropped=("depth",)),
        1: outcome_of(4.0, 30.0, rejection="novel"),
    }
    text = text_of(condition_table(study_of("[red]kitchen", {"rgb masked": masked})))
    assert "Robustness of VMLoc on [red]kitchen, split test" in text
    assert re.search(
        r"rgb masked +│ +50% +│ +50% +│ +2\.000 m 30\.00° +│ +3\.000 m 30\.00° +│ +3\.00 3\.00 +│",
        text,
    )
    assert re.search(r"clean +│ +100% +│ +0% +│ .* 1\.00 1\.00 +│ +0\.67 1\.00", text)


def test_what_does_not_exist_is_a_dash(study_of: Build, outcome_of: Callable[..., Outcome]) -> None:
    nothing = {0: outcome_of(rejection="novel")}
    text = text_of(condition_table(study_of(outcomes={"rgb masked": nothing})))
    assert re.search(r"rgb masked +│ +0% +│ +0% +│ +– – +│", text)


def test_names_of_conditions_stay_whole_in_a_narrow_terminal(study_of: Build) -> None:
    assert "rgb masked + depth missing" in text_of(condition_table(study_of()), width=80)


def test_intruders_stand_beside_the_share_that_is_kept(study_of: Build) -> None:
    text = text_of(validity_table(study_of()))
    caption = " ".join(text.split())
    assert re.search(r"foreign +│ +1 +│ +100\.0% +│ +1\.000 +│ +1\.000 +│ +0\.000", text)
    assert "clean frames kept: 100.0%; familiar images: rgb 100.0%, depth 100.0%" in caption
