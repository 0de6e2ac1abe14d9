from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from training.cli import app
from training.recordings.scene import SceneRecording
from training.recordings.synthetic_block import synthesize_block
from training.recordings.synthetic_world import synthesize_world
from vmloc_ros.errors import RecordingError


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("block") / "day"
    synthesize_block(folder, size="small")
    return folder


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("block") / "night"
    synthesize_block(folder, size="small", light="night", season="winter")
    return folder


def files(folder: Path, pattern: str = "*") -> dict[str, bytes]:
    paths = (path for path in folder.rglob(pattern) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def brightness(scene: Path) -> float:
    pictures = [labelled.frame.rgb for labelled in SceneRecording(scene).frames("test")]
    return float(np.mean([picture.mean() for picture in pictures if picture is not None]))


def test_two_traversals_are_for_training_and_one_for_testing(day: Path) -> None:
    assert (day / "TrainSplit.txt").read_text() == "sequence1\nsequence2\n"
    assert (day / "TestSplit.txt").read_text() == "sequence3\n"


def test_frames_have_colour_and_lidar_0_4_s_apart(day: Path) -> None:
    frames = [labelled.frame for labelled in SceneRecording(day).frames("test")]
    assert 30 < len(frames) < 60
    for frame in frames:
        assert frame.rgb is not None and frame.rgb.shape == (48, 96, 3)
        assert frame.depth_mm is None
        assert frame.points is not None and 2000 < len(frame.points) < 32 * 128
        assert frame.camera is not None and frame.T_camera_lidar is not None
    assert set(np.diff([frame.stamp_ns for frame in frames])) == {400_000_000}


def test_the_lidar_is_level_above_and_behind_the_camera_that_looks_down(day: Path) -> None:
    T_camera_lidar = next(iter(SceneRecording(day).frames())).frame.T_camera_lidar
    assert T_camera_lidar is not None
    cosine, sine = np.cos(np.deg2rad(2.0)), np.sin(np.deg2rad(2.0))
    ahead = T_camera_lidar[:3, :3] @ [1.0, 0.0, 0.0]
    np.testing.assert_allclose(ahead, [0.0, -sine, cosine], atol=1e-12)
    # 0.35 m up and 0.4 m back, in the axes of a camera pitched by 2°: y down, z forward.
    y, z = -0.35 * cosine + 0.4 * sine, -0.4 * cosine - 0.35 * sine
    np.testing.assert_allclose(T_camera_lidar[:3, 3], [0.0, y, z], atol=1e-12)


def test_the_same_seed_gives_the_same_bytes(day: Path, tmp_path: Path) -> None:
    synthesize_world(tmp_path / "again", "block", size="small", light="day", season="summer")
    assert files(tmp_path / "again") == files(day)


def test_light_and_season_change_what_is_seen_and_not_the_drive(day: Path, night: Path) -> None:
    for pattern in ("*.txt", "seq-*/stamps.txt"):
        assert files(day, pattern) == files(night, pattern)
    pictures, dark_pictures = files(day, "*.png"), files(night, "*.png")
    assert pictures.keys() == dark_pictures.keys()
    assert not set(pictures.values()) & set(dark_pictures.values())


def test_night_is_darker_than_day(day: Path, night: Path) -> None:
    assert brightness(day) > 90.0
    assert 10.0 < brightness(night) < 0.6 * brightness(day)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"size": "huge"}, "no size 'huge', only: small, medium, full"),
        ({"light": "noon"}, "no light 'noon', only: day, dusk, night"),
        ({"season": "spring"}, "no season 'spring', only: summer, winter"),
        ({"seed": -1}, "a seed ≥ 0, got -1"),
        ({"world": "mars"}, "no synthetic world 'mars', only: room, block"),
        ({"world": "room", "light": "night"}, "a room has no light"),
    ],
)
def test_what_there_is_not_is_refused(tmp_path: Path, choice: dict[str, str], message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        synthesize_world(tmp_path / "scene", **({"world": "block"} | choice))
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_passes_its_choices_on(tmp_path: Path) -> None:
    command = ["synthesize", str(tmp_path / "scene"), "--season", "winter", "--size", "small"]
    refused = CliRunner().invoke(app, command)
    assert "a room has no size, season" in str(refused.exception)
    refused = CliRunner().invoke(app, [*command, "--world", "block", "--light", "noon"])
    assert "no light 'noon'" in str(refused.exception)
    refused = CliRunner().invoke(app, [*command, "--world", "block", "--seed", "-3"])
    assert "a seed ≥ 0, got -3" in str(refused.exception)
