"""`CameraPoses`: where the camera was in the map, from poses of it or of what carries it."""

from collections.abc import Iterable

import numpy as np

from training.recordings.ground_truth import GroundTruth
from training.recordings.stamped_transform import StampedTransform
from training.recordings.static_transforms import StaticTransforms
from vmloc_ros.pose import Pose

_SOMEWHERE = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


class CameraPoses:
    """Moving frames by stamp, the fixed ones between them and the camera.

    A pose whose message names no body is taken for that of the camera itself. Other bodies, as the
    `base_link` of an odometry, need fixed or moving transforms that lead to the camera.

    Args:
        measured: the moving frames, in any order.
        fixed: the frames that do not move.
        map_frame: where the poses are wanted; empty: the parent frame of the first one.
    """

    def __init__(
        self,
        measured: Iterable[StampedTransform],
        fixed: StaticTransforms | None = None,
        map_frame: str = "",
    ) -> None:
        edges: dict[tuple[str, str], dict[int, Pose]] = {}
        for one in measured:
            edges.setdefault((one.parent, one.child), {})[one.stamp_ns] = one.T_parent_child
        self._tracks = {edge: GroundTruth(poses) for edge, poses in edges.items()}
        self._fixed = fixed or StaticTransforms()
        self._map_frame = map_frame or next((parent for parent, _ in edges), "")

    def at(self, stamp_ns: int, camera_frame: str) -> Pose | None:
        """Return `T_map_camera`, interpolated as in `GroundTruth`; None where it is not known."""
        frames = self._fixed.copy()
        for (parent, child), track in self._tracks.items():
            pose = track.at(stamp_ns)
            if pose is not None:
                frames.add(parent, child or camera_frame, pose)
        return frames.find(self._map_frame, camera_frame)

    def gap(self, camera_frame: str) -> str:
        """Say which frames are not connected, whatever the time; nothing where all is well."""
        frames = self._fixed.copy()
        for parent, child in self._tracks:
            frames.add(parent, child or camera_frame, _SOMEWHERE)
        if not self._tracks or frames.find(self._map_frame, camera_frame) is not None:
            return ""
        moving = ", ".join(sorted(f"{child} in {parent}" for parent, child in self._tracks))
        return (
            f"no transforms lead from '{self._map_frame}' to '{camera_frame}', the frame of the "
            f"images; it has the poses of {moving}"
        )

    def __str__(self) -> str:
        return ", ".join(map(str, self._tracks.values())) or "no poses"
