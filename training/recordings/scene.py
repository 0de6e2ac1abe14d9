"""`SceneRecording`: a scene folder in the 7-Scenes layout, read frame by frame."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.recordings import scene_files
from training.recordings.image_file import read_depth_mm, read_rgb
from training.recordings.recording import LabelledFrame, Split
from training.recordings.scene_files import FrameFiles
from training.recordings.scene_writer import SceneWriter
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Camera, Frame

__all__ = ["CAMERA_FRAME", "SceneRecording", "SceneWriter", "is_scene"]

CAMERA_FRAME = "camera_optical_frame"

FIRST_STAMP_NS = 1_000_000_000 * 1_000_000_000
"""Where the time of a scene without stamps starts: zero is reserved for "no stamp"."""
FRAMES_PER_SECOND = 30
SEQUENCE_GAP_NS = 10 * 1_000_000_000

DECODER = "scene-decoder"
DECODERS = 2
LOOKAHEAD = 6
"""Frames decoded ahead of the consumer: enough to hide a slow one, little memory."""


def is_scene(path: Path) -> bool:
    """Say whether `path` is a folder with a split file or with seq-NN folders."""
    if not path.is_dir():
        return False
    has_split = any((path / name).is_file() for name in scene_files.SPLIT_FILES.values())
    return has_split or bool(scene_files.list_sequences(path))


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """One frame to decode, with what it shares with the others."""

    files: FrameFiles
    sequence: str
    stamp_ns: int
    K: NDArray[np.float64] | None
    T_camera_lidar: NDArray[np.float64] | None


class SceneRecording:
    """A scene folder. Opening it lists folders and splits only; frames are read when asked for.

    The order is numeric: by sequence, then by frame. Without `stamps.txt` frames get 30 Hz from a
    non-zero epoch, with 10 s between sequences, the same stamps whichever split is read.

    Raises:
        RecordingError: no sequences, or a split file that cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
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
        return self._checked(_decode_in_order(jobs))

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
        for sensor in ("colour", "depth", "lidar"):
            without = [files.name for files in everything if getattr(files, sensor) is None]
            if without and len(without) < len(everything):
                raise RecordingError(
                    f"{self._path / without[0]}: has no {sensor}, but other frames have; complete "
                    f"it or remove the frame ({len(without)} of {len(everything)} lack it)"
                )
        return listing

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
    def _T_camera_lidar(self) -> NDArray[np.float64] | None:
        path = self._path / scene_files.EXTRINSICS_FILE
        return scene_files.read_pose(path).matrix() if path.is_file() else None

    def _jobs(self, number: int) -> Iterator[_Job]:
        stamps_ns = self._stamps_ns[number]
        folder = self._folders[number]
        for files in self._listing[number]:
            if files.number not in stamps_ns:
                raise RecordingError(
                    f"{folder / scene_files.STAMPS_FILE}: no stamp for frame {files.number}"
                )
            stamp_ns = stamps_ns[files.number]
            yield _Job(files, folder.name, stamp_ns, self._K, self._T_camera_lidar)

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


def _decode_in_order(jobs: Sequence[_Job]) -> Iterator[LabelledFrame]:
    """Decode with a few threads; results and errors come out in the order of the jobs."""
    pool = ThreadPoolExecutor(DECODERS, thread_name_prefix=DECODER)
    pending: deque[Future[LabelledFrame]] = deque()
    try:
        for job in jobs:
            pending.append(pool.submit(_decode, job))
            if len(pending) > LOOKAHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        # The garbage collector may close a reader in a decoder, which cannot join itself.
        in_decoder = threading.current_thread().name.startswith(DECODER)
        pool.shutdown(wait=not in_decoder, cancel_futures=True)


def _decode(job: _Job) -> LabelledFrame:
    files = job.files
    rgb = None if files.colour is None else read_rgb(files.colour)
    depth_mm = None if files.depth is None else read_depth_mm(files.depth)
    points = None if files.lidar is None else scene_files.read_points(files.lidar)
    if rgb is None and depth_mm is None and points is None:
        raise RecordingError(f"{files.pose}: a pose without colour, depth or lidar")
    frame = Frame(
        stamp_ns=job.stamp_ns,
        camera_frame=CAMERA_FRAME,
        rgb=rgb,
        depth_mm=depth_mm,
        points=points,
        camera=_camera(job, depth_mm if rgb is None else rgb),
        T_camera_lidar=job.T_camera_lidar,
    )
    return LabelledFrame(files.name, job.sequence, frame, scene_files.read_pose(files.pose))


def _camera(job: _Job, image: NDArray[np.generic] | None) -> Camera | None:
    if job.K is None or image is None:
        return None
    height, width = image.shape[:2]
    fx, fy, cx, cy = (float(job.K[index]) for index in ((0, 0), (1, 1), (0, 2), (1, 2)))
    if not (0.0 < cx < width and 0.0 < cy < height):
        scene = job.files.pose.parents[1]
        raise RecordingError(
            f"{scene / scene_files.INTRINSICS_FILE}: the principal point ({cx:g}, {cy:g}) is not "
            f"in the {width}×{height} image; these are the intrinsics of another size"
        )
    return Camera(width, height, fx, fy, cx, cy)
