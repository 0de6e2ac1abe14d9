from pathlib import Path

import pytest

from training.result_folder import write_folder, write_json
from vmloc_ros.errors import VmlocError


def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        assert not (tmp_path / "deep" / "out").exists()
        (folder / "file").write_text("content")

    write_folder(tmp_path / "deep" / "out", write, "result")
    assert (tmp_path / "deep" / "out" / "file").read_text() == "content"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        (folder / "file").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(VmlocError, match=r"out: cannot write the result \(No space left"):
        write_folder(tmp_path / "out", write, "result")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_written_over_nor_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(VmlocError, match="link: exists already, choose a folder that does not"):
        write_folder(tmp_path / "link", lambda folder: None, "result")


def test_the_order_of_the_values_does_not_change_the_bytes(tmp_path: Path) -> None:
    write_json(tmp_path / "one.json", {"a": 1, "b": [2.5, None]})
    write_json(tmp_path / "other.json", {"b": [2.5, None], "a": 1})
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "other.json").read_bytes()
