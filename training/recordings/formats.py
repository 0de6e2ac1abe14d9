"""Which format a recording has, and the class that reads it."""

from collections.abc import Sequence
from pathlib import Path

from training.recordings.bag import MODALITIES, BagRecording, is_bag
from training.recordings.recording import Recording
from training.recordings.scene import SceneRecording, is_scene
from vmloc_ros.errors import RecordingError


def open_recording(path: Path, modalities: Sequence[str] | None = None) -> Recording:
    """Open a scene folder or a rosbag2.

    Args:
        path: scene folder, rosbag2 folder or file.
        modalities: what a model needs; a bag's frames are then paired over these alone, as the
            node does. By default over every sensor of the bag.

    Raises:
        RecordingError: there is nothing at `path`, or it is neither.
    """
    if not path.exists():
        raise RecordingError(f"{path}: no such file or folder")
    if is_bag(path):
        return BagRecording(path, modalities=modalities or MODALITIES)
    if is_scene(path):
        return SceneRecording(path)
    raise RecordingError(
        f"{path}: neither a scene (a folder with TrainSplit.txt or seq-NN folders) nor a bag "
        "(a folder with metadata.yaml, or an .mcap, .db3 or .bag file)"
    )
