"""What must not get into the repository."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST_TEXT_BYTES = 200_000
MACHINE_PATH = re.compile(r"/(?:root|home|Users)/\w")


@pytest.fixture(scope="module")
def files():
    """The files of the repository: tracked, and new ones that git does not ignore."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files belong to the repository")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts(files):
    """The text files by path: those without a zero byte."""
    return {
        path.relative_to(ROOT): path.read_text(encoding="utf-8")
        for path in files
        if b"\0" not in path.read_bytes()
    }


def test_text_files_stay_small(texts):
    sizes = {path: len(text.encode()) for path, text in texts.items()}
    assert {path: size for path, size in sizes.items() if size >= LARGEST_TEXT_BYTES} == {}


def test_no_text_names_a_path_of_one_machine(texts):
    assert [path for path, text in texts.items() if MACHINE_PATH.search(text)] == []


def test_text_files_end_with_a_line_break_and_have_no_carriage_returns(texts):
    odd = [path for path, text in texts.items() if text and (text[-1] != "\n" or "\r" in text)]
    assert odd == []


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt", ".safetensors", ".db3", ".mcap"])
def test_no_weights_and_no_recordings_are_kept(files, suffix):
    assert [path for path in files if path.suffix == suffix] == []
