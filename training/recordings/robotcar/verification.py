"""`verify`: whether a RobotCar download is whole, before hours are spent on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from training.recordings.robotcar.calibration import Calibration, read_calibration
from training.recordings.robotcar.finding import Finding
from training.recordings.robotcar.traversal import (
    Traversal,
    check_same_lidars,
    is_traversal,
    list_traversals,
)
from training.recordings.robotcar.traversal_check import TraversalCheck
from training.recordings.robotcar.traversal_set import check_present, find_splits
from vmloc_ros.errors import RecordingError


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found."""

    path: Path
    traversals: tuple[TraversalCheck, ...]
    general: tuple[Finding, ...]
    """About the folder as a whole: calibration, splits."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, those about the whole first."""
        return self.general + tuple(found for one in self.traversals for found in one.findings)

    @property
    def errors(self) -> int:
        """How many of them are errors."""
        return sum(found.severity == "error" for found in self.findings)


def verify(path: Path, progress: Callable[[int, int], None] | None = None) -> Verification:
    """Check a traversal, or a folder of them: each file's presence, size and text, not its pixels.

    Args:
        path: the folder.
        progress: called with how many traversals are done and how many there are.

    Raises:
        RecordingError: there is no traversal at `path`; anything else that is wrong is a finding.
    """
    traversals = list_traversals(path)
    if not traversals:
        raise RecordingError(
            f"{path}: no RobotCar traversal: expected a folder like 2014-06-26-08-53-56 with "
            "stereo.timestamps in it, or a folder of such folders"
        )
    checks: list[TraversalCheck] = []
    for traversal in traversals.values():
        checks.append(TraversalCheck(traversal))
        if progress is not None:
            progress(len(checks), len(traversals))
    general = [*_calibration_findings(path, checks), *_split_findings(path, traversals)]
    return Verification(path, tuple(checks), tuple(general))


def _calibration_findings(path: Path, checks: list[TraversalCheck]) -> Iterator[Finding]:
    try:
        calibration = read_calibration(path)
        _read_lidar_places(calibration, {lidar for one in checks for lidar in one.scans})
    except RecordingError as err:
        yield Finding("error", str(err))
        return
    for check in checks:
        check.check_picture(calibration.model)


def _read_lidar_places(calibration: Calibration, lidars: set[str]) -> None:
    for lidar in sorted(lidars):
        calibration.T_vehicle_lidar(lidar)


def _split_findings(path: Path, traversals: dict[str, Traversal]) -> Iterator[Finding]:
    if is_traversal(path):
        return
    try:
        splits = find_splits(path, traversals)
    except RecordingError as err:
        yield Finding("error", str(err))
        return
    for split, wanted in splits.items():
        try:
            check_present(path, split, wanted, traversals)
            check_same_lidars([traversals[name] for name in wanted])
        except RecordingError as err:
            yield Finding("warning", f"the {split} split cannot be read yet: {err}")
