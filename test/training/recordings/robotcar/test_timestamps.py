from pathlib import Path

import pytest

from training.recordings.robotcar.timestamps import file_stem, read_timestamps
from vmloc_ros.errors import RecordingError


def test_microseconds_become_nanoseconds_and_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "stereo.timestamps"
    path.write_text("1403774724605577 1\n1403774724668076 2\n")
    timestamps = read_timestamps(path)
    assert timestamps.stamps_ns == (1_403_774_724_605_577_000, 1_403_774_724_668_076_000)
    assert timestamps.chunks == (1, 2)
    assert file_stem(timestamps.stamps_ns[0]) == "1403774724605577"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "stereo.timestamps: lists nothing"),
        ("1403774724605577\n", "line 1: expected microseconds and a chunk, got '1403774724605577'"),
        ("20 1\n30 1\nx 1\n", "line 3: expected microseconds"),
        ("20 1\n20 1\n", "line 2: stamps must be > 0 and increase, got 20"),
        ("0 1\n", "line 1: stamps must be > 0"),
    ],
)
def test_a_damaged_list_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "stereo.timestamps"
    path.write_text(text)
    with pytest.raises(RecordingError, match=message):
        read_timestamps(path)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"ldmrs\.timestamps: missing; it is in the same arch"):
        read_timestamps(tmp_path / "ldmrs.timestamps")
