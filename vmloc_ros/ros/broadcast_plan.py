"""`BroadcastPlan`: which transform is due for broadcast. Pure: the time is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from vmloc_ros.pose import Pose


@dataclass(frozen=True, slots=True, eq=False)
class Fix:
    """A pose of the robot that has been published."""

    stamp_ns: int
    """Of the image."""
    T_map_base: Pose
    taken_ns: int
    """When it was published, by the clock that ages it."""


class BroadcastPlan(Protocol):
    """Takes fixes and says what to send. Safe for threads."""

    def offer(self, fix: Fix) -> None:
        """Take a fix."""
        ...

    def due(self, clock_ns: int, now_ns: int) -> Mapping[int, Pose]:
        """Return what is to be sent at this moment: T_map_child by stamp (ns), in order.

        Args:
            clock_ns: the node's clock, which dates transforms.
            now_ns: the clock that ages fixes.
        """
        ...

    def clear(self) -> None:
        """Forget the fixes: time has jumped."""
        ...
