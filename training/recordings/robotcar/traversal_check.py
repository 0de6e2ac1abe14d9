"""`TraversalCheck`: goes over the files of one traversal without decoding pictures."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from training.recordings.ground_truth import GroundTruth
from training.recordings.robotcar.camera_model import CameraModel
from training.recordings.robotcar.finding import Finding, first_and_rest
from training.recordings.robotcar.lidar_scans import BYTES_PER_POINT, LIDARS, LidarScans
from training.recordings.robotcar.navigation import NavigationLog
from training.recordings.robotcar.timestamps import Timestamps
from training.recordings.robotcar.traversal import IMAGES, Traversal
from training.recordings.robotcar.visual_odometry import read_visual_odometry
from vmloc_ros.errors import RecordingError

Read = TypeVar("Read")

PNG_END = b"IEND\xaeB`\x82"
"""The last chunk of a whole PNG, with its check sum."""
SIGN_TOLERANCE_M = 1.0
SENSORS = ("stereo", *LIDARS, "gps", "vo")


class TraversalCheck:
    """What there is of a traversal, counted, and what is wrong with it.

    Attributes:
        images_listed: in the list of stamps.
        images_present: on disk.
        images_posed: on disk and within the good solutions.
        scans: those on disk, by lidar.
        sizes_bytes: by sensor, of the folders that are there.
        findings: in the order of the checks.
    """

    def __init__(self, traversal: Traversal) -> None:
        self.traversal = traversal
        self.images_listed = self.images_present = self.images_posed = 0
        self.scans: dict[str, int] = {}
        self.sizes_bytes = _sizes(traversal.folder)
        self.findings: list[Finding] = []
        self._check_images()
        self._check_scans()
        self._check_odometry()
        self._check_poses()

    def check_picture(self, model: CameraModel) -> None:
        """Decode the first picture: is it raw, and of the size that the model undistorts?"""
        if self.images_present:
            first = self.traversal.image(self.traversal.stamps_ns[0])
            self._try(lambda: model.read_image(first))

    def _add(self, findings: Iterator[Finding]) -> None:
        self.findings += findings

    def _try(self, read: Callable[[], Read]) -> Read | None:
        """Return what can be read; what cannot is a finding."""
        try:
            return read()
        except RecordingError as err:
            self.findings.append(Finding("error", str(err)))
            return None

    def _check_images(self) -> None:
        timestamps = self._try(lambda: self.traversal.timestamps)
        if timestamps is None:
            return
        self.images_listed = len(timestamps.stamps_ns)
        self.images_present = len(self.traversal.stamps_ns)
        self._add(self._missing_chunks(timestamps))
        if not self.images_present:
            text = f"{self.traversal.folder / IMAGES}: no images; unpack them here"
            self.findings.append(Finding("error", text))
        paths = map(self.traversal.image, self.traversal.stamps_ns)
        cut = (path for path in paths if not _ends_as_png(path))
        damaged = (Finding("error", f"{path}: truncated; unpack it again") for path in cut)
        self._add(first_and_rest(damaged, str(self.traversal.folder / IMAGES)))

    def _missing_chunks(self, timestamps: Timestamps) -> Iterator[Finding]:
        for chunk, missing in self.traversal.missing_images().items():
            line = timestamps.chunks.index(chunk) + 1
            yield Finding(
                "warning",
                f"{timestamps.path}, line {line}: chunk {chunk} lists {missing} images that are "
                f"not in {IMAGES} ({self.traversal.name}_stereo_centre_{chunk:02d}.tar)",
            )

    def _check_scans(self) -> None:
        lidars = self._try(self.traversal.lidars) or []
        for scans in lidars:
            self.scans[scans.lidar] = len(scans.stamps_ns)
            self._add(first_and_rest(_damaged_scans(scans), str(scans.folder)))
            if len(scans.stamps_ns) < scans.listed:
                absent = scans.listed - len(scans.stamps_ns)
                text = f"{scans.folder}: {absent} of {scans.listed} listed scans are not there"
                self.findings.append(Finding("warning", text))
        if not any((self.traversal.folder / lidar).is_dir() for lidar in LIDARS):
            text = f"{self.traversal.folder}: no lidar ({', '.join(LIDARS)}): colour alone"
            self.findings.append(Finding("warning", text))

    def _check_odometry(self) -> None:
        path = self.traversal.odometry_file
        if not path.is_file():
            text = f"{path}: missing; scans will be put together by the poses, which jump at times"
            self.findings.append(Finding("warning", text))
            return
        odometry = self._try(lambda: read_visual_odometry(path))
        breaks = () if odometry is None else odometry.first_lines[1:]
        text = "does not go on from the line before; no scan is carried across"
        findings = (Finding("warning", f"{path}, line {line}: {text}") for line in breaks)
        self._add(first_and_rest(findings, str(path)))

    def _check_poses(self) -> None:
        if self.traversal.has_poses("rtk"):
            self._check_log(lambda: self.traversal.navigation("rtk"))
        log = self._check_log(lambda: self.traversal.navigation("ins"))
        if log is not None and self.images_present:
            self._check_coverage(log)

    def _check_log(self, read: Callable[[], NavigationLog]) -> NavigationLog | None:
        log = self._try(read)
        if log is not None:
            self._add(_wrong_sign(log))
            self._add(_gaps(log))
        return log

    def _check_coverage(self, log: NavigationLog) -> None:
        ground_truth = GroundTruth(log.poses())
        stamps_ns = self.traversal.stamps_ns
        self.images_posed = sum(ground_truth.at(stamp_ns) is not None for stamp_ns in stamps_ns)
        left_out = len(stamps_ns) - self.images_posed
        if left_out:
            self.findings.append(
                Finding(
                    "warning" if self.images_posed else "error",
                    f"{log.path}: {left_out} of {len(stamps_ns)} images have no good solution "
                    "within their time and will be left out",
                )
            )


def _damaged_scans(scans: LidarScans) -> Iterator[Finding]:
    for path in map(scans.path, scans.stamps_ns):
        size = path.stat().st_size
        if size % BYTES_PER_POINT:
            yield Finding(
                "error", f"{path}: truncated; {size} bytes are no multiple of {BYTES_PER_POINT}"
            )
        elif size == 0:
            yield Finding("warning", f"{path}: empty")


def _wrong_sign(log: NavigationLog) -> Iterator[Finding]:
    if float(np.median(np.abs(log.altitude_m + log.ned_m[:, 2]))) > SIGN_TOLERANCE_M:
        yield Finding(
            "error",
            f"{log.path}, line {log.lines[0]}: down ({log.ned_m[0, 2]:.1f}) is not the altitude "
            f"({log.altitude_m[0]:.1f}) with the sign turned; poses would be mirrored or displaced",
        )


def _gaps(log: NavigationLog) -> Iterator[Finding]:
    for gap in log.gaps():
        yield Finding(
            "warning",
            f"{log.path}, lines {gap.first_line} to {gap.last_line}: no good solution for "
            f"{gap.seconds:.2f} s",
        )


def _ends_as_png(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - len(PNG_END)))
        return file.read() == PNG_END


def _sizes(folder: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for sensor in SENSORS:
        files = [path for path in (folder / sensor).rglob("*") if path.is_file()]
        if files:
            sizes[sensor] = sum(path.stat().st_size for path in files)
    return sizes
