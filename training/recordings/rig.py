"""`Rig`: what a bag says of the sensors: intrinsics, what is fixed to what, and how it moved."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.recordings.bag_file import BagFile
from training.recordings.body_motion import BodyMotion, motion_of_gyroscope, motions_of
from training.recordings.camera_poses import CameraPoses
from training.recordings.lidar_options import TRUTH
from training.recordings.motion_topic import IMU
from training.recordings.stamped_transform import StampedTransform, read_pose, read_transforms
from training.recordings.static_transforms import StaticTransforms
from training.recordings.topics import TRANSFORMS, Topics, is_rectified
from training.recordings.truth_source import TruthSource
from training.trajectory import read_tum
from vmloc_ros.config import NodeConfig
from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import MessageError, RecordingError, VmlocError
from vmloc_ros.frame import Camera
from vmloc_ros.messages import decode_camera, decode_distortion
from vmloc_ros.pose import Pose
from vmloc_ros.sweeps import MountedSource

logger = logging.getLogger(__name__)

MAP_FRAME = NodeConfig().map_frame


@dataclass(frozen=True, slots=True)
class Rig:
    """What is read before the first frame."""

    camera: Camera | None
    transforms: StaticTransforms
    poses: CameraPoses
    bodies: tuple[BodyMotion, ...] = ()
    """What may carry the lidar."""
    T_camera_lidar: Pose | None = None
    """Where the lidar sits, if not where the transforms say."""

    def find_lidar(self, messages: Mapping[str, Any]) -> NDArray[np.float64] | None:
        """Return `T_camera_lidar`, if there is a lidar and the transforms say where it is."""
        camera = messages.get("rgb", messages.get("depth"))
        if "lidar" not in messages or camera is None:
            return None
        T = self.transforms.find(camera.header.frame_id, messages["lidar"].header.frame_id)
        T = self.T_camera_lidar or T
        return None if T is None else T.matrix()

    def find_motion(self, camera_frame: str, lidar_frame: str) -> MountedSource | None:
        """Return what tells of the lidar's motion: the body that it is fixed to, if one moved."""
        frames = self.transforms.copy()
        if self.T_camera_lidar is not None:
            frames.add(camera_frame, lidar_frame, self.T_camera_lidar)
        for one in self.bodies:
            T_body_lidar = frames.find(one.body or camera_frame, lidar_frame)
            if T_body_lidar is not None:
                return MountedSource(one.track, T_body_lidar)
        return None


def read_rig(
    bag: BagFile,
    topics: Topics,
    path: Path,
    motion: str = "",
    T_camera_lidar: Pose | None = None,
) -> Rig:
    """Read the poses, the first calibrated `camera_info` and the static transforms of a bag.

    Args:
        bag: open.
        topics: those of the bag.
        path: named in errors.
        motion: what tells of the lidar's motion, as `find_motion_topic` returns it.
        T_camera_lidar: where the lidar sits, if not where the transforms say.

    Raises:
        RecordingError: a message or the file of the poses cannot be used; `path` is named.
    """
    truth, told_by = TruthSource(topics.ground_truth), TruthSource(motion)
    measured = [] if truth.file is None else _read_trajectory(truth.file)
    transforms, camera, moves = StaticTransforms(), None, list[Any]()
    wanted = {truth.topic, told_by.topic, topics.camera_info, topics.tf_static} - {"", TRUTH}
    for topic, msg in bag.messages(wanted):
        try:
            if topic == truth.topic:
                measured += read_transforms(msg)
            if topic == told_by.topic:
                moves.append(msg)
            if topic == topics.tf_static:
                _add_transforms(transforms, msg)
            elif topic == topics.camera_info and camera is None:
                camera = _read_camera(msg, topics.image or topics.depth, path)
        except VmlocError as err:
            raise RecordingError(f"{path}: {topic}: {err}") from err
    types = bag.types()
    map_frame = truth.frame or (MAP_FRAME if types.get(truth.topic) == TRANSFORMS else "")
    try:
        bodies = _bodies(motion, types.get(told_by.topic, ""), moves, measured)
    except VmlocError as err:
        raise RecordingError(f"{path}: {told_by.topic}: {err}") from err
    poses = CameraPoses(measured, transforms, map_frame)
    return Rig(camera, transforms, poses, bodies, T_camera_lidar)


def _bodies(
    motion: str, kind: str, messages: list[Any], truth: list[StampedTransform]
) -> tuple[BodyMotion, ...]:
    """Return the motions that messages, or the ground truth, tell of."""
    if motion == TRUTH:
        return tuple(motions_of(truth))
    if kind == IMU:
        return (motion_of_gyroscope(messages),) if messages else ()
    moved = [one for msg in messages for one in read_transforms(msg)]
    return tuple(motions_of(moved, TruthSource(motion).frame))


def _read_trajectory(path: Path) -> list[StampedTransform]:
    """Read a TUM file with poses of the camera itself."""
    trajectory = read_tum(path)
    stamped = zip(trajectory.stamps_ns, trajectory.poses, strict=True)
    return [StampedTransform(stamp_ns, MAP_FRAME, "", pose) for stamp_ns, pose in stamped]


def _add_transforms(transforms: StaticTransforms, msg: Any) -> None:
    for stamped in msg.transforms:
        T_parent_child = read_pose(stamped.transform.translation, stamped.transform.rotation)
        transforms.add(stamped.header.frame_id, stamped.child_frame_id, T_parent_child)


def _read_camera(msg: Any, image: str, path: Path) -> Camera | None:
    """Read the intrinsics of the topic of an image, and how its lens bends it."""
    if not np.any(msg.k if hasattr(msg, "k") else msg.K):
        logger.warning("%s: the camera is not calibrated: no intrinsics", path)
        return None
    camera = decode_camera(msg, is_rectified(image))
    return camera if is_rectified(image) else replace(camera, distortion=_read_lens(msg, path))


def _read_lens(msg: Any, path: Path) -> Distortion | None:
    try:
        return decode_distortion(msg)
    except MessageError as err:  # no reason to refuse pictures
        logger.warning("%s: %s; its pictures are taken for undistorted", path, err)
        return None
