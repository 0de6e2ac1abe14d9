"""Shows a running localizer with rerun: `python -m vmloc_ros.ros.watch`."""

import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from vmloc_ros.errors import ConfigError, VmlocError
from vmloc_ros.ros.watch_options import parse_options


def main(args: Sequence[str] | None = None) -> int:
    """Show the node until Ctrl-C; return the exit status, 2 for what a user can mend."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts jobs with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        options = parse_options(sys.argv[1:] if args is None else args)
        _check_ros()
        from vmloc_ros.ros.watch_session import watch  # ROS, after the arguments

        watch(options)
        return 0
    except VmlocError as err:
        sys.stderr.write(f"error: {err}\n")
        return 2
    except KeyboardInterrupt:
        return 0


def _check_ros() -> None:
    if find_spec("rclpy") is None:
        raise ConfigError(
            "a running node can be watched where ROS 2 is installed (rclpy is not found); "
            "a recording needs none: vmloc watch RECORDING --bundle BUNDLE"
        )


if __name__ == "__main__":
    sys.exit(main())
