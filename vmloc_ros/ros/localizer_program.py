"""The program `localizer_node`: its arguments, and Ctrl-C from its first moment on."""

import os
import signal
import sys

from vmloc_ros.ros.heap import bound_heap
from vmloc_ros.ros.ros_arguments import split_ros_arguments

EXAMPLE = "localizer_node --ros-args -p bundle:=PATH"
HELP = f"""\
usage: {EXAMPLE} [-p NAME:=VALUE ...] [--params-file FILE] [-r FROM:=TO ...]

Localise a robot with a model bundle: images in, poses out.

Parameters are in docs/parameters.md, topics and services in docs/interface.md.
No poses? vmloc doctor
"""


def main(args: list[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; return the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Nothing is open yet, and an exception would be a failed import of some library.
        signal.signal(number, lambda *_: os._exit(0))
    own, _ = split_ros_arguments(sys.argv[1:] if args is None else args)
    if {"-h", "--help"} & set(own):
        sys.stdout.write(HELP)
        return 0
    if own:  # rcl would ignore it, the parameters of who forgets --ros-args among them
        sys.stderr.write(f"error: {own[0]!r} comes before --ros-args: write {EXAMPLE}\n")
        return 2
    bound_heap()
    from vmloc_ros.ros.localizer_node import run  # takes seconds: torch

    return run(args)


if __name__ == "__main__":
    sys.exit(main())
