"""Which messages of several streams were taken at the same time: the rule of robot and bag."""

from vmloc_ros.pairing.frame_pairer import JUMP_NS, FramePairer
from vmloc_ros.pairing.pair_gaps import PairGaps
from vmloc_ros.pairing.pairing_counters import PairingCounters

__all__ = ["JUMP_NS", "FramePairer", "PairGaps", "PairingCounters"]
