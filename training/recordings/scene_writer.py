"""`SceneWriter`: writes a scene folder in the 7-Scenes layout, all of it or nothing."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from training.recordings import scene_files
from training.recordings.image_file import write_depth_mm, write_rgb
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose


class SceneWriter:
    """Writes frames and their poses; `folder` appears when the context is left without an error.

    Until then everything lies in a hidden folder beside it. Frames are numbered from 0 in each
    sequence, in the order they come.

        with SceneWriter(folder) as writer:
            writer.write(1, frame, T_map_camera)
            writer.finish(train=[1], test=[])

    Args:
        folder: the new scene.
        sweeps: how many each cloud is made of.

    Raises:
        RecordingError: the folder exists or cannot be written, nothing was written, or a frame is
            unlike the first.
    """

    def __init__(self, folder: Path, sweeps: int = 1) -> None:
        self._folder = folder
        self._sweeps = sweeps
        self._partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
        self._first: Frame | None = None
        self._stamps_ns: dict[int, list[int]] = {}

    def __enter__(self) -> Self:
        self._refuse_existing()
        try:
            self._partial.mkdir(parents=True)
        except OSError as err:
            raise self._unwritable(err) from err
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._publish()
        except OSError as err:
            raise self._unwritable(err) from err
        finally:
            shutil.rmtree(self._partial, ignore_errors=True)
        if isinstance(error, OSError):  # of a write; what cannot be read is named by its reader
            raise self._unwritable(error) from error

    def write(self, sequence: int, frame: Frame, T_map_camera: Pose) -> None:
        """Append a frame to a sequence (numbered from 1 by custom).

        Raises:
            RecordingError: its sensors, sizes or calibration differ from the first frame's, or
                its stamp is not later than the one before it in the sequence.
        """
        self._check(sequence, frame)
        stamps_ns = self._stamps_ns.setdefault(sequence, [])
        folder = self._partial / scene_files.sequence_name(sequence)
        folder.mkdir(exist_ok=True)
        stem = str(folder / scene_files.frame_name(len(stamps_ns)))
        if frame.rgb is not None:
            write_rgb(Path(stem + scene_files.COLOUR_ENDINGS[0]), frame.rgb)
        if frame.depth_mm is not None:
            write_depth_mm(Path(stem + scene_files.DEPTH_ENDING), frame.depth_mm)
        if frame.points is not None:
            data = frame.points.astype("<f4", copy=False).tobytes()
            Path(stem + scene_files.LIDAR_ENDING).write_bytes(data)
        _write_matrix(Path(stem + scene_files.POSE_ENDING), T_map_camera.matrix())
        stamps_ns.append(frame.stamp_ns)

    def finish(self, train: Sequence[int], test: Sequence[int]) -> None:
        """Write the split files; a split without sequences gets none.

        Raises:
            RecordingError: a sequence that was not written.
        """
        for name, numbers in (("train", train), ("test", test)):
            unknown = [number for number in numbers if number not in self._stamps_ns]
            if unknown:
                raise RecordingError(
                    f"{self._folder}: the {name} split names sequence{unknown[0]}, but only "
                    f"{sorted(self._stamps_ns)} were written"
                )
            if numbers:
                lines = "".join(f"sequence{number}\n" for number in sorted(numbers))
                (self._partial / scene_files.SPLIT_FILES[name]).write_text(lines)

    def _check(self, sequence: int, frame: Frame) -> None:
        if self._first is None:
            self._first = frame
        have, expected = _summary(frame), _summary(self._first)
        for what, value in have.items():
            if value != expected[what]:
                raise RecordingError(
                    f"{self._folder}: frame {frame.stamp_ns} has {what} {value}, but the first "
                    f"frame has {expected[what]}; a scene has the same sensors throughout"
                )
        stamps_ns = self._stamps_ns.get(sequence)
        if frame.stamp_ns <= (stamps_ns[-1] if stamps_ns else 0):
            raise RecordingError(
                f"{self._folder}: stamp {frame.stamp_ns} in sequence {sequence} must be > 0 and "
                "later than the frame before it"
            )

    def _publish(self) -> None:
        if self._first is None:
            raise RecordingError(f"{self._folder}: no frames to write")
        if self._first.camera is not None:
            _write_camera(self._partial, self._first.camera)
        if self._first.T_camera_lidar is not None:
            _write_matrix(self._partial / scene_files.EXTRINSICS_FILE, self._first.T_camera_lidar)
        if self._sweeps > 1:
            (self._partial / scene_files.SWEEPS_FILE).write_text(f"{self._sweeps}\n")
        for sequence, stamps_ns in self._stamps_ns.items():
            lines = "".join(f"{number:06d} {stamp}\n" for number, stamp in enumerate(stamps_ns))
            folder = self._partial / scene_files.sequence_name(sequence)
            (folder / scene_files.STAMPS_FILE).write_text(lines)
        self._refuse_existing()
        os.replace(self._partial, self._folder)

    def _unwritable(self, err: OSError) -> RecordingError:
        return RecordingError(f"{self._folder}: cannot write the scene ({err.strerror or err})")

    def _refuse_existing(self) -> None:
        if self._folder.exists():
            raise RecordingError(f"{self._folder}: exists already; name a new folder")


def _summary(frame: Frame) -> dict[str, object]:
    """What all frames of a scene share."""
    T = frame.T_camera_lidar
    return {
        "a colour image of shape": None if frame.rgb is None else frame.rgb.shape,
        "a depth image of shape": None if frame.depth_mm is None else frame.depth_mm.shape,
        "lidar": frame.points is not None,
        "intrinsics": frame.camera,
        "T_camera_lidar": None if T is None else T.tolist(),
    }


def _write_camera(scene: Path, camera: Camera) -> None:
    _write_matrix(scene / scene_files.INTRINSICS_FILE, camera.matrix())
    if camera.distortion is not None:
        lens = np.array([astuple(camera.distortion)])
        _write_matrix(scene / scene_files.DISTORTION_FILE, lens)


def _write_matrix(path: Path, matrix: NDArray[np.float64]) -> None:
    # 17 significant digits: what is read back is what was written, bit for bit.
    np.savetxt(path, matrix, fmt="%.17g")
