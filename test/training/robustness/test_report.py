import base64
import re
from collections.abc import Callable

from training.robustness.outcome import Outcome
from training.robustness.report import figure_png, report_html
from training.robustness.study import Study

Build = Callable[..., Study]


def test_the_page_holds_its_figure_and_needs_nothing_from_outside(study_of: Build) -> None:
    html = report_html(study_of(), b"a picture")
    assert base64.b64encode(b"a picture").decode() in html
    assert not re.search(r"(?:https?:)?//|@import|url\(|<script|<link", html)


def test_the_figure_is_a_png(study_of: Build) -> None:
    assert figure_png(study_of()).startswith(b"\x89PNG")


def test_names_from_outside_are_text_in_the_page(study_of: Build) -> None:
    html = report_html(study_of("<b>kitchen</b>"), b"")
    assert "<b>kitchen</b>" not in html
    assert "&lt;b&gt;kitchen&lt;/b&gt;" in html


def test_rejections_and_dropped_sensors_are_named(
    study_of: Build, outcome_of: Callable[..., Outcome]
) -> None:
    masked = {0: outcome_of(dropped=("depth",)), 1: outcome_of(rejection="outside_map")}
    html = report_html(study_of(outcomes={"rgb masked": masked}), b"")
    assert "<td>depth 50%</td><td>outside_map 1</td>" in html


def test_the_page_says_how_to_do_it_again(study_of: Build) -> None:
    html = report_html(study_of(), b"")
    assert "vmloc robustness bundle kitchen" in html
    assert "one of 2" in html and "office" in html
