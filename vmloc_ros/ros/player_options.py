"""`PlayerOptions`: the player's command line."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vmloc_ros.errors import ConfigError


@dataclass(frozen=True, slots=True)
class PlayerOptions:
    """What to play, and how."""

    bag: Path
    rate: float = 1.0
    loop: bool = False
    lossless: bool = False
    pose_topic: str = "vmloc/pose"
    record: Path | None = None
    summary: Path | None = None
    start_timeout_s: float = 60.0
    pair_timeout_s: float = 10.0
    topic_prefix: str = ""
    remaps: Mapping[str, str] = field(default_factory=dict)

    def published(self, topic: str) -> str:
        """Return the name under which a topic of the bag is published."""
        return self.topic_prefix + self.remaps.get(topic, topic)


def parse_options(args: Sequence[str]) -> PlayerOptions:
    """Read the command line.

    Raises:
        ConfigError: a value that cannot be used.
    """
    given = _parser().parse_args(args)
    if not given.rate > 0.0:
        raise ConfigError(f"--rate must be positive, got {given.rate:g}")
    return PlayerOptions(
        bag=given.bag,
        rate=given.rate,
        loop=given.loop,
        lossless=given.lossless,
        pose_topic=given.pose_topic,
        record=given.record,
        summary=given.summary,
        start_timeout_s=given.start_timeout,
        pair_timeout_s=given.pair_timeout,
        topic_prefix=given.topic_prefix,
        remaps=dict(_parse_remap(remap) for remap in given.remap),
    )


def _parser() -> argparse.ArgumentParser:
    default = PlayerOptions(Path())
    parser = argparse.ArgumentParser("vmloc play", description="Play a bag to the localizer.")
    add = parser.add_argument
    add("bag", type=Path, help="rosbag2 folder, .mcap or .db3")
    add("--rate", type=float, default=default.rate, help="bag seconds per second (%(default)s)")
    add("--loop", action="store_true", help="play until Ctrl-C")
    add("--lossless", action="store_true", help="wait for the pose of each pair; ignores --rate")
    add("--pose-topic", default=default.pose_topic, help="where the poses come (%(default)s)")
    add("--record", type=Path, metavar="FILE.tum", help="write the poses as a TUM trajectory")
    add("--summary", type=Path, metavar="FILE.json", help="write the figures, with every latency")
    add(
        "--start-timeout",
        type=float,
        default=default.start_timeout_s,
        metavar="S",
        help="how long to wait for the localizer (%(default)s s)",
    )
    add(
        "--pair-timeout",
        type=float,
        default=default.pair_timeout_s,
        metavar="S",
        help="lossless: how long to wait for a pose (%(default)s s)",
    )
    add("--topic-prefix", default="", metavar="/NS", help="put before every topic")
    add(
        "--remap",
        action="append",
        default=[],
        metavar="OLD:=NEW",
        help="publish a topic of the bag under another name; may be repeated",
    )
    return parser


def _parse_remap(remap: str) -> tuple[str, str]:
    old, separator, new = remap.partition(":=")
    if not (separator and old and new):
        raise ConfigError(f"--remap needs OLD:=NEW, got '{remap}'")
    return old, new
