"""The synthetic city block as a recording: a scene with colour, lidar and exact poses.

Made to try outdoors what a download is too large for: several traversals of a loop at different
hours and seasons. The same seed gives the same files, byte for byte.
"""

from pathlib import Path
from typing import cast

from training.recordings.block.block_size import SIZES
from training.recordings.block.city_block import CityBlock
from training.recordings.block.drive import FRAME_PERIOD_NS
from training.recordings.block.light import LIGHTS
from training.recordings.block.street_pictures import SEASONS, Season
from training.recordings.block.traversal import Traversal
from training.recordings.block.vehicle import Vehicle
from training.recordings.scene import FIRST_STAMP_NS, SEQUENCE_GAP_NS
from training.recordings.scene_writer import SceneWriter
from vmloc_ros.errors import RecordingError

TRAIN, TEST = (1, 2), (3,)
"""Numbers of the traversals."""


def synthesize_block(
    folder: Path,
    *,
    seed: int = 0,
    size: str = "full",
    light: str = "day",
    season: str = "summer",
) -> None:
    """Write a scene folder of the city block: two traversals for training and one for testing.

    Scenes of one seed and size show the same block, drives and traffic, whatever the light and the
    season: what differs between their results is due to these alone.

    Args:
        folder: must not exist.
        seed: decides on the block, the drives, the traffic, the weather and the noise.
        size: "small", a loop of 80 m, "medium", one of 270 m, or "full", one of 1 km.
        light: "day", "dusk" or "night".
        season: "summer" or "winter".

    Raises:
        RecordingError: `folder` exists, or a choice is not one of these.
    """
    _check(seed, size, light, season)
    with SceneWriter(folder) as writer:
        block = CityBlock(SIZES[size], cast(Season, season), seed)
        vehicle = Vehicle(SIZES[size])
        start_ns = FIRST_STAMP_NS
        for number in (*TRAIN, *TEST):
            traversal = Traversal(block, SIZES[size].cruise_mps, seed, number)
            illumination = traversal.illumination(LIGHTS[light])
            for frame, pose in enumerate(traversal.drive.poses):
                stamp_ns = start_ns + frame * FRAME_PERIOD_NS
                world, noise = traversal.world(frame), traversal.noise(frame)
                seen = vehicle.look(world, illumination, stamp_ns, pose, noise)
                writer.write(number, seen, pose)
            start_ns = stamp_ns + SEQUENCE_GAP_NS
        writer.finish(train=TRAIN, test=TEST)


def _check(seed: int, size: str, light: str, season: str) -> None:
    if seed < 0:
        raise RecordingError(f"a synthetic block needs a seed ≥ 0, got {seed}")
    choices = (("size", size, SIZES), ("light", light, LIGHTS), ("season", season, SEASONS))
    for what, chosen, known in choices:
        if chosen not in known:
            names = ", ".join(known)
            raise RecordingError(f"a synthetic block has no {what} '{chosen}', only: {names}")
