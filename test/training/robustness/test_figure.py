import math
from collections.abc import Callable

import matplotlib

from training.robustness.figure import robustness_figure
from training.robustness.outcome import Outcome
from training.robustness.study import Study

Build = Callable[..., Study]


def test_each_condition_has_a_row_and_the_first_is_at_the_top(study_of: Build) -> None:
    study = study_of()
    position, rotation, availability = robustness_figure(study).axes
    labels = [label.get_text() for label in position.get_yticklabels()]
    assert labels == [one.condition.name for one in study.results]
    assert position.yaxis_inverted()
    assert [axes.get_title(loc="left") for axes in (position, rotation, availability)] == [
        "Median position error (m)", "Median rotation error (°)", "Frames with a valid estimate",
    ]  # fmt: skip


def test_valid_and_all_estimates_are_drawn_apart(
    study_of: Build, outcome_of: Callable[..., Outcome]
) -> None:
    masked = {0: outcome_of(2.0), 1: outcome_of(8.0, rejection="novel")}
    lost = {0: outcome_of(5.0, rejection="novel")}
    study = study_of(outcomes={"rgb masked": masked, "rgb missing": lost})
    lines = {line.get_label(): line for line in robustness_figure(study).axes[0].lines}
    assert list(lines["all estimates"].get_xdata())[1:3] == [5.0, 5.0]
    one, none = list(lines["valid estimates"].get_xdata())[1:3]
    assert one == 2.0 and math.isnan(none)


def test_the_figure_grows_with_the_conditions_and_leaves_no_state(study_of: Build) -> None:
    size = matplotlib.rcParams["font.size"]
    empty = {name: {} for name in ("rgb masked", "rgb missing", "depth masked")}
    assert (
        robustness_figure(study_of(outcomes=empty)).get_figheight()
        < robustness_figure(study_of()).get_figheight()
    )
    assert matplotlib.rcParams["font.size"] == size
