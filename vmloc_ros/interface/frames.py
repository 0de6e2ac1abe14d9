"""`CoordinateFrame`: a frame that the node's messages name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CoordinateFrame:
    """A frame."""

    name: str
    """Its default; empty where others decide."""
    source: str
    """What decides the name."""
    meaning: str


FRAMES = (
    CoordinateFrame(
        "map",
        "`map_frame`",
        "Frame of the poses: that of the training recording's ground truth.",
    ),
    CoordinateFrame("odom", "`odom_frame`", "Frame of the odometry; needed by `map_to_odom`."),
    CoordinateFrame("base_link", "`base_frame`", "Body whose pose is published."),
    CoordinateFrame(
        "",
        "`frame_id` of the images",
        "Optical frame of the camera: z forward, x right, y down (REP-103).",
    ),
)
