"""`BlockSize`: how large the block is and how much of it is recorded."""

from dataclasses import dataclass
from types import MappingProxyType

from training.recordings.block.street import Street


@dataclass(frozen=True, slots=True)
class BlockSize:
    """The street's course and the sensors' resolution."""

    corners_m: tuple[tuple[float, float], ...]
    corner_radius_m: float
    cruise_mps: float
    """Speed away from corners."""
    width: int
    """Of the pictures, pixels."""
    height: int
    beams: int
    columns: int
    """Of a turn of the lidar."""

    def street(self) -> Street:
        """Return the street of this size."""
        return Street(self.corners_m, self.corner_radius_m)


SIZES = MappingProxyType(
    {
        "small": BlockSize(
            corners_m=((-14.0, -10.5), (14.0, -10.5), (14.0, 10.5), (-14.0, 10.5)),
            corner_radius_m=10.0,
            cruise_mps=5.0,
            width=96,
            height=48,
            beams=32,
            columns=128,
        ),
        "medium": BlockSize(
            corners_m=((-45.0, -28.0), (47.0, -30.0), (44.0, 29.0), (-43.0, 26.0)),
            corner_radius_m=12.0,
            cruise_mps=2.5,
            width=160,
            height=80,
            beams=32,
            columns=512,
        ),
        "full": BlockSize(
            corners_m=(
                (-180.0, -100.0),
                (58.0, -126.0),
                (173.0, -63.0),
                (158.0, 79.0),
                (21.0, 121.0),
                (-126.0, 95.0),
            ),
            corner_radius_m=18.0,
            cruise_mps=8.6,
            width=320,
            height=160,
            beams=32,
            columns=1024,
        ),
    }
)
"""A loop of about 80 m for tests, one of about 270 m with a frame per metre, and one of 1 km."""
