"""`Viewer`: draws what a localizer sees and answers."""

import math
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from vmloc_ros.config import NodeConfig
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Array, Pose
from vmloc_ros.viewer import layout
from vmloc_ros.viewer.ellipsoid import Ellipsoid
from vmloc_ros.viewer.layout import Timeline, Up
from vmloc_ros.viewer.options import ViewerOptions
from vmloc_ros.viewer.outlet import load_rerun
from vmloc_ros.viewer.throttle import Throttle
from vmloc_ros.viewer.trail import Trail

Level = Literal["INFO", "WARN", "ERROR"]

APPLICATION = "vmloc"
ORANGE, GREEN, GREY = (255, 150, 30), (60, 200, 90), (130, 140, 160)
RED, BLUE, VIOLET = (230, 90, 80), (90, 150, 255), (190, 120, 240)
AXIS_M = 0.15
FRUSTUM_M = 0.3
JPEG_QUALITY = 80
PATH_RATE_HZ = 5.0
MM_PER_M = 1000.0
CM_PER_M = 100.0
"""Of the lidar's picture: in millimetres 16 bits would end at 65 m."""
MOST_POINTS = 20_000
"""Points drawn of a sweep: a browser's link carries no more."""
FLUSH_S = 10.0

_SERIES = {
    "position_m/error": ("error", GREEN),
    "position_m/sigma": ("1σ", ORANGE),
    "rotation_deg/error": ("error", GREEN),
    "rotation_deg/sigma": ("1σ", ORANGE),
    "expert_share/rgb": ("rgb", RED),
    "expert_share/depth": ("depth", BLUE),
    "expert_share/lidar": ("lidar", VIOLET),
    "expert_share/prior": ("prior", GREY),
    "novelty/rgb": ("rgb", RED),
    "novelty/depth": ("depth", BLUE),
    "novelty/lidar": ("lidar", VIOLET),
}
"""Name and colour of a curve; others get theirs from rerun."""


class Viewer:
    """Draws into a rerun recording. Use it from one thread.

    Args:
        options: where the picture goes, and which axis of map points up.
        timeline: the one that is shown at first.

    Raises:
        ConfigError: rerun is not installed, or the outlet cannot be opened.
    """

    def __init__(self, options: ViewerOptions, timeline: Timeline) -> None:
        self._rr = load_rerun()
        self._stream = self._rr.RecordingStream(APPLICATION)
        self.where = options.outlet.open(self._stream)
        """Where to look, in words."""
        self._stream.send_blueprint(layout.layout(self._rr, timeline))
        length = NodeConfig().path_length
        self._trails = {layout.PATH: Trail(length), layout.TRUTH_PATH: Trail(length)}
        self._often = {path: Throttle(PATH_RATE_HZ) for path in self._trails}
        self._draw_fixed(options.up)

    def number(self, frame: int) -> None:
        """Give what follows the number of a frame, for a recording that is looked through."""
        self._stream.set_time("frame", sequence=frame)

    def show_training(self, positions: Array) -> None:
        """Draw the places of the training images, (N, 3) in map."""
        points = self._rr.Points3D(positions, colors=GREY, radii=self._rr.Radius.ui_points(2.0))
        self._stream.log(layout.TRAINING, points, static=True)

    def show_path(self, poses: Iterable[tuple[int, Pose]]) -> None:
        """Take over the way so far, by stamp in nanoseconds."""
        for stamp_ns, pose in poses:
            self._trails[layout.PATH].add(stamp_ns, pose.position)

    def show_pose(self, stamp_ns: int, T_map_body: Pose, covariance: Array | None) -> None:
        """Draw an estimate with the ellipsoids of 1 σ and 2 σ; `covariance` (6, 6) as in map."""
        self._at(stamp_ns)
        self._log(layout.ESTIMATE, self._transform(T_map_body), self._rr.TransformAxes3D(AXIS_M))
        self._extend(layout.PATH, stamp_ns, T_map_body, ORANGE)
        if covariance is not None:
            self._show_uncertainty(T_map_body.position, covariance)

    def lose_pose(self, stamp_ns: int) -> None:
        """Take the last estimate away: it holds no longer. Its path stays."""
        self._at(stamp_ns)
        for path in (layout.ESTIMATE, layout.UNCERTAINTY):
            self._log(path, self._rr.Clear(recursive=False))

    def show_truth(self, stamp_ns: int, T_map_camera: Pose) -> None:
        """Draw the true pose."""
        self._at(stamp_ns)
        axes = self._rr.TransformAxes3D(AXIS_M)
        self._log(layout.TRUTH, self._transform(T_map_camera), axes)
        self._extend(layout.TRUTH_PATH, stamp_ns, T_map_camera, GREEN)

    def show_frame(self, frame: Frame, T_map_camera: Pose | None) -> None:
        """Draw the images, and the camera with the depth in space where its place is known."""
        self._at(frame.stamp_ns)
        if T_map_camera is not None:
            self._log(layout.CAMERA, self._transform(T_map_camera))
        camera = frame.camera if T_map_camera is not None else None
        self._show_image(layout.IMAGE, self._colour(frame.rgb), camera, FRUSTUM_M)
        if camera is not None and frame.depth_mm is not None:
            height, width = frame.depth_mm.shape
            camera = camera.resized(width, height)
        self._show_image(layout.DEPTH, self._depth(frame.depth_mm), camera, FRUSTUM_M / 100.0)

    def show_points(
        self, stamp_ns: int, points: NDArray[np.float32], T_map_lidar: Pose | None
    ) -> None:
        """Draw the points (N, 4) of a sweep, thinned, in the map where its place is known."""
        self._at(stamp_ns)
        thinned = points[:: 1 + len(points) // MOST_POINTS, :3]
        cloud = self._rr.Points3D(thinned, colors=VIOLET, radii=self._rr.Radius.ui_points(1.5))
        gone = self._rr.Clear(recursive=False)
        if T_map_lidar is None:
            self._log(layout.LIDAR, gone)
            self._log(layout.SWEEP, cloud)
        else:
            self._log(layout.SWEEP, gone)
            self._log(layout.LIDAR, self._transform(T_map_lidar), cloud)

    def show_lidar_image(self, stamp_ns: int, range_m: NDArray[np.float32]) -> None:
        """Draw the picture (R, C) of a sweep that the network sees, metres, 0 = no return."""
        self._at(stamp_ns)
        range_cm = np.rint(range_m * CM_PER_M).clip(0.0, 65535.0).astype(np.uint16)
        self._log(layout.LIDAR_IMAGE, self._png(range_cm, CM_PER_M))

    def show_error(self, stamp_ns: int, estimate: Pose, truth: Pose) -> None:
        """Plot how far an estimate is off."""
        self.plot(stamp_ns, "position_m/error", estimate.distance_m(truth))
        self.plot(stamp_ns, "rotation_deg/error", estimate.angle_deg(truth))

    def plot(self, stamp_ns: int | None, series: str, value: float) -> None:
        """Add a value to a curve, named as "latency_ms/inference"; see `layout.PANELS`."""
        self._at(stamp_ns)
        self._log(f"{layout.PLOTS}/{series}", self._rr.Scalars(value))

    def say(self, stamp_ns: int | None, text: str, level: Level = "INFO") -> None:
        """Add a line to the log."""
        self._at(stamp_ns)
        self._log(layout.LOG, self._rr.TextLog(text, level=level))

    def close(self) -> None:
        """Send what is left."""
        with suppress(RuntimeError):  # the window was closed before
            self._stream.flush(timeout_sec=FLUSH_S)
        self._stream.disconnect()

    def _draw_fixed(self, up: Up) -> None:
        name = f"RIGHT_HAND_{up[-1].upper()}_{'DOWN' if up.startswith('-') else 'UP'}"
        view = getattr(self._rr.ViewCoordinates, name)
        self._stream.log(layout.MAP, view, static=True)
        for series, (name, colour) in _SERIES.items():
            lines = self._rr.SeriesLines(names=name, colors=colour)
            self._stream.log(f"{layout.PLOTS}/{series}", lines, static=True)

    def _at(self, stamp_ns: int | None) -> None:
        """Date what follows; without a stamp it is on the timeline of the drawing machine alone."""
        if stamp_ns is None:
            self._stream.disable_timeline("stamp")
        else:
            self._stream.set_time("stamp", timestamp=np.datetime64(stamp_ns, "ns"))

    def _log(self, path: str, *what: Any) -> None:
        self._stream.log(path, *what)

    def _transform(self, T: Pose) -> Any:
        rr = self._rr
        return rr.Transform3D(translation=T.position, quaternion=rr.Quaternion(xyzw=T.quat_xyzw))

    def _show_uncertainty(self, position: Array, covariance: Array) -> None:
        shape = Ellipsoid.of(covariance[:3, :3])
        rr = self._rr
        ellipsoids = rr.Ellipsoids3D(
            centers=[position, position],
            half_sizes=[shape.half_axes_m, 2.0 * shape.half_axes_m],
            quaternions=[rr.Quaternion(xyzw=shape.quat_xyzw)] * 2,
            colors=[(*ORANGE, 90), (*ORANGE, 40)],
            fill_mode=rr.components.FillMode.TransparentFillMajorWireframe,
        )
        self._log(layout.UNCERTAINTY, ellipsoids)
        # The root mean square of the distance and of the angle that the covariance speaks of.
        sigma_m, sigma_rad = (math.sqrt(np.trace(part)) for part in _blocks(covariance))
        self._log(f"{layout.PLOTS}/position_m/sigma", rr.Scalars(sigma_m))
        self._log(f"{layout.PLOTS}/rotation_deg/sigma", rr.Scalars(math.degrees(sigma_rad)))

    def _extend(self, path: str, stamp_ns: int, T: Pose, colour: tuple[int, int, int]) -> None:
        trail = self._trails[path]
        trail.add(stamp_ns, T.position)
        if self._often[path].passes(stamp_ns):
            lines = self._rr.LineStrips3D(trail.lines(), colors=colour)
            self._log(path, lines)

    def _show_image(
        self, path: str, picture: Any | None, camera: Camera | None, plane_m: float
    ) -> None:
        rr = self._rr
        if picture is None:
            self._log(path, rr.Clear(recursive=False))
        elif camera is None:
            # Without intrinsics the image is in no place: the map leaves it out.
            self._log(path, picture, rr.Pinhole.from_fields(clear_unset=True))
        else:
            size = (camera.width, camera.height)
            pinhole = rr.Pinhole(
                image_from_camera=camera.matrix(), resolution=size, image_plane_distance=plane_m
            )
            self._log(path, picture, pinhole)

    def _colour(self, rgb: NDArray[np.uint8] | None) -> Any | None:
        if rgb is None:
            return None
        bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
        _, data = cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
        return self._rr.EncodedImage(contents=data.tobytes(), media_type="image/jpeg")

    def _depth(self, depth_mm: NDArray[np.uint16] | None) -> Any | None:
        return None if depth_mm is None else self._png(depth_mm, MM_PER_M)

    def _png(self, depth: NDArray[np.uint16], units_per_m: float) -> Any:
        _, data = cv2.imencode(".png", depth)
        return self._rr.EncodedDepthImage(data.tobytes(), media_type="image/png", meter=units_per_m)


def _blocks(covariance: Array) -> tuple[Array, Array]:
    """Return the position's and the rotation's part, (3, 3) each."""
    return covariance[:3, :3], covariance[3:, 3:]
