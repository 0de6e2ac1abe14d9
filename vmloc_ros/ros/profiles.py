"""Where the Fast DDS profile for large messages is installed."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

FILE = "fastdds_large_messages.xml"
VARIABLE = "FASTRTPS_DEFAULT_PROFILES_FILE"


def large_messages_profile() -> Path | None:
    """Return the profile with a large shared-memory segment: checkout, pip or colcon."""
    return next((path for path in _places() if path.is_file()), None)


def use_large_messages_profile() -> None:
    """Have this process and its children use the profile, unless the user has set another.

    Fast DDS reads the variable when the first node is made: call this before.
    """
    path = large_messages_profile()
    if path is not None:
        os.environ.setdefault(VARIABLE, str(path))


def _places() -> Iterator[Path]:
    yield Path(__file__).resolve().parents[2] / "config" / FILE
    prefixes = [sys.prefix, *os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)]
    for prefix in filter(None, prefixes):
        yield Path(prefix) / "share" / "vmloc_ros" / "config" / FILE
