"""What is drawn where: rerun's entities, and the views that show them."""

from types import ModuleType
from typing import Any, Literal

MAP = "map"
TRAINING = "map/training"
ESTIMATE = "map/estimate"
UNCERTAINTY = "map/uncertainty"
PATH = "map/path"
TRUTH = "map/ground_truth"
TRUTH_PATH = "map/ground_truth_path"
CAMERA = "map/camera"
IMAGE = "map/camera/image"
DEPTH = "map/camera/depth"
LIDAR = "map/lidar"
"""The points of a sweep, where its place is known."""
SWEEP = "sweep/points"
"""The same in the lidar's own axes, where it is not."""
LIDAR_IMAGE = "sweep/image"
PLOTS = "plots"
LOG = "log"

Timeline = Literal["frame", "stamp", "log_time"]
"""The number of the frame, the sensors' clock, or that of the machine that draws."""

Up = Literal["x", "-x", "y", "-y", "z", "-z"]
"""The axis of map that points up: z by REP-103, -y where a map began with a camera's frame."""
UP: Up = "z"

RECENT_S = 60.0
"""What the plots show of a live node."""

PANELS = {
    "position_m": "Position, m",
    "rotation_deg": "Rotation, degrees",
    "expert_share": "Share of each expert",
    "novelty": "Novelty, 1 is the limit",
    "latency_ms": "Latency, ms",
}
"""Titles of the plots, by the first part of the name of their series."""


def layout(rr: ModuleType, timeline: Timeline) -> Any:
    """Return the blueprint: the map large at the left, images at the right, plots below."""
    rrb = rr.blueprint
    axis = _recent(rr) if timeline == "log_time" else None
    images = rrb.Vertical(
        rrb.Spatial2DView(origin=IMAGE, name="Image"),
        rrb.Spatial2DView(origin=DEPTH, name="Depth"),
        rrb.Spatial2DView(origin=LIDAR_IMAGE, name="Lidar"),
    )
    position, rotation, *others = (
        rrb.TimeSeriesView(origin=f"{PLOTS}/{name}", name=title, axis_x=axis)
        for name, title in PANELS.items()
    )
    columns = rrb.TextLogColumns(text_log_columns=["LogLevel", "Body"])
    log = rrb.TextLogView(origin=LOG, name="Log", columns=columns)
    scene = rrb.Tabs(
        rrb.Spatial3DView(origin=MAP, name="Map"), rrb.Spatial3DView(origin=SWEEP, name="Sweep")
    )
    return rrb.Blueprint(
        rrb.Vertical(
            rrb.Horizontal(scene, images, column_shares=[2.5, 1.0]),
            rrb.Horizontal(position, rotation, rrb.Tabs(*others), log),
            row_shares=[2.5, 1.0],
        ),
        rrb.TimePanel(state="collapsed", timeline=timeline, play_state="following"),
        collapse_panels=True,
    )


def _recent(rr: ModuleType) -> Any:
    """Return a time axis that moves on with the time shown."""
    boundary = rr.TimeRangeBoundary
    start, end = boundary.cursor_relative(seconds=-RECENT_S), boundary.cursor_relative()
    return rr.blueprint.TimeAxis(view_range=rr.TimeRange(start=start, end=end))
