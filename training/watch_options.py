"""`WatchOptions`: the command line of `vmloc watch RECORDING`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vmloc_ros.viewer.options import ViewerOptions, add_viewer_options


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What to show, and how."""

    recording: Path
    bundle: Path
    view: ViewerOptions = field(default_factory=ViewerOptions)
    split: str | None = None
    device: str = "auto"


def is_recording(args: Sequence[str]) -> bool:
    """Say whether a command line means a recording, not a running node."""
    named = any(word.partition("=")[0] == "--bundle" for word in args)
    return named or bool(args and not args[0].startswith("-"))


def parse_options(args: Sequence[str]) -> WatchOptions:
    """Read the command line.

    Raises:
        ConfigError: a value that cannot be used.
    """
    parser = argparse.ArgumentParser(
        "vmloc watch",
        description="Show a recording and what a bundle makes of it, with rerun.",
        epilog="A running node: vmloc watch (--help).",
    )
    add = parser.add_argument
    add("recording", type=Path, metavar="RECORDING", help="scene folder or bag")
    add("--bundle", type=Path, required=True, help="folder of the model bundle")
    add("--split", help="train, test or all; by default test where the recording has one")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N (%(default)s)")
    add_viewer_options(parser)
    given = parser.parse_args(args)
    view = ViewerOptions.of(given)
    return WatchOptions(given.recording, given.bundle, view, given.split, given.device)
