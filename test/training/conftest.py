"""An evaluation of two short sequences, for what is drawn and said of one; views of a room."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from training.criteria import Criteria
from training.evaluation import Evaluation, evaluate_trajectory
from training.provenance import Provenance
from training.recordings.colour_sensor import GAMMA, TO_LINEAR, ColourSensor
from training.recordings.room import Room
from training.tally import Tally
from training.timing import Timing
from training.trajectory import Trajectory
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Array, Pose

FRAMES = 12


def pose(x: float, y: float, z: float) -> Pose:
    return Pose(np.array([x, y, z]), np.array([0.0, 0.0, 0.0, 1.0]))


def _evaluation(
    answered: int = FRAMES,
    name: str = "kitchen",
    sequences: tuple[str, str] = ("seq-01", "seq-02"),
    covariances: list[Array] | None = None,
    tally: Tally | None = None,
    timing: Timing | None = None,
    criteria: Mapping[str, Any] | None = None,
) -> Evaluation:
    stamps_ns = tuple(10**18 + k * 10**8 + k // 6 * 10**10 for k in range(FRAMES))
    truth = tuple(pose(0.1 * k, 0.0, 0.05 * k) for k in range(FRAMES))
    beside = tuple(pose(0.1 * k, 0.25, 0.05 * k) for k in range(answered))
    return evaluate_trajectory(
        Trajectory(stamps_ns[:answered], beside),
        Trajectory(stamps_ns, truth),
        [pose(0.0, 1.0, 0.0), pose(1.0, 1.0, 0.5)],
        Provenance(
            bundle=name,
            bundle_sha256="0123456789abcdef" * 4,
            recording=name,
            split="test",
            ground_truth="",
            device="cpu",
            versions={"vmloc_ros": "9.8.7"},
            command=f"vmloc evaluate bundle {name}",
        ),
        sequences=[sequences[0]] * 6 + [sequences[1]] * 6,
        covariances=covariances,
        tally=tally,
        timing=timing,
        criteria=None if criteria is None else Criteria.model_validate(criteria),
    )


@pytest.fixture
def evaluation() -> Callable[..., Evaluation]:
    """Two sequences of 6 frames, 10 Hz, 10 s apart, along x and z; estimates 0.25 m beside."""
    return _evaluation


class RoomViews:
    """The furnished room through a camera without noise, vignetting or holes."""

    def __init__(self, width: int, height: int) -> None:
        self._room = Room.furnished(np.random.default_rng(0))
        self._sensor = ColourSensor(width, height, 57.0)

    @property
    def camera(self) -> Camera:
        return self._sensor.camera

    def __call__(self, T_map_camera: Pose) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """Render colour (h, w, 3) and depth (h, w), mm."""
        rays, centres = self._sensor.subsample_rays, self._sensor.centre_rays
        directions, origin = rays(T_map_camera), T_map_camera.position.astype(np.float32)
        hits = self._room.cast(origin, directions)
        points = origin + hits.reach[:, None] * directions
        albedo = self._room.albedo(hits, self._sensor.sample_m(hits.reach))
        light = TO_LINEAR[albedo] * self._room.light(points, directions, hits)
        levels = 255.0 * self._sensor.averaged(light).clip(0.0, 1.0) ** (1.0 / GAMMA)
        reach = self._room.cast(origin, centres(T_map_camera)).reach
        depth_mm = 1000.0 * reach.reshape(levels.shape[:2])
        return levels.round().astype(np.uint8), depth_mm.round().astype(np.uint16)


@pytest.fixture(scope="session")
def room_views() -> RoomViews:
    return RoomViews(112, 84)
