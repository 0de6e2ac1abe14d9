"""`LabelledTraversal`: the images of a traversal with their points and poses."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from training.recordings.frame_job import CAMERA_FRAME
from training.recordings.ground_truth import GroundTruth
from training.recordings.recording import LabelledFrame
from training.recordings.robotcar.accumulated_scans import AccumulatedScans
from training.recordings.robotcar.calibration import Calibration
from training.recordings.robotcar.read_ahead import read_ahead
from training.recordings.robotcar.timestamps import file_stem
from training.recordings.robotcar.traversal import Traversal
from vmloc_ros.frame import Frame
from vmloc_ros.pose import Pose

logger = logging.getLogger(__name__)

LONGEST_PAUSE_NS = 1_000_000_000
"""A longer pause between two frames of a traversal starts a new sequence."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """One frame to read."""

    sequence: str
    stamp_ns: int
    T_map_camera: Pose


class LabelledTraversal:
    """One pass over a traversal. Its poses and odometry are read at once, images one by one.

    Args:
        traversal: the files.
        calibration: camera and mounting.
        poses: "ins" or "rtk".
        window_ns: how far before an image scans are taken; None for no points.

    Raises:
        RecordingError: poses, odometry or a list of scans are missing or damaged.
    """

    def __init__(
        self, traversal: Traversal, calibration: Calibration, poses: str, window_ns: int | None
    ) -> None:
        self._traversal = traversal
        self._calibration = calibration
        T_map_ins = traversal.navigation(poses).poses()
        self._ground_truth = GroundTruth(T_map_ins)
        self._scans: AccumulatedScans | None = None
        lidars = [] if window_ns is None else traversal.lidars()
        if lidars and window_ns is not None:
            motion = traversal.motion(calibration, T_map_ins)
            self._scans = AccumulatedScans(lidars, calibration, motion, window_ns)
        self.without_pose = 0
        """Images left out: no two good solutions close enough around them."""
        self.without_points = 0
        """Frames that no scan could be placed in."""

    def frames(self) -> Iterator[LabelledFrame]:
        """Read the frames that have a pose, a few ahead in other threads.

        Raises:
            RecordingError: an image or a scan is damaged; it is named.
        """
        for labelled in read_ahead(self._read, self._jobs()):
            self.without_points += self._scans is not None and labelled.frame.points is None
            yield labelled
        self._report()

    def _jobs(self) -> Iterator[_Job]:
        sequence, previous_ns = 0, 0
        for stamp_ns in self._traversal.stamps_ns:
            T_map_ins = self._ground_truth.at(stamp_ns)
            if T_map_ins is None:
                self.without_pose += 1
                continue
            sequence += stamp_ns - previous_ns > LONGEST_PAUSE_NS
            T_map_camera = T_map_ins @ self._calibration.T_ins_image
            yield _Job(self._sequence_name(sequence), stamp_ns, T_map_camera)
            previous_ns = stamp_ns

    def _sequence_name(self, number: int) -> str:
        """Return the traversal's name; after a pause with a number, from 2."""
        return self._traversal.name if number == 1 else f"{self._traversal.name}/{number}"

    def _read(self, job: _Job) -> LabelledFrame:
        name = f"{self._traversal.name}/{file_stem(job.stamp_ns)}"
        return LabelledFrame(name, job.sequence, self._read_frame(job.stamp_ns), job.T_map_camera)

    def _read_frame(self, stamp_ns: int) -> Frame:
        model = self._calibration.model
        rgb = model.read_image(self._traversal.image(stamp_ns))
        points = None if self._scans is None else self._scans.at(stamp_ns)
        return Frame(
            stamp_ns=stamp_ns,
            camera_frame=CAMERA_FRAME,
            rgb=rgb,
            points=points,
            camera=model.camera(rgb.shape[1], rgb.shape[0]),
            T_camera_lidar=None if points is None else self._calibration.T_image_base.matrix(),
        )

    def _report(self) -> None:
        listed = len(self._traversal.timestamps.stamps_ns)
        absent = sum(self._traversal.missing_images().values())
        if self.without_pose or self.without_points or absent:
            logger.warning(
                "%s: of %d images %d are not on disk, %d left out: no good solution within 0.5 s; "
                "%d without points: no scan, or no odometry",
                self._traversal.folder,
                listed,
                absent,
                self.without_pose,
                self.without_points,
            )
