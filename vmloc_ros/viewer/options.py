"""`ViewerOptions`: what a live node's and a recording's picture have in common."""

import argparse
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from vmloc_ros.errors import ConfigError
from vmloc_ros.viewer.layout import UP, Up
from vmloc_ros.viewer.outlet import Outlet


@dataclass(frozen=True, slots=True)
class ViewerOptions:
    """Where to draw, and how much."""

    outlet: Outlet = field(default_factory=Outlet)
    max_rate_hz: float = 5.0
    """Images per second, by their stamps: 5 of a VGA camera with depth are about 1 MB/s."""
    up: Up = UP

    @classmethod
    def of(cls, given: argparse.Namespace) -> "ViewerOptions":
        """Take over what a parser with `add_viewer_options` has read.

        Raises:
            ConfigError: a value that cannot be used.
        """
        if not 0.0 < given.max_rate_hz < math.inf:
            raise ConfigError(f"--max-rate-hz must be positive, got {given.max_rate_hz:g}")
        if given.save is not None and given.web:
            raise ConfigError("--save and --web exclude each other; later: rerun FILE.rrd")
        return cls(Outlet(given.save, given.web, given.host), given.max_rate_hz, given.up)


def add_viewer_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a command line."""
    default = ViewerOptions()
    add = parser.add_argument
    add("--save", type=Path, metavar="FILE.rrd", help="write a file in place of showing a window")
    add("--web", action="store_true", help="serve a page to the network, until Ctrl-C")
    add(
        "--host",
        default=default.outlet.host,
        help="name or address by which the browser reaches this machine (%(default)s)",
    )
    add(
        "--max-rate-hz",
        type=float,
        default=default.max_rate_hz,
        metavar="HZ",
        help="images per second (%(default)g); poses are shown all",
    )
    add(
        "--up",
        choices=get_args(Up),
        default=default.up,
        help="axis of map that points up; write --up=-y (%(default)s)",
    )
