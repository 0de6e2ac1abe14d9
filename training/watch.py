"""Show a recording and what a bundle makes of it, frame by frame. Needs no ROS."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from training.recordings.bag import BagRecording
from training.recordings.formats import open_recording
from training.recordings.lidar_options import LidarOptions
from training.recordings.recording import Recording, Split, choose_split
from training.watch_options import WatchOptions
from vmloc_ros.errors import VmlocError
from vmloc_ros.frame import Frame
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.viewer.throttle import Throttle
from vmloc_ros.viewer.viewer import Viewer

Progress = Callable[[int, int], None]
"""Called after each frame with the number of frames done and of all frames."""


@dataclass(slots=True)
class Watched:
    """What was shown."""

    frames: int = 0
    poses: int = 0
    position_m: list[float] = field(default_factory=list)
    """Errors, where there is ground truth."""
    rotation_deg: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{self.frames} frames, {self.poses} poses"
        if not self.position_m:
            return text
        metres, degrees = np.median(self.position_m), np.median(self.rotation_deg)
        return f"{text}, median error {metres:.3f} m and {degrees:.2f}°"


class RecordingView:
    """Localises a recording frame by frame and draws what comes of it.

    Ground truth is shown where the recording has some, and the places of the training images.

    Raises:
        VmlocError: the bundle, the recording or the outlet cannot be used.
    """

    def __init__(self, options: WatchOptions) -> None:
        from vmloc_ros.localizer import Localizer
        from vmloc_ros.preprocessing import Preprocessor

        options.view.outlet.check()
        self._localizer = Localizer.load(options.bundle, options.device)
        bundle = self._localizer.bundle
        description = bundle.description
        lidar = LidarOptions(sweeps=description.preprocessing.lidar.sweeps)
        self._recording = open_recording(options.recording, description.sensors, lidar=lidar)
        self._lidar_picture = Preprocessor(description.preprocessing, ("lidar",))
        self._split = choose_split(options.split, self._recording)
        self._throttle = Throttle(options.view.max_rate_hz)
        self._viewer = Viewer(options.view, "frame")
        positions = np.array([pose.position for pose in bundle.training_poses])
        self._viewer.show_training(positions.reshape(-1, 3))

    @property
    def where(self) -> str:
        """Where to look, in words."""
        return self._viewer.where

    def show(self, progress: Progress = lambda done, total: None) -> Watched:
        """Draw all frames; `progress` is called after each.

        Raises:
            RecordingError: a frame cannot be read.
        """
        watched, total = Watched(), self._recording.count(self._split)
        for frame, truth in _frames(self._recording, self._split):
            self._viewer.number(watched.frames)
            watched.frames += 1
            self._show_frame(frame, truth, watched)
            progress(watched.frames, total)
        return watched

    def close(self) -> None:
        """End the picture: a file is complete, a page is served no longer."""
        self._viewer.close()

    def _show_frame(self, frame: Frame, truth: Pose | None, watched: Watched) -> None:
        estimate = self._localize(frame)
        if self._throttle.passes(frame.stamp_ns):
            self._show_sensors(frame, estimate.T_map_camera if estimate else None)
        if truth is not None:
            self._viewer.show_truth(frame.stamp_ns, truth)
        if estimate is None:
            self._viewer.lose_pose(frame.stamp_ns)
            return
        watched.poses += 1
        self._show_estimate(estimate)
        if truth is not None:
            watched.position_m.append(estimate.T_map_camera.distance_m(truth))
            watched.rotation_deg.append(estimate.T_map_camera.angle_deg(truth))
            self._viewer.show_error(frame.stamp_ns, estimate.T_map_camera, truth)

    def _show_sensors(self, frame: Frame, T_map_camera: Pose | None) -> None:
        self._viewer.show_frame(frame, T_map_camera)
        if frame.points is None:
            return
        T_map_lidar = None
        if T_map_camera is not None and frame.T_camera_lidar is not None:
            T_map_lidar = T_map_camera @ Pose.from_matrix(frame.T_camera_lidar)
        self._viewer.show_points(frame.stamp_ns, frame.points, T_map_lidar)
        range_m = np.asarray(self._lidar_picture.reduce(frame)["lidar"][..., 0], np.float32)
        self._viewer.show_lidar_image(frame.stamp_ns, range_m)

    def _localize(self, frame: Frame) -> PoseEstimate | None:
        """Return the pose where there is one that may be used; say why not."""
        try:
            estimate = self._localizer.localize(frame)
        except VmlocError as err:
            self._viewer.say(frame.stamp_ns, f"no pose: {err}", "WARN")
            return None
        self._plot(frame.stamp_ns, "novelty", estimate.novelty)
        self._plot(frame.stamp_ns, "latency_ms", estimate.stage_ms)
        if estimate.rejection is None:
            return estimate
        text = f"refused, {estimate.rejection.reason}: {estimate.rejection.detail}"
        self._viewer.say(frame.stamp_ns, text, "WARN")
        return None

    def _show_estimate(self, estimate: PoseEstimate) -> None:
        self._viewer.show_pose(estimate.stamp_ns, estimate.T_map_camera, estimate.covariance)
        self._plot(estimate.stamp_ns, "expert_share", estimate.expert_share)

    def _plot(self, stamp_ns: int, panel: str, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._viewer.plot(stamp_ns, f"{panel}/{name}", value)


def wait_for_interrupt() -> None:
    """Return at Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts jobs without it
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def _frames(recording: Recording, split: Split) -> Iterator[tuple[Frame, Pose | None]]:
    """Yield frames with their true poses; a bag may have none of these."""
    if isinstance(recording, BagRecording) and not recording.topics.ground_truth:
        for frame in recording.unlabelled_frames():
            yield frame, None
    else:
        for labelled in recording.frames(split):
            yield labelled.frame, labelled.T_map_camera
