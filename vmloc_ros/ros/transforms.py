"""`Transforms`: what the node asks of tf. Pure; `tf2.py` answers."""

from collections.abc import Mapping
from typing import Protocol

from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Pose


class TransformError(VmlocError):
    """A transform that tf does not know, or not yet. The next image may find it."""


class Transforms(Protocol):
    """The tree of frames, to look into and to add one edge to. Safe for threads."""

    def lookup(
        self, target: str, source: str, stamp_ns: int | None = None, wait_s: float = 0.0
    ) -> Pose:
        """Return T_target_source.

        Args:
            target: frame of the result's coordinates.
            source: frame whose place is asked for.
            stamp_ns: time of the transform; None: the latest.
            wait_s: how long to wait while the frames are connected and the stamp lies ahead of
                what tf knows. Never in a callback of an executor.

        Raises:
            TransformError: not known at that time.
        """
        ...

    def is_static(self, target: str, source: str) -> bool:
        """Say whether the two frames are connected by static transforms alone."""
        ...

    def other_parent(self) -> str:
        """Say who else gives our child frame its parent, in words for the user; empty: nobody."""
        ...

    def broadcast(self, parent: str, poses: Mapping[int, Pose]) -> None:
        """Send T_parent_child by stamp (ns) to everybody, all in one message."""
        ...

    def rest(self) -> None:
        """Stop listening until the next lookup."""
        ...

    def clear(self) -> None:
        """Forget what is not static: time has jumped."""
        ...

    def close(self) -> None:
        """Stop listening and sending for good."""
        ...
