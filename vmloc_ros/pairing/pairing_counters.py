"""`PairingCounters`: what became of the messages that were to be paired."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PairingCounters:
    """What became of the messages.

    In every stream received = matched + partial + unmatched + zero_stamp + those that still wait.
    """

    matched: int
    """Sets of all streams."""
    resets: int
    """Jumps back in time; messages from after the new time were let go."""
    received: Mapping[str, int]
    """Messages of each stream."""
    unmatched: Mapping[str, int]
    """Let go without a partner."""
    out_of_order: Mapping[str, int]
    """Not later than their predecessor in the stream; these may still be matched."""
    zero_stamp: Mapping[str, int]
    """Refused: no stamp."""
    partial: Mapping[str, int] = field(default_factory=dict)
    """Went into a set without the streams that were not expected then."""
