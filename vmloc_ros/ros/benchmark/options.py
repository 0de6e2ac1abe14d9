"""`LatencyOptions`: the command line of `python -m vmloc_ros.ros.latency_benchmark`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vmloc_ros.errors import ConfigError

FASTEST_HZ = 100.0
SMALLEST_PX, LARGEST_PX = 16, 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyOptions:
    """What to measure."""

    bundle: Path
    pairs: int = 300
    """With each transport, over all rounds."""
    rounds: int = 3
    """Each runs every transport once, in processes of its own."""
    rate_hz: float = 10.0
    width: int = 640
    height: int = 480
    device: str = "auto"
    bag: Path | None = None
    """Its images are sent in place of random ones."""
    json: Path | None = None

    @property
    def pairs_a_block(self) -> int:
        """Pairs of one round, with one transport; the total is rounded up to whole blocks."""
        return -(-self.pairs // self.rounds)


def parse_options(args: Sequence[str]) -> LatencyOptions:
    """Read the command line.

    Raises:
        ConfigError: a value that cannot be used.
    """
    given = _parser().parse_args(args)
    if not 1 <= given.rounds <= given.pairs:
        raise ConfigError(
            f"--rounds must be 1 to --pairs ({given.pairs}), got {given.rounds}: each sends a pair"
        )
    if not 0.0 < given.rate_hz <= FASTEST_HZ:
        raise ConfigError(
            f"--rate-hz must be above 0 and at most {FASTEST_HZ:g}, got {given.rate_hz:g}"
        )
    for name, size in (("--width", given.width), ("--height", given.height)):
        if not SMALLEST_PX <= size <= LARGEST_PX:
            raise ConfigError(f"{name} must be {SMALLEST_PX} to {LARGEST_PX} pixels, got {size}")
    return LatencyOptions(**vars(given))


def _parser() -> argparse.ArgumentParser:
    default = LatencyOptions(bundle=Path())
    parser = argparse.ArgumentParser(
        "vmloc benchmark latency",
        description="Measure the time from the publication of a pair of images to the pose: with "
        "the Fast DDS profile for large messages, and without.",
    )
    add = parser.add_argument
    add("bundle", type=Path, metavar="BUNDLE", help="folder of a model bundle")
    add(
        "--pairs",
        type=int,
        default=default.pairs,
        help="pairs with each transport, over all rounds (%(default)s)",
    )
    add("--rounds", type=int, default=default.rounds, help="turns of each (%(default)s)")
    add(
        "--rate-hz",
        type=float,
        default=default.rate_hz,
        metavar="HZ",
        help="low enough that no pair waits for another (%(default)s Hz)",
    )
    for side in ("width", "height"):
        pixels = getattr(default, side)
        add(f"--{side}", type=int, default=pixels, metavar="PX", help="of the images (%(default)s)")
    add("--device", default=default.device, help="auto, cpu, cuda or cuda:N (%(default)s)")
    add("--bag", type=Path, metavar="BAG", help="send the raw images of a rosbag2, not random ones")
    add("--json", type=Path, metavar="FILE.json", help="write every figure")
    return parser
