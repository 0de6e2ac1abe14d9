"""`FrameJob`: a frame of a scene to be decoded, and the threads that decode a few ahead."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.recordings.image_file import read_depth_mm, read_rgb
from training.recordings.recording import LabelledFrame
from training.recordings.scene_files import (
    INTRINSICS_FILE,
    FrameFiles,
    read_points,
    read_pose,
)
from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose

CAMERA_FRAME = "camera_optical_frame"

DECODER = "scene-decoder"
DECODERS = 2
LOOKAHEAD = 6
"""Frames decoded ahead of the consumer: enough to hide a slow one, little memory."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameJob:
    """One frame to decode, with what it shares with the others."""

    files: FrameFiles
    sequence: str
    stamp_ns: int
    pose: Pose | Path
    """`T_map_camera`, or the file that holds it."""
    scene: Path
    K: NDArray[np.float64] | None
    distortion: Distortion | None
    T_camera_lidar: NDArray[np.float64] | None


def decode_in_order(jobs: Sequence[FrameJob]) -> Iterator[LabelledFrame]:
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


def _decode(job: FrameJob) -> LabelledFrame:
    files = job.files
    rgb = None if files.colour is None else read_rgb(files.colour)
    depth_mm = None if files.depth is None else read_depth_mm(files.depth)
    points = None if files.lidar is None else read_points(files.lidar)
    if rgb is None and depth_mm is None and points is None:
        raise RecordingError(f"{job.scene / files.name}: a pose without colour, depth or lidar")
    frame = Frame(
        stamp_ns=job.stamp_ns,
        camera_frame=CAMERA_FRAME,
        rgb=rgb,
        depth_mm=depth_mm,
        points=points,
        camera=_camera(job, depth_mm if rgb is None else rgb),
        T_camera_lidar=job.T_camera_lidar,
    )
    pose = job.pose if isinstance(job.pose, Pose) else read_pose(job.pose)
    return LabelledFrame(files.name, job.sequence, frame, pose)


def _camera(job: FrameJob, image: NDArray[np.generic] | None) -> Camera | None:
    if job.K is None or image is None:
        return None
    height, width = image.shape[:2]
    fx, fy, cx, cy = (float(job.K[index]) for index in ((0, 0), (1, 1), (0, 2), (1, 2)))
    if not (0.0 < cx < width and 0.0 < cy < height):
        raise RecordingError(
            f"{job.scene / INTRINSICS_FILE}: the principal point ({cx:g}, {cy:g}) is not "
            f"in the {width}×{height} image; these are the intrinsics of another size"
        )
    return Camera(width, height, fx, fy, cx, cy, job.distortion)
