"""Which training frames are held out for validation and calibration."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from vmloc_ros.config import HoldoutConfig
from vmloc_ros.errors import RecordingError


@dataclass(frozen=True, slots=True)
class Holdout:
    """Indices of the frames to train on and of those held out; guards are in neither."""

    train: tuple[int, ...]
    held_out: tuple[int, ...]


def choose_holdout(sequences: Sequence[str], config: HoldoutConfig) -> Holdout:
    """Hold out every n-th block of consecutive frames, with guards on both sides.

    Args:
        sequences: the sequence of each frame, frames in order.
        config: share, length of a block, guard.

    Raises:
        RecordingError: too few frames to hold out a block and to train on the rest.
    """
    blocks = _blocks(sequences, config.block_frames)
    every = max(2, round(1.0 / config.fraction))
    chosen = blocks[every // 2 :: every]
    held_out = {index for block in chosen for index in block}
    guarded = {
        neighbour
        for block in chosen
        for neighbour in range(block[0] - config.guard_frames, block[-1] + config.guard_frames + 1)
        if 0 <= neighbour < len(sequences) and sequences[neighbour] == sequences[block[0]]
    }
    train = tuple(index for index in range(len(sequences)) if index not in guarded)
    if not held_out or not train:
        raise RecordingError(
            f"{len(sequences)} training frames are too few to hold out blocks of "
            f"{config.block_frames}: record more, or lower holdout.block_frames and guard_frames"
        )
    return Holdout(train, tuple(sorted(held_out)))


def _blocks(sequences: Sequence[str], length: int) -> list[range]:
    """Cut each sequence into blocks; a short rest joins the last block of its sequence."""
    blocks: list[range] = []
    start = 0
    for _, frames in groupby(sequences):
        stop = start + len(list(frames))
        edges = list(range(start, stop, length))
        if len(edges) > 1 and stop - edges[-1] < length:
            edges.pop()
        blocks += [range(a, b) for a, b in zip(edges, [*edges[1:], stop], strict=True)]
        start = stop
    return blocks
