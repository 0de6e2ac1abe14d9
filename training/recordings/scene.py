"""`SceneRecording`: a scene folder in the 7-Scenes layout, read frame by frame."""

import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.recordings import scene_files
from training.recordings.frame_job import CAMERA_FRAME, FrameJob, decode_in_order
from training.recordings.ground_truth import GroundTruth
from training.recordings.recording import LabelledFrame, Split
from training.recordings.scene_files import FrameFiles
from training.recordings.scene_writer import SceneWriter
from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import RecordingError

__all__ = ["CAMERA_FRAME", "SceneRecording", "SceneWriter", "is_scene"]

logger = logging.getLogger(__name__)

FIRST_STAMP_NS = 1_000_000_000 * 1_000_000_000
"""Where the time of a scene without stamps starts: zero is reserved for "no stamp"."""
FRAMES_PER_SECOND = 30
SEQUENCE_GAP_NS = 10 * 1_000_000_000


def is_scene(path: Path) -> bool:
    """Say whether `path` is a folder with a split file or with seq-NN folders."""
    if not path.is_dir():
        return False
    has_split = any((path / name).is_file() for name in scene_files.SPLIT_FILES.values())
    return has_split or bool(scene_files.list_sequences(path))


class SceneRecording:
    """A scene folder. Opening it lists folders and splits only; frames are read when asked for.

    The order is numeric: by sequence, then by frame. Without `stamps.txt` frames get 30 Hz from a
    non-zero epoch, with 10 s between sequences, the same stamps whichever split is read.

    Args:
        path: the scene folder.
        ground_truth: poses that take the place of the `.pose.txt` files, which may be missing
            then; frames outside their time are left out.

    Raises:
        RecordingError: no sequences, or a split file that cannot be used.
    """

    def __init__(self, path: Path, ground_truth: GroundTruth | None = None) -> None:
        self._path = path
        self._ground_truth = ground_truth
        self._folders = scene_files.list_sequences(path)
        self._splits = {
            split: scene_files.read_split(path / name, self._folders)
            for split, name in scene_files.SPLIT_FILES.items()
            if (path / name).is_file()
        }
        if not self._folders:
            raise RecordingError(f"{path}: no scene; expected folders seq-01, seq-02, …")
        self._sizes: dict[str, tuple[int, int]] = {}

    @property
    def path(self) -> Path:
        """The scene folder."""
        return self._path

    @property
    def splits(self) -> tuple[str, ...]:
        """("train", "test") where both split files are there, () where none is."""
        return tuple(self._splits)

    def count(self, split: Split = "all") -> int:
        """Return the number of frames of a split; lists the files, reads none of them."""
        return sum(len(self._listing[number]) for number in self._sequences(split))

    def frames(self, split: Split = "all") -> Iterator[LabelledFrame]:
        """Read the frames of a split in order, a few ahead in other threads.

        Raises:
            RecordingError: a file is missing, damaged or unlike the others; it is named.
        """
        jobs = [job for number in self._sequences(split) for job in self._jobs(number)]
        self._report_missing_poses(self.count(split) - len(jobs), len(jobs))
        return self._checked(decode_in_order(jobs))

    def _report_missing_poses(self, missing: int, found: int) -> None:
        if found == 0:
            raise RecordingError(
                f"{self._path}: none of {missing} frames lies within the ground truth "
                f"({self._ground_truth})"
            )
        if missing:
            logger.warning(
                "%s: %d of %d frames left out: no ground truth within their time",
                self._path,
                missing,
                missing + found,
            )

    def _sequences(self, split: Split) -> Sequence[int]:
        if split == "all":
            return tuple(self._folders)
        if split not in self._splits:
            name = scene_files.SPLIT_FILES.get(split, "TrainSplit.txt or TestSplit.txt")
            raise RecordingError(f"{self._path}: no split {split!r}; add {name} or use 'all'")
        return self._splits[split]

    @cached_property
    def _listing(self) -> dict[int, list[FrameFiles]]:
        listing = {
            number: scene_files.list_frames(folder) for number, folder in self._folders.items()
        }
        everything = [files for frames in listing.values() for files in frames]
        self._check_poses(everything)
        for sensor in ("colour", "depth", "lidar"):
            without = [files.name for files in everything if getattr(files, sensor) is None]
            if without and len(without) < len(everything):
                raise RecordingError(
                    f"{self._path / without[0]}: has no {sensor}, but other frames have; complete "
                    f"it or remove the frame ({len(without)} of {len(everything)} lack it)"
                )
        return listing

    def _check_poses(self, everything: Sequence[FrameFiles]) -> None:
        missing = [files.name for files in everything if files.pose is None]
        if missing and self._ground_truth is None:
            raise RecordingError(
                f"{self._path / missing[0]}{scene_files.POSE_ENDING}: missing; every frame needs "
                "its ground truth, here or in a TUM file"
            )

    @cached_property
    def _stamps_ns(self) -> dict[int, dict[int, int]]:
        """Stamps by sequence and frame number."""
        stamped = [(f / scene_files.STAMPS_FILE).is_file() for f in self._folders.values()]
        if not any(stamped):
            return _regular_stamps(self._listing)
        paths = {n: folder / scene_files.STAMPS_FILE for n, folder in self._folders.items()}
        return {number: scene_files.read_stamps(path) for number, path in paths.items()}

    @cached_property
    def _K(self) -> NDArray[np.float64] | None:
        path = self._path / scene_files.INTRINSICS_FILE
        if not path.is_file():
            return None
        K = scene_files.read_matrix(path, 3)
        if K[0, 0] <= 0.0 or K[1, 1] <= 0.0 or not np.array_equal(K[2], [0.0, 0.0, 1.0]):
            raise RecordingError(f"{path}: not a camera matrix (fx 0 cx; 0 fy cy; 0 0 1)")
        return K

    @cached_property
    def _distortion(self) -> Distortion | None:
        return scene_files.read_distortion(self._path)

    @cached_property
    def _T_camera_lidar(self) -> NDArray[np.float64] | None:
        path = self._path / scene_files.EXTRINSICS_FILE
        return scene_files.read_pose(path).matrix() if path.is_file() else None

    def _jobs(self, number: int) -> Iterator[FrameJob]:
        stamps_ns = self._stamps_ns[number]
        folder = self._folders[number]
        for files in self._listing[number]:
            if files.number not in stamps_ns:
                raise RecordingError(
                    f"{folder / scene_files.STAMPS_FILE}: no stamp for frame {files.number}"
                )
            stamp_ns = stamps_ns[files.number]
            pose = files.pose if self._ground_truth is None else self._ground_truth.at(stamp_ns)
            if pose is not None:
                yield FrameJob(
                    files,
                    folder.name,
                    stamp_ns,
                    pose,
                    self._path,
                    self._K,
                    self._distortion,
                    self._T_camera_lidar,
                )

    def _checked(self, labelled_frames: Iterator[LabelledFrame]) -> Iterator[LabelledFrame]:
        for labelled in labelled_frames:
            self._check_size(labelled.name, "colour", labelled.frame.rgb)
            self._check_size(labelled.name, "depth", labelled.frame.depth_mm)
            yield labelled

    def _check_size(self, name: str, sensor: str, image: NDArray[np.generic] | None) -> None:
        if image is None:
            return
        height, width = image.shape[:2]
        expected = self._sizes.setdefault(sensor, (width, height))
        if expected != (width, height):
            raise RecordingError(
                f"{self._path / name}: {sensor} is {width}×{height}, but "
                f"{expected[0]}×{expected[1]} in the frames before it"
            )


def _regular_stamps(listing: dict[int, list[FrameFiles]]) -> dict[int, dict[int, int]]:
    stamps_ns: dict[int, dict[int, int]] = {}
    start_ns = FIRST_STAMP_NS
    for number, frames in listing.items():
        stamps_ns[number] = {
            files.number: start_ns + files.number * 1_000_000_000 // FRAMES_PER_SECOND
            for files in frames
        }
        start_ns = stamps_ns[number][frames[-1].number] + SEQUENCE_GAP_NS
    return stamps_ns
