"""Figure, page and table of an evaluation of two short sequences."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from rich.console import Console

from training.evaluation import Evaluation, Provenance, evaluate_trajectory
from training.figure import trajectory_figure
from training.report import report_html, summary_table, write_report
from training.trajectory import Trajectory
from vmloc_ros.pose import Array, Pose

FRAMES = 12


def pose(x: float, y: float, z: float) -> Pose:
    return Pose(np.array([x, y, z]), np.array([0.0, 0.0, 0.0, 1.0]))


def evaluation(
    answered: int = FRAMES,
    name: str = "kitchen",
    sequences: tuple[str, str] = ("seq-01", "seq-02"),
    covariances: list[Array] | None = None,
    latency_ms: list[float] | None = None,
) -> Evaluation:
    """Two sequences of 6 frames, 10 Hz, 10 s apart, along x and z; estimates 0.25 m beside."""
    stamps_ns = tuple(10**18 + k * 10**8 + k // 6 * 10**10 for k in range(FRAMES))
    truth = tuple(pose(0.1 * k, 0.0, 0.05 * k) for k in range(FRAMES))
    beside = tuple(pose(0.1 * k, 0.25, 0.05 * k) for k in range(answered))
    return evaluate_trajectory(
        Trajectory(stamps_ns[:answered], beside),
        Trajectory(stamps_ns, truth),
        [pose(0.0, 1.0, 0.0), pose(1.0, 1.0, 0.5)],
        Provenance(
            bundle=name,
            bundle_sha256="0123456789abcdef" * 4,
            recording=name,
            split="test",
            device="cpu",
            versions={"vmloc_ros": "9.8.7"},
            command=f"vmloc evaluate bundle {name}",
        ),
        sequences=[sequences[0]] * 6 + [sequences[1]] * 6,
        latency_ms=latency_ms,
        covariances=covariances,
    )


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


def test_the_report_is_one_page_with_its_figure_inside(tmp_path: Path) -> None:
    write_report(tmp_path, evaluation())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "trajectory.png"]
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    sources = [attrs["src"] for _, attrs in page.tags if "src" in attrs]
    assert len(sources) == 1
    prefix, data = str(sources[0]).split(",")
    assert prefix == "data:image/png;base64"
    assert base64.b64decode(data) == (tmp_path / "trajectory.png").read_bytes()


def test_the_page_needs_nothing_from_outside() -> None:
    html = report_html(evaluation(), b"png")
    assert not re.search(r"(?:https?:)?//|@import|url\(", html)
    page = Page(html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe"})
    assert not any("href" in attrs for _, attrs in page.tags)


def test_names_from_outside_are_text_in_the_page() -> None:
    page = Page(report_html(evaluation(name='<script>alert("1")</script>&'), b"png"))
    assert "script" not in {tag for tag, _ in page.tags}
    assert 'VMLoc on <script>alert("1")</script>&, split test' in page.text


def test_the_page_says_what_was_evaluated_and_how() -> None:
    page = Page(report_html(evaluation(), b"png"))
    for fact in ("0123456789abcdef" * 4, "kitchen", "test", "9.8.7", "vmloc evaluate bundle kit"):
        assert fact in page.text


def test_errors_stand_beside_those_of_the_baselines() -> None:
    # Truth along x and z up to (1.1, 0, 0.55); all training positions are 1 m beside in y.
    text = Page(report_html(evaluation(), b"png")).text
    row = r"median position error\s+0\.250 m\s+1\.0\d\d m\s+1\.0\d\d m"
    assert re.search(row, text[text.index("beside the baselines") :])


def test_covariances_and_latency_appear_where_there_are_any() -> None:
    bare = Page(report_html(evaluation(), b"png")).text
    assert "NEES" not in bare
    assert "latency" not in bare
    covariances = [np.diag([0.5, 0.04, 0.5, 0.5, 0.5, 0.5])] * FRAMES  # σ_y = 0.2 m
    text = Page(report_html(evaluation(covariances=covariances, latency_ms=[7.0]), b"png")).text
    # The error of 0.25 m in y lies between 1σ and 2σ: 0.25² / 0.04 = 1.5625.
    assert re.search(r"within 1σ\s+100%\s+0%\s+100%", text)
    assert re.search(r"within 2σ\s+100%\s+100%\s+100%", text)
    assert "mean of 1.56" in text
    assert "latency 7.0 ms median" in text


def test_the_figure_names_axes_units_and_sequences() -> None:
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


def test_no_line_of_errors_crosses_from_one_sequence_to_the_next() -> None:
    along_time = trajectory_figure(evaluation()).axes[2]
    lines = [line for line in along_time.lines if line.get_linestyle() == "-"]
    assert [len(line.get_xdata()) for line in lines] == [6, 6]
    # 10 s lie between them; in the figure the second goes on after one frame's time.
    np.testing.assert_allclose(lines[1].get_xdata(), np.arange(6, 12) / 10.0)


def test_a_pause_within_a_sequence_is_cut_out_too() -> None:
    along_time = trajectory_figure(evaluation(sequences=("bag", "bag"))).axes[2]
    lines = [line for line in along_time.lines if line.get_linestyle() == "-"]
    assert [len(line.get_xdata()) for line in lines] == [6, 6]
    assert [text.get_text() for text in along_time.texts] == []


def test_frames_without_a_pose_keep_a_distribution_below_one() -> None:
    distribution = trajectory_figure(evaluation(answered=9)).axes[1]
    heights = {line.get_label(): line.get_ydata()[-1] for line in distribution.lines}
    assert heights["VMLoc"] == 0.75
    assert heights["constant pose"] == 1.0


@pytest.mark.parametrize("answered", [0, 1])
def test_a_report_is_written_where_hardly_any_frame_has_a_pose(
    tmp_path: Path, answered: int
) -> None:
    write_report(tmp_path, evaluation(answered=answered))
    text = Page((tmp_path / "report.html").read_text(encoding="utf-8")).text
    assert f"{answered} of 12 frames have a pose" in text
    assert ("–" in text) == (answered == 0)
    assert cv2.imread(str(tmp_path / "trajectory.png")).std() > 1.0


def test_a_sequence_may_have_any_name(tmp_path: Path) -> None:
    write_report(tmp_path, evaluation(sequences=("$a_{$", "<b>")))
    assert (tmp_path / "trajectory.png").stat().st_size > 0


def test_drawing_leaves_the_settings_of_matplotlib_alone(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    write_report(tmp_path, evaluation())
    assert dict(matplotlib.rcParams) == before


def test_the_table_for_a_terminal_shows_errors_beside_the_baselines() -> None:
    console = Console(width=110, record=True, file=io.StringIO())
    console.print(summary_table(evaluation(name="[red]kitchen", answered=9)))
    text = console.export_text()
    assert "VMLoc on [red]kitchen, split test" in text
    assert re.search(r"median position error +│ +0\.250 m │ +1\.0\d\d m │ +1\.0\d\d m", text)
    assert "9 of 12 frames have a pose (75.0%)" in text
