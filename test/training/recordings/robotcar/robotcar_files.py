"""Writes files in the formats of Oxford RobotCar: a car that drives north at 10 m/s.

Pictures are 8 × 6 pixels, 16 a second; poses come 50 times a second. Camera, inertial unit and
lidars sit in one place and face forward, unless a test says otherwise.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

WIDTH, HEIGHT = 8, 6
START_US = 1_403_774_724_000_000
IMAGE_STEP_US, POSE_STEP_US = 62_500, 20_000
NORTH_M, EAST_M, DOWN_M = 5_736_292.0, 620_253.0, -110.0
SPEED_M_S = 10.0
GOOD, BAD = "INS_SOLUTION_GOOD", "INS_BAD_GPS_AGREEMENT"

IMAGE_STAMPS_US = tuple(START_US + 100_000 + k * IMAGE_STEP_US for k in range(5))
COLOUR = (200, 100, 50)

NOWHERE = "0 0 0 0 0 0"
MODEL = "4.0 4.0 3.5 2.5\n0 0 1 0\n1 0 0 0\n0 1 0 0\n0 0 0 1\n"
INS_HEADER = (
    "timestamp,ins_status,latitude,longitude,altitude,northing,easting,down,utm_zone,"
    "velocity_north,velocity_east,velocity_down,roll,pitch,yaw"
)
RTK_HEADER = INS_HEADER.replace("ins_status,", "")
VO_HEADER = "source_timestamp,destination_timestamp,x,y,z,roll,pitch,yaw"


def identity_table() -> NDArray[np.float64]:
    """(2, N): every pixel of the undistorted image lies where it is."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    return np.stack([columns.ravel(), rows.ravel()])


def bayer(colour: Sequence[int] = COLOUR) -> NDArray[np.uint8]:
    """A raw picture (H, W) of one colour: rows G B G B…, R G R G…."""
    red, green, blue = colour
    return np.tile(np.array([[green, blue], [red, green]], np.uint8), (HEIGHT // 2, WIDTH // 2))


def write_tools(
    root: Path, extrinsics: Mapping[str, str] | None = None, table: ArrayLike | None = None
) -> Path:
    """Write `robotcar-dataset-sdk` with its calibration; returns that folder."""
    tools = root / "robotcar-dataset-sdk"
    (tools / "extrinsics").mkdir(parents=True)
    (tools / "models").mkdir()
    everywhere = dict.fromkeys(("stereo", "ins", "ldmrs", "lms_front", "lms_rear"), NOWHERE)
    for sensor, numbers in (everywhere | dict(extrinsics or {})).items():
        (tools / "extrinsics" / f"{sensor}.txt").write_text(numbers + "\n")
    (tools / "models/stereo_narrow_left.txt").write_text(MODEL)
    lut = np.asarray(identity_table() if table is None else table, "<f8")
    lut.tofile(tools / "models/stereo_narrow_left_distortion_lut.bin")
    return tools


def write_timestamps(path: Path, stamps_us: Sequence[int], chunk: int = 1) -> None:
    path.write_text("".join(f"{stamp} {chunk}\n" for stamp in stamps_us))


def write_images(traversal: Path, stamps_us: Sequence[int] = IMAGE_STAMPS_US) -> None:
    folder = traversal / "stereo/centre"
    folder.mkdir(parents=True, exist_ok=True)
    write_timestamps(traversal / "stereo.timestamps", stamps_us)
    for stamp in stamps_us:
        assert cv2.imwrite(str(folder / f"{stamp}.png"), bayer())


def north_at(stamp_us: int) -> float:
    return NORTH_M + SPEED_M_S * (stamp_us - START_US) * 1e-6


def ins_line(
    stamp_us: int,
    ned_m: Sequence[float] | None = None,
    rpy: Sequence[float] = (0.0, 0.0, 0.0),
    status: str = GOOD,
) -> str:
    """A row of `ins.csv`; by default of the drive north."""
    north, east, down = (north_at(stamp_us), EAST_M, DOWN_M) if ned_m is None else ned_m
    roll, pitch, yaw = rpy
    return (
        f"{stamp_us},{status},51.765474,-1.258766,{-down:.6f},{north:.6f},{east:.6f},{down:.6f},"
        f"30U,10.000000,0.000000,0.000000,{roll:.6f},{pitch:.6f},{yaw:.6f}"
    )


def ins_lines(last_ms: int = 500, bad_ms: range = range(0)) -> list[str]:
    """Rows of the drive every 20 ms; those of some milliseconds with a bad status."""
    return [
        ins_line(START_US + ms * 1000, status=BAD if ms in bad_ms else GOOD)
        for ms in range(0, last_ms + 1, POSE_STEP_US // 1000)
    ]


def write_ins(traversal: Path, lines: Sequence[str]) -> Path:
    path = traversal / "gps/ins.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([INS_HEADER, *lines, ""]))
    return path


def write_rtk(path: Path, lines: Sequence[str]) -> None:
    """The rows of an `ins.csv` in the columns of an RTK solution."""
    rows = [line.replace(f",{GOOD},", ",") for line in lines]
    path.write_text("\n".join([RTK_HEADER, *rows, ""]))


def write_vo(traversal: Path, rows: Sequence[tuple[int, int, Sequence[float]]]) -> Path:
    """Rows of source, destination, and x y z roll pitch yaw."""
    path = traversal / "vo/vo.csv"
    path.parent.mkdir(exist_ok=True)
    cells = (",".join(f"{value:.6e}" for value in six) for _, _, six in rows)
    lines = (f"{row[0]},{row[1]},{text}" for row, text in zip(rows, cells, strict=True))
    path.write_text("\n".join([VO_HEADER, *lines, ""]))
    return path


def write_scans(traversal: Path, lidar: str, scans: Mapping[int, ArrayLike]) -> None:
    folder = traversal / lidar
    folder.mkdir(exist_ok=True)
    write_timestamps(traversal / f"{lidar}.timestamps", list(scans))
    for stamp, triples in scans.items():
        np.asarray(triples, "<f8").tofile(folder / f"{stamp}.bin")


def write_traversal(root: Path, name: str) -> Path:
    """A whole drive: five pictures, poses, odometry, and a scan with each picture."""
    traversal = root / name
    write_images(traversal)
    write_ins(traversal, ins_lines())
    step_m = SPEED_M_S * IMAGE_STEP_US * 1e-6
    pairs = zip(IMAGE_STAMPS_US[1:], IMAGE_STAMPS_US[:-1], strict=True)
    write_vo(traversal, [(later, earlier, (step_m, 0, 0, 0, 0, 0)) for later, earlier in pairs])
    write_scans(traversal, "ldmrs", {at: [[5.0, 2.0, 1.0]] for at in IMAGE_STAMPS_US})
    return traversal
