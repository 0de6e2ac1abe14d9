"""`RobotCarRecording`: traversals of the Oxford RobotCar data set as a recording."""

import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from training.recordings.recording import LabelledFrame, Split
from training.recordings.robotcar.calibration import Calibration, read_calibration
from training.recordings.robotcar.labelled_traversal import LabelledTraversal
from training.recordings.robotcar.traversal import (
    POSE_SOURCES,
    Traversal,
    check_same_lidars,
    is_traversal,
    list_traversals,
)
from training.recordings.robotcar.traversal_set import check_present, find_splits
from vmloc_ros.errors import RecordingError

logger = logging.getLogger(__name__)

WINDOW_NS = 2_000_000_000
"""Scans of the two seconds before an image make its cloud."""
NEED_POINTS = ("depth", "lidar")


def is_robotcar(path: Path) -> bool:
    """Say whether `path` is a traversal, or a folder of traversals named by their start."""
    return path.is_dir() and bool(list_traversals(path))


class RobotCarRecording:
    """A traversal, or a folder of them with the splits of LOOP or FULL.

    Frames have the undistorted image of the centre camera, its intrinsics, and where there is a
    lidar the points of the last seconds. Poses are those of that camera. Where good solutions are
    more than 0.5 s apart there are none, and such frames are left out and counted.

    Args:
        path: the folder of a traversal, or of several.
        poses: "ins" (`gps/ins.csv`) or "rtk" (`rtk.csv`).
        modalities: what a model needs; without depth and lidar no scan is read.
        window_ns: how far before an image scans are taken.

    Raises:
        RecordingError: no such source of poses, or unusable splits.
    """

    def __init__(
        self,
        path: Path,
        poses: str = "ins",
        modalities: Sequence[str] | None = None,
        window_ns: int = WINDOW_NS,
    ) -> None:
        if poses not in POSE_SOURCES:
            raise RecordingError(
                f"{path}: poses of a RobotCar traversal come from 'ins' or 'rtk', not {poses!r}"
            )
        needs_points = modalities is None or any(name in NEED_POINTS for name in modalities)
        self._path = path
        self._poses = poses
        self._window_ns = window_ns if needs_points else None
        self._traversals = list_traversals(path)
        self._splits = {} if is_traversal(path) else find_splits(path, self._traversals)
        self.without_pose = 0
        """Frames that the last pass left out for want of a pose."""

    @property
    def path(self) -> Path:
        """The folder."""
        return self._path

    @property
    def splits(self) -> tuple[str, ...]:
        """("train", "test") for a set, () for other traversals."""
        return tuple(self._splits)

    def count(self, split: Split = "all") -> int:
        """Return the number of images of a split; lists the files, reads none of them."""
        return sum(len(traversal.stamps_ns) for traversal in self._chosen(split))

    def frames(self, split: Split = "all") -> Iterator[LabelledFrame]:
        """Read the frames of a split, traversal by traversal, a few ahead in other threads.

        Raises:
            RecordingError: a file is missing, damaged or unlike the others; it is named.
        """
        traversals = self._chosen(split)
        if self._window_ns is not None:
            check_same_lidars(traversals)
        logger.info("%s: %s: %s", self._path, split, ", ".join(one.name for one in traversals))
        return self._frames(traversals)

    def _frames(self, traversals: Sequence[Traversal]) -> Iterator[LabelledFrame]:
        self.without_pose = yielded = 0
        for traversal in traversals:
            one = LabelledTraversal(traversal, self._calibration, self._poses, self._window_ns)
            for labelled in one.frames():
                yield labelled
                yielded += 1
            self.without_pose += one.without_pose
        if yielded == 0:
            raise RecordingError(
                f"{self._path}: no frames: {self.without_pose} images lie outside the good "
                "solutions; see what vmloc verify says"
            )

    def _chosen(self, split: Split) -> list[Traversal]:
        if split == "all":
            return list(self._traversals.values())
        if split not in self._splits:
            raise RecordingError(
                f"{self._path}: no split {split!r}; use 'all', or name the traversals in "
                "train_split.txt and test_split.txt beside them"
            )
        wanted = self._splits[split]
        check_present(self._path, split, wanted, self._traversals)
        return [self._traversals[name] for name in wanted]

    @cached_property
    def _calibration(self) -> Calibration:
        return read_calibration(self._path)
