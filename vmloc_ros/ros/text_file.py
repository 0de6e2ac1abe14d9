"""`write_text`: a file that is there as a whole or not at all."""

import os
import tempfile
from pathlib import Path

from vmloc_ros.errors import RecordingError


def write_text(path: Path, text: str) -> None:
    """Write a text file beside `path` and rename it, over one that exists.

    Raises:
        RecordingError: it cannot be written.
    """
    beside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        beside = Path(name)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        beside.chmod(0o644)  # mkstemp: for the owner alone
        beside.replace(path)
    except OSError as err:
        raise RecordingError(f"{path}: cannot be written ({err.strerror})") from err
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)
