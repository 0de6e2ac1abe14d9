"""Training frames, decoded once: reduced images in memory-mapped files, poses beside them."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from training.recordings.recording import LabelledFrame, Recording, Split
from vmloc_ros.config import PreprocessingConfig
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose, PoseNormalizer
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.sensor_rig import SensorRig

Batch = dict[str, Tensor]
"""Reduced images by modality (`Preprocessor.reduce`), B of each, `present` (B, M), `position`
(B, 3) normalised, `quat` (B, 4) x y z w relative to the mean, `index` (B,)."""

_LAYOUT: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "rgb": (np.uint8, (3,)),
    "depth": (np.uint16, ()),
    "lidar": (np.float32, (3,)),
}


def _shape(modality: str, config: PreprocessingConfig) -> tuple[int, ...]:
    """Return the shape of one reduced image."""
    if modality == "lidar":
        return (config.lidar.rows, config.lidar.columns, *_LAYOUT[modality][1])
    return (config.height, config.width, *_LAYOUT[modality][1])


@dataclass(frozen=True, slots=True, eq=False)
class FrameCache:
    """N reduced frames with their poses."""

    images: dict[str, NDArray[np.generic]]
    """For each modality N reduced images; zeros where a frame lacks it."""
    present: NDArray[np.bool_]
    """(N, M), which modalities each frame has."""
    poses: tuple[Pose, ...]
    names: tuple[str, ...]
    sequences: tuple[str, ...]
    rig: SensorRig
    camera_frame: str


def build_cache(
    recording: Recording,
    split: Split,
    preprocessing: PreprocessingConfig,
    modalities: Sequence[str],
    folder: Path,
) -> FrameCache:
    """Decode and reduce a split into files in `folder`.

    Raises:
        RecordingError: a frame cannot be read, or the split is empty; it is named.
    """
    preprocessor = Preprocessor(preprocessing, modalities)
    folder.mkdir(parents=True, exist_ok=True)
    labels: list[_Label] = []
    with ExitStack() as stack:
        files = {name: stack.enter_context(_path(folder, name).open("wb")) for name in modalities}
        for labelled in recording.frames(split):
            labels.append(_append(files, preprocessor, labelled))
    if not labels:
        raise RecordingError(f"{recording.path}: the split '{split}' holds no frames to train on")
    return _open(folder, preprocessing, modalities, labels)


@dataclass(frozen=True, slots=True)
class _Label:
    name: str
    sequence: str
    pose: Pose
    present: tuple[bool, ...]
    camera: Camera | None
    T_camera_lidar: NDArray[np.float64] | None
    camera_frame: str


def _append(
    files: Mapping[str, BinaryIO], preprocessor: Preprocessor, labelled: LabelledFrame
) -> _Label:
    frame, config = labelled.frame, preprocessor.config
    reduced = preprocessor.reduce(frame)
    for name, file in files.items():
        image = reduced.get(name)
        if image is None:
            image = np.zeros(_shape(name, config), _LAYOUT[name][0])
        try:
            file.write(np.ascontiguousarray(image).data)
        except OSError as err:
            raise RecordingError(f"{file.name}: cannot cache frames ({err.strerror})") from err
    return _Label(
        labelled.name,
        labelled.sequence,
        labelled.T_map_camera,
        tuple(name in reduced for name in files),
        _reduced_camera(preprocessor, frame),
        frame.T_camera_lidar,
        frame.camera_frame,
    )


def _reduced_camera(preprocessor: Preprocessor, frame: Frame) -> Camera | None:
    """Return the intrinsics of the reduced images, if one camera describes them all."""
    sizes = {image.shape[:2] for image in (frame.rgb, frame.depth_mm) if image is not None}
    if frame.camera is None or sizes != {(frame.camera.height, frame.camera.width)}:
        return None
    return preprocessor.reduce_camera(frame.camera)


def _open(
    folder: Path,
    preprocessing: PreprocessingConfig,
    modalities: Sequence[str],
    labels: list[_Label],
) -> FrameCache:
    images: dict[str, NDArray[np.generic]] = {
        name: np.memmap(
            _path(folder, name),
            _LAYOUT[name][0],
            "r",
            shape=(len(labels), *_shape(name, preprocessing)),
        )
        for name in modalities
    }
    cameras = {label.camera for label in labels}
    return FrameCache(
        images=images,
        present=np.array([label.present for label in labels]),
        poses=tuple(label.pose for label in labels),
        names=tuple(label.name for label in labels),
        sequences=tuple(label.sequence for label in labels),
        rig=SensorRig.of(
            cameras.pop() if len(cameras) == 1 else None,
            _common_extrinsic([label.T_camera_lidar for label in labels]),
        ),
        camera_frame=labels[0].camera_frame,
    )


def _common_extrinsic(extrinsics: Sequence[NDArray[np.float64] | None]) -> Pose | None:
    """Return the place of the lidar, if it is the same for all frames."""
    first = extrinsics[0]
    if first is None or any(T is None or not np.array_equal(T, first) for T in extrinsics):
        return None
    return Pose.from_matrix(first)


def _path(folder: Path, modality: str) -> Path:
    return folder / f"{modality}.raw"


class CachedFrames(Dataset[Batch]):
    """Chosen frames of a cache as a data set that is read a batch at a time."""

    def __init__(
        self, cache: FrameCache, indices: Sequence[int], normalizer: PoseNormalizer
    ) -> None:
        self.cache = cache
        self.indices = np.asarray(indices, dtype=np.int64)
        mean = Pose(np.zeros(3), normalizer.quat_mean_xyzw).inverse()
        poses = [cache.poses[index] for index in indices]
        self._positions = torch.tensor(
            np.stack([normalizer.encode(pose)[:3] for pose in poses]), dtype=torch.float32
        )
        self._quats = torch.tensor(
            np.stack([(mean @ pose).quat_xyzw for pose in poses]), dtype=torch.float32
        )

    def __len__(self) -> int:
        return len(self.indices)

    def __getitems__(self, rows: list[int]) -> Batch:
        """Gather a batch."""
        frames = self.indices[rows]
        batch = {name: torch.from_numpy(images[frames]) for name, images in self._images()}
        return batch | {
            "present": torch.from_numpy(self.cache.present[frames]),
            "position": self._positions[rows],
            "quat": self._quats[rows],
            "index": torch.from_numpy(frames),
        }

    def _images(self) -> list[tuple[str, NDArray[np.generic]]]:
        return list(self.cache.images.items())
