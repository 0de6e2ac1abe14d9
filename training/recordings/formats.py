"""Which format a recording has, and the class that reads it."""

from collections.abc import Sequence
from pathlib import Path

from training.recordings.bag import MODALITIES, BagRecording, is_bag
from training.recordings.ground_truth import GroundTruth
from training.recordings.lidar_options import LidarOptions
from training.recordings.recording import Recording
from training.recordings.robotcar import RobotCarRecording, is_robotcar
from training.recordings.scene import SceneRecording, is_scene
from training.recordings.scene_files import SWEEPS_FILE, read_sweeps
from training.recordings.topics import Topics
from training.recordings.truth_source import TruthSource
from training.trajectory import read_tum
from vmloc_ros.errors import RecordingError


def open_recording(
    path: Path,
    modalities: Sequence[str] | None = None,
    ground_truth: str | None = None,
    lidar: LidarOptions | None = None,
) -> Recording:
    """Open a scene folder, a rosbag2 or traversals of Oxford RobotCar.

    Args:
        path: scene folder, rosbag2 folder or file, or a folder of traversals.
        modalities: what a model needs; a bag's frames are then paired over these alone, as the
            node does. By default over every sensor of the bag.
        ground_truth: where the poses of the camera come from, see `TruthSource`; by default the
            files of the scene, the topic of the bag, or "ins" of RobotCar, which has "rtk" too.
        lidar: how the clouds of a bag are read. Those of a scene are made of as many sweeps
            already, or the scene is refused.

    Raises:
        RecordingError: there is nothing at `path`, or none of these, or no such ground truth.
    """
    if not path.exists():
        raise RecordingError(f"{path}: no such file or folder")
    if is_bag(path):
        topics = None if ground_truth is None else Topics(ground_truth=ground_truth)
        return BagRecording(path, topics, modalities=modalities or MODALITIES, lidar=lidar)
    if is_scene(path):
        if lidar is not None and "lidar" in (modalities or ()):
            _check_sweeps(path, lidar.sweeps)
        return SceneRecording(path, _read_truth(path, ground_truth))
    if is_robotcar(path):
        return RobotCarRecording(path, poses=ground_truth or "ins", modalities=modalities)
    raise RecordingError(
        f"{path}: neither a scene (a folder with TrainSplit.txt or seq-NN folders), nor a bag "
        "(a folder with metadata.yaml, or an .mcap, .db3 or .bag file), nor traversals of Oxford "
        "RobotCar (folders such as 2014-06-26-08-53-56)"
    )


def _read_truth(scene: Path, ground_truth: str | None) -> GroundTruth | None:
    if ground_truth is None:
        return None
    file = TruthSource(ground_truth).file
    if file is None:
        raise RecordingError(
            f"{scene}: a scene has no topics: ground truth is a .tum file, not '{ground_truth}'"
        )
    trajectory = read_tum(file)
    return GroundTruth(dict(zip(trajectory.stamps_ns, trajectory.poses, strict=True)))


def _check_sweeps(scene: Path, wanted: int) -> None:
    found = read_sweeps(scene)
    if found != wanted:
        raise RecordingError(
            f"{scene}: its clouds are made of {found} sweeps ({SWEEPS_FILE}), the model's of "
            f"{wanted}: set preprocessing.lidar.sweeps to {found}, or extract the bag with "
            f"--sweeps {wanted}"
        )
