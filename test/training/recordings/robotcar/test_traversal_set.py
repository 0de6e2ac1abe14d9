from pathlib import Path

import pytest

from training.recordings.robotcar.traversal_set import FULL, LOOP, check_present, find_splits
from vmloc_ros.errors import RecordingError


def test_the_published_sets_name_two_traversals_for_training_and_two_for_testing() -> None:
    assert LOOP.train == ("2014-06-26-08-53-56", "2014-06-26-09-24-58")
    assert LOOP.test == ("2014-06-23-15-36-04", "2014-06-23-15-41-25")
    assert FULL.train == ("2014-11-28-12-07-13", "2014-12-02-15-30-08")
    assert FULL.test == ("2014-12-09-13-21-02", "2014-12-12-10-45-15")


def test_a_folder_with_traversals_of_one_set_has_its_splits(tmp_path: Path) -> None:
    splits = find_splits(tmp_path, ["2014-06-26-08-53-56", "2014-06-26-09-31-18"])
    assert splits == {"train": LOOP.train, "test": LOOP.test}
    assert find_splits(tmp_path, ["2014-06-26-09-31-18"]) == {}


def test_traversals_of_both_sets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds traversals of LOOP and of FULL; give each"):
        find_splits(tmp_path, [LOOP.train[0], FULL.test[1]])


def test_split_files_say_otherwise(tmp_path: Path) -> None:
    (tmp_path / "train_split.txt").write_text("# mine\n2014-06-26-08-53-56\n")
    (tmp_path / "test_split.txt").write_text("2014-06-26-09-31-18  # rain\n\n")
    splits = find_splits(tmp_path, [LOOP.train[0], FULL.test[1]])
    assert splits == {"train": ("2014-06-26-08-53-56",), "test": ("2014-06-26-09-31-18",)}


@pytest.mark.parametrize("text", ["", "# 2014-06-26-08-53-56\n", "a\na\n"])
def test_a_split_file_without_traversals_or_with_one_twice_is_refused(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "train_split.txt").write_text(text)
    with pytest.raises(RecordingError, match=r"train_split\.txt: expected traversals, one per li"):
        find_splits(tmp_path, [])


def test_a_split_file_alone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train_split.txt").write_text("2014-06-26-08-53-56\n")
    with pytest.raises(RecordingError, match=r"test_split\.txt: cannot be read; a folder has both"):
        find_splits(tmp_path, [])


def test_half_a_test_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no 2014-06-23-15-41-25; download it, or"):
        check_present(tmp_path, "test", LOOP.test, [LOOP.test[0]])
