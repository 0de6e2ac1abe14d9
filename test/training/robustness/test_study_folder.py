from collections.abc import Callable
from pathlib import Path

import pytest

from training.robustness.study import Study
from training.robustness.study_folder import write_study
from vmloc_ros.errors import VmlocError


def test_a_study_that_cannot_be_written_leaves_nothing(
    study_of: Callable[..., Study], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(VmlocError, match="out: cannot write the study"):
        write_study(tmp_path / "file" / "out", study_of())
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
