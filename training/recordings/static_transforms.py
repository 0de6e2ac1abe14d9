"""`StaticTransforms`: the fixed frames of a robot, as /tf_static tells them."""

from collections import deque

import numpy as np

from vmloc_ros.pose import Pose


class StaticTransforms:
    """A graph of frames with a rigid transform on each edge."""

    def __init__(self) -> None:
        self._neighbours: dict[str, dict[str, Pose]] = {}

    def add(self, parent: str, child: str, T_parent_child: Pose) -> None:
        """Add a transform; a later one between the same frames takes its place."""
        self._neighbours.setdefault(parent, {})[child] = T_parent_child
        self._neighbours.setdefault(child, {})[parent] = T_parent_child.inverse()

    def copy(self) -> "StaticTransforms":
        """Return a graph of its own with the same transforms."""
        other = StaticTransforms()
        other._neighbours = {frame: dict(near) for frame, near in self._neighbours.items()}
        return other

    def find(self, target: str, source: str) -> Pose | None:
        """Return `T_target_source` along the shortest chain, or None where there is none."""
        found = {target: Pose.from_matrix(np.eye(4))}
        waiting = deque([target])
        while waiting and source not in found:
            frame = waiting.popleft()
            for neighbour, T_frame_neighbour in self._neighbours.get(frame, {}).items():
                if neighbour not in found:
                    found[neighbour] = found[frame] @ T_frame_neighbour
                    waiting.append(neighbour)
        return found.get(source)
