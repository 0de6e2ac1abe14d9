"""The program `localizer_node`: what ends it counts from its first moment on."""

import os
import signal
import sys
from types import FrameType


def main(args: list[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; return the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    from vmloc_ros.ros.localizer_node import run  # takes seconds: torch

    return run(args)


def _leave(number: int, frame: FrameType | None) -> None:
    """End before anything is open: an exception would be some library's failed import."""
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
