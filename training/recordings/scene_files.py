"""Where the files of a scene lie: the 7-Scenes layout, with lidar and stamps beside it.

seq-NN/frame-NNNNNN.color.png | .color.jpg   colour
seq-NN/frame-NNNNNN.depth.png                uint16 millimetres, 0 or 65535 = no return
seq-NN/frame-NNNNNN.lidar.bin                little-endian float32 x y z intensity
seq-NN/frame-NNNNNN.pose.txt                 T_map_camera, 4 × 4
seq-NN/stamps.txt                            lines `NNNNNN stamp_ns`
TrainSplit.txt  TestSplit.txt                lines `sequenceN`
camera-intrinsics.txt                        K, 3 × 3
camera-distortion.txt                        k1 k2 p1 p2 k3 k4 k5 k6; without it none
T_camera_lidar.txt                           4 × 4
lidar-sweeps.txt                             sweeps in each cloud; without it 1
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import RecordingError, VmlocError
from vmloc_ros.pose import Pose

LATEST_STAMP_NS = (2**31 - 1) * 10**9
"""ROS messages hold seconds in 32 bits."""

SPLIT_FILES = {"train": "TrainSplit.txt", "test": "TestSplit.txt"}
INTRINSICS_FILE = "camera-intrinsics.txt"
DISTORTION_FILE = "camera-distortion.txt"
EXTRINSICS_FILE = "T_camera_lidar.txt"
SWEEPS_FILE = "lidar-sweeps.txt"
STAMPS_FILE = "stamps.txt"

COLOUR_ENDINGS = (".color.png", ".color.jpg")
"""Where a frame has both, the lossless one is read."""
DEPTH_ENDING, LIDAR_ENDING, POSE_ENDING = ".depth.png", ".lidar.bin", ".pose.txt"

SEQUENCE_NAME = re.compile(r"seq-(\d+)")
FRAME_NAME = re.compile(r"frame-(\d+)(\.(?:color\.png|color\.jpg|depth\.png|lidar\.bin|pose\.txt))")
SPLIT_LINE = re.compile(r"sequence\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FrameFiles:
    """The files of one frame; absent sensors are None."""

    number: int
    name: str
    """`seq-NN/frame-NNNNNN`"""
    pose: Path | None
    colour: Path | None
    depth: Path | None
    lidar: Path | None


def sequence_name(number: int) -> str:
    """Return the folder name of a sequence."""
    return f"seq-{number:02d}"


def frame_name(number: int) -> str:
    """Return what the file names of a frame start with."""
    return f"frame-{number:06d}"


def list_sequences(scene: Path) -> dict[int, Path]:
    """Return the sequence folders of a scene by number, in numeric order.

    Raises:
        RecordingError: two folders have the same number.
    """
    folders: dict[int, Path] = {}
    for folder in sorted(scene.iterdir()):
        match = SEQUENCE_NAME.fullmatch(folder.name)
        if match is None or not folder.is_dir():
            continue
        first = folders.setdefault(int(match[1]), folder)
        if first != folder:
            raise RecordingError(f"{scene}: {first.name} and {folder.name} have the same number")
    return dict(sorted(folders.items()))


def list_frames(folder: Path) -> list[FrameFiles]:
    """Return the frames of a sequence in numeric order.

    Raises:
        RecordingError: no frames.
    """
    endings: dict[int, dict[str, Path]] = {}
    for path in folder.iterdir():
        if match := FRAME_NAME.fullmatch(path.name):
            endings.setdefault(int(match[1]), {})[match[2]] = path
    if not endings:
        raise RecordingError(f"{folder}: holds no frames (frame-NNNNNN.color.png, .pose.txt, …)")
    return [_frame_files(folder, number, endings[number]) for number in sorted(endings)]


def _frame_files(folder: Path, number: int, paths: Mapping[str, Path]) -> FrameFiles:
    colour = [paths[ending] for ending in COLOUR_ENDINGS if ending in paths]
    return FrameFiles(
        number=number,
        name=f"{folder.name}/{frame_name(number)}",
        pose=paths.get(POSE_ENDING),
        colour=colour[0] if colour else None,
        depth=paths.get(DEPTH_ENDING),
        lidar=paths.get(LIDAR_ENDING),
    )


def read_split(path: Path, folders: Mapping[int, Path]) -> tuple[int, ...]:
    """Return the sequence numbers that a split file names, in numeric order.

    Raises:
        RecordingError: a malformed line, a sequence that does not exist or is named twice, or an
            empty file.
    """
    numbers: set[int] = set()
    for line_number, line in enumerate(_read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {line_number}"
        match = SPLIT_LINE.fullmatch(line.strip())
        if match is None:
            raise RecordingError(f"{where}: expected a line like sequence1, got {line.strip()!r}")
        number = int(match[1])
        if number in numbers:
            raise RecordingError(f"{where}: names sequence{number} a second time")
        if number not in folders:
            raise RecordingError(f"{where}: {_no_such_sequence(path.parent, number, folders)}")
        numbers.add(number)
    if not numbers:
        raise RecordingError(f"{path}: names no sequence; expected lines like sequence1")
    return tuple(sorted(numbers))


def _no_such_sequence(scene: Path, number: int, folders: Mapping[int, Path]) -> str:
    name = sequence_name(number)
    if (scene / f"{name}.zip").is_file():
        return f"there is no folder {name}; unpack {name}.zip first"
    found = ", ".join(folder.name for folder in folders.values()) or "none"
    return f"there is no folder {name} (found: {found})"


def read_stamps(path: Path) -> dict[int, int]:
    """Return the stamps (nanoseconds) of a sequence by frame number.

    Raises:
        RecordingError: a malformed line, or stamps that do not increase.
    """
    stamps: dict[int, int] = {}
    latest = 0
    for line_number, line in enumerate(_read_text(path).splitlines(), start=1):
        try:
            number, stamp_ns = (int(word) for word in line.split())
        except ValueError as err:
            raise RecordingError(
                f"{path}, line {line_number}: expected a frame number and nanoseconds, got {line!r}"
            ) from err
        if not latest < stamp_ns <= LATEST_STAMP_NS:
            raise RecordingError(
                f"{path}, line {line_number}: stamps must be > 0 and increase, up to "
                f"{LATEST_STAMP_NS} ns"
            )
        stamps[number] = latest = stamp_ns
    return stamps


def read_sweeps(scene: Path) -> int:
    """Return how many sweeps each cloud of a scene is made of.

    Raises:
        RecordingError: the file holds no such number.
    """
    path = scene / SWEEPS_FILE
    if not path.is_file():
        return 1
    text = _read_text(path).strip()
    if not (text.isdecimal() and int(text) > 0):
        raise RecordingError(f"{path}: expected a number of sweeps, got {text[:20]!r}")
    return int(text)


def read_matrix(path: Path, size: int) -> NDArray[np.float64]:
    """Return a (size, size) matrix from a text file.

    Raises:
        RecordingError: not that many finite numbers.
    """
    values = _read_numbers(path)
    if values.size != size * size or not np.isfinite(values).all():
        raise RecordingError(
            f"{path}: expected {size} × {size} finite numbers, got {values.size} numbers"
            + ("" if np.isfinite(values).all() else " with NaN or infinity among them")
        )
    return values.reshape(size, size)


def read_distortion(scene: Path) -> Distortion | None:
    """Return how the lens of a scene's camera bends the picture; None where it does not.

    Raises:
        RecordingError: the file holds no eight finite numbers.
    """
    path = scene / DISTORTION_FILE
    if not path.is_file():
        return None
    numbers = _read_numbers(path)
    if numbers.size != len(fields(Distortion)) or not np.isfinite(numbers).all():
        raise RecordingError(f"{path}: expected 8 finite numbers (k1 k2 p1 p2 k3 k4 k5 k6)")
    return Distortion(*numbers.tolist()) if numbers.any() else None


def read_pose(path: Path) -> Pose:
    """Return the rigid transform in a 4 × 4 text file.

    Raises:
        RecordingError: no rigid transform.
    """
    try:
        return Pose.from_matrix(read_matrix(path, 4))
    except RecordingError:
        raise
    except VmlocError as err:
        raise RecordingError(f"{path}: {err}") from err


def read_points(path: Path) -> NDArray[np.float32]:
    """Return lidar points (N, 4): x, y, z in metres and intensity.

    Raises:
        RecordingError: not a whole number of finite points.
    """
    try:
        data = path.read_bytes()
    except OSError as err:
        raise RecordingError(f"{path}: cannot be read ({err.strerror})") from err
    if len(data) % 16:
        raise RecordingError(f"{path}: truncated; {len(data)} bytes are no multiple of 16")
    points = np.frombuffer(data, "<f4").reshape(-1, 4).astype(np.float32, copy=False)
    if not np.isfinite(points).all():
        raise RecordingError(f"{path}: holds points with NaN or infinity")
    return points


def _read_numbers(path: Path) -> NDArray[np.float64]:
    try:
        return np.array(_read_text(path).split(), dtype=np.float64)
    except ValueError as err:
        raise RecordingError(f"{path}: holds something other than numbers ({err})") from err


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as err:
        raise RecordingError(f"{path}: cannot be read as text ({err})") from err
