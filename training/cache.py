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
from vmloc_ros.model.rotation import quat_log
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
    """For each modality, and what else the loss sees, N reduced images; zeros where a frame lacks
    it."""
    present: NDArray[np.bool_]
    """(N, M), which modalities of the model each frame has."""
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
    labels: Sequence[str] = (),
) -> FrameCache:
    """Decode and reduce a split into files in `folder`.

    Args:
        recording: where frames come from.
        split: which of them.
        preprocessing: how they are reduced.
        modalities: of the model.
        folder: for the files.
        labels: images that the model does not see and the loss does; frames that have nothing else
            are left out.

    Raises:
        RecordingError: a frame cannot be read, or the split is empty; it is named.
    """
    kept = (*modalities, *labels)
    preprocessor = Preprocessor(preprocessing, kept)
    folder.mkdir(parents=True, exist_ok=True)
    frames: list[_CachedFrame] = []
    with ExitStack() as stack:
        files = {name: stack.enter_context(_path(folder, name).open("wb")) for name in kept}
        for labelled in recording.frames(split):
            cached = _append(files, preprocessor, labelled, len(modalities))
            frames += [cached] if cached else []
    if not frames:
        raise RecordingError(f"{recording.path}: the split '{split}' holds no frames to train on")
    return _open(folder, preprocessing, kept, len(modalities), frames)


@dataclass(frozen=True, slots=True)
class _CachedFrame:
    name: str
    sequence: str
    pose: Pose
    present: tuple[bool, ...]
    camera: Camera | None
    T_camera_lidar: NDArray[np.float64] | None
    camera_frame: str


def _append(
    files: Mapping[str, BinaryIO],
    preprocessor: Preprocessor,
    labelled: LabelledFrame,
    modalities: int,
) -> _CachedFrame | None:
    """Cache a frame, unless it has none of the modalities of the model, the first of `files`."""
    frame, config = labelled.frame, preprocessor.config
    reduced = preprocessor.reduce(frame)
    if not any(name in reduced for name in list(files)[:modalities]):
        return None
    for name, file in files.items():
        image = reduced.get(name)
        if image is None:
            image = np.zeros(_shape(name, config), _LAYOUT[name][0])
        try:
            file.write(np.ascontiguousarray(image).data)
        except OSError as err:
            raise RecordingError(f"{file.name}: cannot cache frames ({err.strerror})") from err
    return _CachedFrame(
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
    kept: Sequence[str],
    modalities: int,
    frames: list[_CachedFrame],
) -> FrameCache:
    images: dict[str, NDArray[np.generic]] = {
        name: np.memmap(
            _path(folder, name),
            _LAYOUT[name][0],
            "r",
            shape=(len(frames), *_shape(name, preprocessing)),
        )
        for name in kept
    }
    cameras = {frame.camera for frame in frames}
    return FrameCache(
        images=images,
        present=np.array([frame.present[:modalities] for frame in frames]),
        poses=tuple(frame.pose for frame in frames),
        names=tuple(frame.name for frame in frames),
        sequences=tuple(frame.sequence for frame in frames),
        rig=SensorRig.of(
            cameras.pop() if len(cameras) == 1 else None,
            _common_extrinsic([frame.T_camera_lidar for frame in frames]),
        ),
        camera_frame=frames[0].camera_frame,
    )


def _common_extrinsic(extrinsics: Sequence[NDArray[np.float64] | None]) -> Pose | None:
    """Return the place of the lidar, if it is the same for all frames."""
    first = extrinsics[0]
    if first is None or any(T is None or not np.array_equal(T, first) for T in extrinsics):
        return None
    return Pose.from_matrix(first)


def _path(folder: Path, modality: str) -> Path:
    return folder / f"{modality}.raw"


def newest_frames(count: int, clip_frames: int) -> slice:
    """Return where the last frames of clips are among the frames of a batch."""
    return slice(count - count // clip_frames, None)


def pose_targets(batch: Batch) -> Tensor:
    """Return y (B, 6) of the frames of a batch."""
    return torch.cat([batch["position"], quat_log(batch["quat"])], dim=1)


class CachedFrames(Dataset[Batch]):
    """Chosen frames of a cache as a data set that is read a batch at a time.

    Args:
        cache: all frames.
        indices: of those that are chosen.
        normalizer: of their poses.
        clip: frames T that come for each one that is asked for, itself last, and the distance
            between them. Where the recording of the chosen frames starts or has a gap, the next one
            takes the place of the one that is missing.
    """

    def __init__(
        self,
        cache: FrameCache,
        indices: Sequence[int],
        normalizer: PoseNormalizer,
        clip: tuple[int, int] = (1, 1),
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
        self._clips = _clips(self.indices, cache.sequences, *clip)  # (N, T)

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def clip_frames(self) -> int:
        """How many frames T come for each one."""
        return int(self._clips.shape[1])

    def __getitems__(self, rows: list[int]) -> Batch:
        """Gather a batch of clips, T · B frames: all first ones, …, all last ones."""
        return self.gather(self.rows_of_clips(rows))

    def rows_of_clips(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Return the rows (T · B) of the clips that end with these, the last ones last."""
        chosen: NDArray[np.int64] = self._clips[rows].T.reshape(-1)
        return chosen

    def gather(self, chosen: NDArray[np.int64]) -> Batch:
        """Return the frames of these rows, each by itself."""
        frames = self.indices[chosen]
        batch = {name: torch.from_numpy(images[frames]) for name, images in self._images()}
        return batch | {
            "present": torch.from_numpy(self.cache.present[frames]),
            "position": self._positions[chosen],
            "quat": self._quats[chosen],
            "index": torch.from_numpy(frames),
        }

    def _images(self) -> list[tuple[str, NDArray[np.generic]]]:
        return list(self.cache.images.items())


def _clips(
    indices: NDArray[np.int64], sequences: Sequence[str], frames: int, spacing: int
) -> NDArray[np.int64]:
    """Return for each chosen frame the rows (N, T) of its clip in `indices`."""
    row_of = {int(index): row for row, index in enumerate(indices)}
    clips = np.empty((len(indices), frames), np.int64)
    for row, index in enumerate(indices.tolist()):
        clips[row, -1] = row
        for back in range(1, frames):
            earlier = index - back * spacing
            there = earlier in row_of and sequences[earlier] == sequences[index]
            clips[row, -1 - back] = row_of[earlier] if there else clips[row, -back]
    return clips
