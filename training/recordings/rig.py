"""`Rig`: what a bag says of the camera: its intrinsics, what is fixed to it, and where it was."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.recordings.bag_file import BagFile
from training.recordings.camera_poses import CameraPoses
from training.recordings.stamped_transform import StampedTransform, read_pose, read_transforms
from training.recordings.static_transforms import StaticTransforms
from training.recordings.topics import TRANSFORMS, Topics
from training.recordings.truth_source import TruthSource
from training.trajectory import read_tum
from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import RecordingError, VmlocError
from vmloc_ros.frame import Camera
from vmloc_ros.messages import decode_camera

logger = logging.getLogger(__name__)

MAP_FRAME = NodeConfig().map_frame


@dataclass(frozen=True, slots=True)
class Rig:
    """What is read before the first frame."""

    camera: Camera | None
    transforms: StaticTransforms
    poses: CameraPoses

    def find_lidar(self, messages: Mapping[str, Any]) -> NDArray[np.float64] | None:
        """Return `T_camera_lidar`, if there is a lidar and the transforms say where it is."""
        camera = messages.get("rgb", messages.get("depth"))
        if "lidar" not in messages or camera is None:
            return None
        T = self.transforms.find(camera.header.frame_id, messages["lidar"].header.frame_id)
        return None if T is None else T.matrix()


def read_rig(bag: BagFile, topics: Topics, path: Path) -> Rig:
    """Read the poses, the first calibrated `camera_info` and the static transforms of a bag.

    Raises:
        RecordingError: a message or the file of the poses cannot be used; `path` is named.
    """
    truth = TruthSource(topics.ground_truth)
    measured = [] if truth.file is None else _read_trajectory(truth.file)
    transforms, camera = StaticTransforms(), None
    wanted = {truth.topic, topics.camera_info, topics.tf_static} - {""}
    for topic, msg in bag.messages(wanted):
        try:
            if topic == truth.topic:
                measured += read_transforms(msg)
            elif topic == topics.tf_static:
                _add_transforms(transforms, msg)
            elif camera is None:
                camera = _read_camera(msg, path)
        except VmlocError as err:
            raise RecordingError(f"{path}: {topic}: {err}") from err
    is_tree = bag.types().get(truth.topic) == TRANSFORMS
    map_frame = truth.frame or (MAP_FRAME if is_tree else "")
    return Rig(camera, transforms, CameraPoses(measured, transforms, map_frame))


def _read_trajectory(path: Path) -> list[StampedTransform]:
    """Read a TUM file with poses of the camera itself."""
    trajectory = read_tum(path)
    stamped = zip(trajectory.stamps_ns, trajectory.poses, strict=True)
    return [StampedTransform(stamp_ns, MAP_FRAME, "", pose) for stamp_ns, pose in stamped]


def _add_transforms(transforms: StaticTransforms, msg: Any) -> None:
    for stamped in msg.transforms:
        T_parent_child = read_pose(stamped.transform.translation, stamped.transform.rotation)
        transforms.add(stamped.header.frame_id, stamped.child_frame_id, T_parent_child)


def _read_camera(msg: Any, path: Path) -> Camera | None:
    if not np.any(msg.k if hasattr(msg, "k") else msg.K):
        logger.warning("%s: the camera is not calibrated: no intrinsics", path)
        return None
    return decode_camera(msg)
