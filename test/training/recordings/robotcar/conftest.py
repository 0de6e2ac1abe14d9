"""What the tests of this folder share lies beside them, as robotcar_files.py."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """A whole download of one traversal, and the tools beside it; may be damaged."""
    from robotcar_files import write_tools, write_traversal

    write_tools(tmp_path)
    return write_traversal(tmp_path, "2014-06-23-15-41-25")
