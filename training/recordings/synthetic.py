"""The synthetic room as a recording: a scene with colour, depth, lidar and exact poses.

Made to try the whole chain without a download: a furnished room, walked through with an RGB-D
camera and a lidar on top. The same seed gives the same files, byte for byte.
"""

from pathlib import Path

import numpy as np
from numpy.random import Generator

from training.recordings.kinect import Kinect
from training.recordings.room import Room
from training.recordings.scene import CAMERA_FRAME, FIRST_STAMP_NS, SEQUENCE_GAP_NS
from training.recordings.scene_writer import SceneWriter
from training.recordings.spinning_lidar import T_CAMERA_LIDAR, SpinningLidar
from training.recordings.walk import Walk
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Frame
from vmloc_ros.pose import Pose

FRAME_PERIOD_NS = 1_000_000_000 // 30
TRAIN_WALK_FRAMES, TEST_WALK_FRAMES = 100, 40
"""About this many frames make a sequence."""
TEST_START_DEG = 35.0
"""Test walks begin elsewhere on the round than training walks."""
SMALLEST_PX = 16


def synthesize(
    folder: Path,
    *,
    seed: int = 0,
    train_frames: int = 600,
    test_frames: int = 120,
    width: int = 160,
    height: int = 120,
    lidar: bool = True,
) -> None:
    """Write a scene folder of the synthetic room, with training and test sequences.

    Args:
        folder: must not exist.
        seed: decides on the room's pictures and colours, the walks and the noise.
        train_frames: frames of the training walks together, at least 1.
        test_frames: frames of the test walks together, at least 1.
        width: of colour and depth, pixels.
        height: of colour and depth, pixels.
        lidar: whether to add a sweep of the lidar to every frame.

    Raises:
        RecordingError: `folder` exists, or a number is too small.
    """
    if min(train_frames, test_frames) < 1 or min(width, height) < SMALLEST_PX or seed < 0:
        raise RecordingError(
            "a synthetic scene needs at least 1 training frame, 1 test frame, "
            f"{SMALLEST_PX}×{SMALLEST_PX} pixels and a seed ≥ 0"
        )
    with SceneWriter(folder) as writer:
        room = Room.furnished(np.random.default_rng(seed))
        kinect = Kinect(width, height)
        spinning_lidar = SpinningLidar() if lidar else None
        train = _walks(train_frames, TRAIN_WALK_FRAMES, 0.0)
        test = _walks(test_frames, TEST_WALK_FRAMES, TEST_START_DEG)
        start_ns = FIRST_STAMP_NS
        for sequence, walk in enumerate([*train, *test], start=1):
            rng = np.random.default_rng([seed, sequence])
            for number, pose in enumerate(walk.poses(room, rng)):
                stamp_ns = start_ns + number * FRAME_PERIOD_NS
                frame = _record(room, kinect, spinning_lidar, stamp_ns, pose, rng)
                writer.write(sequence, frame, pose)
            start_ns += walk.frames * FRAME_PERIOD_NS + SEQUENCE_GAP_NS
        numbers = range(1, len(train) + len(test) + 1)
        writer.finish(train=numbers[: len(train)], test=numbers[len(train) :])


def _walks(frames: int, frames_per_walk: int, start_deg: float) -> list[Walk]:
    """Share the frames out to walks that start around the room."""
    count = -(-frames // frames_per_walk)
    return [
        Walk(start_deg + 360.0 * index / count, (frames * (index + 1)) // count - shared)
        for index, shared in enumerate((frames * index) // count for index in range(count))
    ]


def _record(
    room: Room,
    kinect: Kinect,
    lidar: SpinningLidar | None,
    stamp_ns: int,
    T_map_camera: Pose,
    rng: Generator,
) -> Frame:
    """Look at the room with every sensor."""
    return Frame(
        stamp_ns=stamp_ns,
        camera_frame=CAMERA_FRAME,
        rgb=kinect.rgb(room, T_map_camera, rng),
        depth_mm=kinect.depth_mm(room, T_map_camera, rng),
        points=None if lidar is None else lidar.points(room, T_map_camera, rng),
        camera=kinect.camera,
        T_camera_lidar=None if lidar is None else T_CAMERA_LIDAR,
    )
