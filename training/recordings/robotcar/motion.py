"""`Motion`: where the vehicle was in a traversal, as far as one place is known from another."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.recordings.ground_truth import GroundTruth
from vmloc_ros.pose import Pose


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The vehicle at a moment: `T_chain_vehicle`, in the frame of a numbered chain."""

    chain: int
    pose: Pose


class Motion:
    """Poses of the vehicle, from odometry or from an inertial unit.

    Args:
        chains: poses by stamp. Those of one chain share a frame, which may be anywhere; the chains
            follow each other in time.
    """

    def __init__(self, chains: Sequence[Mapping[int, Pose]]) -> None:
        self._starts_ns = [min(chain) for chain in chains]
        self._chains = [GroundTruth(chain) for chain in chains]

    def at(self, stamp_ns: int) -> Place | None:
        """Return the vehicle's place, None outside the measurements and in a gap of them."""
        chain = bisect_right(self._starts_ns, stamp_ns) - 1
        pose = self._chains[chain].at(stamp_ns) if chain >= 0 else None
        return None if pose is None else Place(chain, pose)
