"""The folder of a result: new, complete, or not there."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vmloc_ros.errors import VmlocError


def write_folder(output: Path, write: Callable[[Path], None], what: str) -> None:
    """Have the files of the new folder `output` written beside it, and rename it.

    Args:
        output: must not exist.
        write: is given the folder to write to.
        what: the result, for the error: "evaluation".

    Raises:
        VmlocError: `output` exists or cannot be written.
    """
    refuse_existing(output)
    beside = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        beside.mkdir(parents=True)
        write(beside)
        beside.rename(output)
    except OSError as err:
        raise VmlocError(f"{output}: cannot write the {what} ({err.strerror})") from err
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write values that have a form in JSON; the same values give the same bytes."""
    content = json.dumps(values, indent=2, sort_keys=True, allow_nan=False)
    path.write_text(content + "\n", encoding="utf-8")


def refuse_existing(output: Path) -> None:
    """Raise a VmlocError where there is something already; call it before any long work."""
    if output.exists() or output.is_symlink():
        raise VmlocError(f"{output}: exists already, choose a folder that does not")
