"""A file of JSON that is whole or not there."""

import os
from pathlib import Path
from typing import Any

from training.result_folder import write_json
from vmloc_ros.errors import VmlocError


def check_writable(path: Path) -> None:
    """Raise a VmlocError where a file cannot be; call it before any long work."""
    if path.is_dir():
        raise VmlocError(f"{path}: is a folder, name a file for the figures")
    if not path.parent.is_dir():
        raise VmlocError(f"{path}: the folder {path.parent} does not exist")


def replace_json(path: Path, values: dict[str, Any]) -> None:
    """Write values beside a file and put them in its place.

    Raises:
        VmlocError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write_json(beside, values)
        os.replace(beside, path)
    except OSError as err:
        beside.unlink(missing_ok=True)
        raise VmlocError(f"{path}: cannot be written ({err.strerror})") from err
