"""Figure and page of an evaluation of two short sequences."""

import base64
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest

from training.consistency import Consistency
from training.evaluation import Evaluation
from training.figure import trajectory_figure
from training.report import calibration_note, report_html, write_report
from training.tally import Tally
from training.timing import Timing

Build = Callable[..., Evaluation]
FRAMES = 12


class Page(HTMLParser):
    """Collects the tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def test_the_report_is_one_page_with_its_figure_inside(evaluation: Build, tmp_path: Path) -> None:
    write_report(tmp_path, evaluation())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "trajectory.png"]
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    sources = [attrs["src"] for _, attrs in page.tags if "src" in attrs]
    assert len(sources) == 1
    prefix, data = str(sources[0]).split(",")
    assert prefix == "data:image/png;base64"
    assert base64.b64decode(data) == (tmp_path / "trajectory.png").read_bytes()


def test_the_page_needs_nothing_from_outside(evaluation: Build) -> None:
    html = report_html(evaluation(), b"png")
    assert not re.search(r"(?:https?:)?//|@import|url\(", html)
    page = Page(html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe"})
    assert not any("href" in attrs for _, attrs in page.tags)


def test_names_from_outside_are_text_in_the_page(evaluation: Build) -> None:
    page = Page(report_html(evaluation(name='<script>alert("1")</script>&'), b"png"))
    assert "script" not in {tag for tag, _ in page.tags}
    assert 'VMLoc on <script>alert("1")</script>&, split test' in page.text


def test_the_page_says_what_was_evaluated_and_how(evaluation: Build) -> None:
    page = Page(report_html(evaluation(), b"png"))
    for fact in ("0123456789abcdef" * 4, "kitchen", "test", "9.8.7", "vmloc evaluate bundle kit"):
        assert fact in page.text


def test_errors_stand_beside_those_of_the_baselines(evaluation: Build) -> None:
    # Truth along x and z up to (1.1, 0, 0.55); all training positions are 1 m beside in y.
    text = Page(report_html(evaluation(), b"png")).text
    row = r"median position error\s+0\.250 m\s+1\.0\d\d m\s+1\.0\d\d m"
    assert re.search(row, text[text.index("beside the baselines") :])


def test_covariances_and_times_appear_where_there_are_any(evaluation: Build) -> None:
    bare = Page(report_html(evaluation(), b"png")).text
    for absent in ("NEES", "latency", "What became of the frames", "criteria"):
        assert absent not in bare
    covariances = [np.diag([0.5, 0.04, 0.5, 0.5, 0.5, 0.5])] * FRAMES  # σ_y = 0.2 m
    timing = Timing.of([7.0], run_s=0.25)
    text = Page(report_html(evaluation(covariances=covariances, timing=timing), b"png")).text
    # The error of 0.25 m in y lies between 1σ and 2σ: 0.25² / 0.04 = 1.5625.
    assert re.search(r"within 1σ\s+100%\s+0%\s+(100%\s+){4}83%", text)
    assert re.search(r"within 2σ\s+(100%\s+){7}", text)
    assert "mean of 1.56" in text
    assert "nothing to rank" in text
    assert "latency 7.0 ms median" in text
    assert "4.0 frames per second" in text


def test_a_page_says_how_well_sigma_ranks_the_errors() -> None:
    errors = np.diag([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])[:2]
    found = Consistency.of(errors, np.stack([np.eye(6), 4.0 * np.eye(6)]))
    assert "rank with their σ by 1.00 (Spearman)" in calibration_note(found)


def test_the_page_says_what_became_of_the_frames(evaluation: Build) -> None:
    tally = Tally(
        used={"depth": 2, "rgb+depth": 7}, degraded=2 / 9, rejected={"novel": 2}, failed=1
    )
    text = Page(report_html(evaluation(answered=9, tally=tally), b"png")).text
    rows = text[text.index("What became of the frames") :]
    assert re.search(r"pose from rgb\+depth\s+7\s+58\.3%\s+pose from depth\s+2\s+16\.7%", rows)
    assert re.search(r"rejected as novel: no sensor sees anything like .*\s+2\s+16\.7%", rows)
    assert re.search(r"cannot be localised\s+1\s+8\.3%", rows)


def test_the_page_begins_with_the_verdicts(evaluation: Build) -> None:
    criteria = {"min_availability": 0.5, "max_median_translation_m": 0.2}
    page = Page(report_html(evaluation(criteria=criteria), b"png"))
    before_the_errors = page.text[: page.text.index("Errors beside the baselines")]
    assert "FAIL: 1 of 2 criteria are met" in before_the_errors
    assert re.search(r"min_availability\s+≥ 0\.5\s+1\s+PASS", before_the_errors)
    assert re.search(r"max_median_translation_m\s+≤ 0\.2\s+0\.25\s+FAIL", before_the_errors)
    assert {attrs.get("class") for tag, attrs in page.tags if tag == "td"} >= {"pass", "fail"}


def test_the_figure_names_axes_units_and_sequences(evaluation: Build) -> None:
    figure = trajectory_figure(evaluation(answered=9))
    positions, *rest = figure.axes
    # The path lies in x and z: those are drawn, and said to be.
    assert (positions.get_xlabel(), positions.get_ylabel()) == ("x of map (m)", "z of map (m)")
    assert {axes.get_xlabel() for axes in rest} == {
        "position error (m)", "rotation error (°)", "time, pauses cut out (s)",
    }  # fmt: skip
    names = {text.get_text() for axes in rest for text in axes.texts}
    assert names == {"seq-01", "seq-02"}
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    assert labels == {
        "training poses", "ground truth", "VMLoc", "constant pose",
        "nearest training pose (oracle)", "no pose",
    }  # fmt: skip


def test_no_line_of_errors_crosses_from_one_sequence_to_the_next(evaluation: Build) -> None:
    along_time = trajectory_figure(evaluation()).axes[2]
    lines = [line for line in along_time.lines if line.get_linestyle() == "-"]
    assert [len(line.get_xdata()) for line in lines] == [6, 6]
    # 10 s lie between them; in the figure the second goes on after one frame's time.
    np.testing.assert_allclose(lines[1].get_xdata(), np.arange(6, 12) / 10.0)


def test_a_pause_within_a_sequence_is_cut_out_too(evaluation: Build) -> None:
    along_time = trajectory_figure(evaluation(sequences=("bag", "bag"))).axes[2]
    lines = [line for line in along_time.lines if line.get_linestyle() == "-"]
    assert [len(line.get_xdata()) for line in lines] == [6, 6]
    assert [text.get_text() for text in along_time.texts] == []


def test_frames_without_a_pose_keep_a_distribution_below_one(evaluation: Build) -> None:
    distribution = trajectory_figure(evaluation(answered=9)).axes[1]
    heights = {line.get_label(): line.get_ydata()[-1] for line in distribution.lines}
    assert heights["VMLoc"] == 0.75
    assert heights["constant pose"] == 1.0


@pytest.mark.parametrize("answered", [0, 1])
def test_a_report_is_written_where_hardly_any_frame_has_a_pose(
    evaluation: Build, tmp_path: Path, answered: int
) -> None:
    write_report(tmp_path, evaluation(answered=answered))
    text = Page((tmp_path / "report.html").read_text(encoding="utf-8")).text
    assert f"{answered} of 12 frames have a pose" in text
    assert ("–" in text) == (answered == 0)
    assert cv2.imread(str(tmp_path / "trajectory.png")).std() > 1.0


def test_a_sequence_may_have_any_name(evaluation: Build, tmp_path: Path) -> None:
    write_report(tmp_path, evaluation(sequences=("$a_{$", "<b>")))
    assert (tmp_path / "trajectory.png").stat().st_size > 0


def test_drawing_leaves_the_settings_of_matplotlib_alone(evaluation: Build, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    write_report(tmp_path, evaluation())
    assert dict(matplotlib.rcParams) == before
