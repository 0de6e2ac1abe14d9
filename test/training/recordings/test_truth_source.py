"""How a user names the ground truth."""

from pathlib import Path

import pytest

from training.recordings.truth_source import TruthSource


@pytest.mark.parametrize("text", ["slam.tum", "/data/run 1/slam.tum", "poses.txt"])
def test_an_ending_of_trajectories_makes_a_file_whether_it_is_there_or_not(text: str) -> None:
    source = TruthSource(text)
    assert source.file == Path(text)
    assert source.name == Path(text).name


def test_a_file_that_is_there_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "truth").touch()
    assert TruthSource(str(tmp_path / "truth")).file == tmp_path / "truth"


@pytest.mark.parametrize(
    ("text", "topic", "frame"),
    [("/odom", "/odom", ""), ("/tf:world", "/tf", "world"), ("/tf", "/tf", ""), ("", "", "")],
)
def test_anything_else_is_a_topic_and_perhaps_a_frame(text: str, topic: str, frame: str) -> None:
    source = TruthSource(text)
    assert (source.file, source.topic, source.frame) == (None, topic, frame)
    assert source.name == text
