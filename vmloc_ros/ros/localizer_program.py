"""The program `localizer_node`: Ctrl-C ends it from its first moment on."""

import os
import signal
import sys


def main(args: list[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; return the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Nothing is open yet, and an exception would be a failed import of some library.
        signal.signal(number, lambda *_: os._exit(0))
    from vmloc_ros.ros.localizer_node import run  # takes seconds: torch

    return run(args)


if __name__ == "__main__":
    sys.exit(main())
