import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from robotcar_files import (
    DOWN_M,
    EAST_M,
    IMAGE_STAMPS_US,
    NORTH_M,
    START_US,
    ins_line,
    ins_lines,
    write_ins,
    write_rtk,
    write_scans,
    write_timestamps,
    write_traversal,
)
from typer.testing import CliRunner

from training.cli import app
from training.recordings.robotcar.traversal_set import FULL
from training.recordings.robotcar.verification import verify
from training.recordings.robotcar.verification_table import finding_line, rows, verdict
from vmloc_ros.errors import RecordingError

Damage = Callable[[Path], object]
FIRST, LAST = IMAGE_STAMPS_US[0], IMAGE_STAMPS_US[-1]


def messages(path: Path) -> list[str]:
    return [finding_line(finding) for finding in verify(path).findings]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def turn_upside_down(drive: Path) -> None:
    lines = [line.replace("-110.000000,30U", "110.000000,30U") for line in ins_lines()]
    write_ins(drive, lines)


def break_odometry(drive: Path) -> None:
    path = drive / "vo/vo.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], *lines[3:], ""]))


def write_mirrored_rtk(drive: Path) -> None:
    line = ins_line(START_US, (NORTH_M, EAST_M, DOWN_M)).replace(",110.000000,", ",-110.000000,")
    write_rtk(drive / "gps/rtk.csv", [line])


def test_a_whole_download_has_no_findings(drive: Path) -> None:
    verification = verify(drive)
    assert verification.findings == ()
    assert verdict(verification) == f"{drive}: 0 errors, 0 warnings"
    ((name, images, posed, scans, size),) = rows(verification)
    assert (name, images, posed, scans) == ("2014-06-23-15-41-25", "5 of 5", "5", "ldmrs 5")
    assert size.splitlines()[1] == "ldmrs 0.0 MB"
    assert verification.traversals[0].sizes_bytes["ldmrs"] == 5 * 24


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: (d / "stereo.timestamps").unlink(), "stereo.timestamps: missing"),
        (lambda d: (d / "ldmrs.timestamps").unlink(), "ldmrs.timestamps: missing"),
        (lambda d: (d / "gps/ins.csv").unlink(), "gps/ins.csv: missing"),
        (lambda d: shutil.rmtree(d / "stereo/centre"), "stereo/centre: no images; unpack them"),
        (lambda d: cut(d / f"stereo/centre/{LAST}.png"), f"{LAST}.png: truncated"),
        (lambda d: cut(d / f"ldmrs/{LAST}.bin"), f"ldmrs/{LAST}.bin: truncated; 23 bytes"),
        (lambda d: write_ins(d, ins_lines()[:3]), "ins.csv: 5 of 5 images have no good solution"),
        (lambda d: write_ins(d, [*ins_lines(), "1,2"]), "ins.csv, line 28: 2 columns"),
        (turn_upside_down, "ins.csv, line 2: down (110.0) is not the altitude (110.0) with"),
        (write_mirrored_rtk, "rtk.csv, line 2: down (-110.0) is not the altitude (-110.0) with"),
        (lambda d: (d / "vo/vo.csv").write_text("x\n"), "vo.csv, line 1: has no column 'source_"),
        (lambda d: shutil.rmtree(d.parent / "robotcar-dataset-sdk"), "no calibration: clone"),
        (
            lambda d: (d.parent / "robotcar-dataset-sdk/extrinsics/ldmrs.txt").unlink(),
            "ldmrs.txt: cannot be read",
        ),
        (
            lambda d: cv2.imwrite(str(d / f"stereo/centre/{FIRST}.png"), np.ones((2, 4))),
            "lut.bin: undistorts 48 pixels, not an image of 4×2",
        ),
    ],
)
def test_what_stops_a_training_is_an_error_with_its_file(
    drive: Path, damage: Damage, message: str
) -> None:
    damage(drive)
    errors = [text for text in messages(drive) if text.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda d: (d / f"stereo/centre/{LAST}.png").unlink(),
            "stereo.timestamps, line 1: chunk 1 lists 1 images that are not in stereo/centre",
        ),
        (lambda d: shutil.rmtree(d / "ldmrs"), "no lidar (ldmrs, lms_front, lms_rear)"),
        (lambda d: (d / f"ldmrs/{LAST}.bin").unlink(), "ldmrs: 1 of 5 listed scans are not there"),
        (lambda d: (d / f"ldmrs/{LAST}.bin").write_bytes(b""), f"ldmrs/{LAST}.bin: empty"),
        (lambda d: shutil.rmtree(d / "vo"), "vo/vo.csv: missing; scans will be put together by"),
        (break_odometry, "vo.csv, line 3: does not go on from the line before"),
        (
            lambda d: write_ins(d, ins_lines(1000, bad_ms=range(400, 1000))),
            # 380 ms is line 21, 1000 ms line 52.
            "ins.csv, lines 21 to 52: no good solution for 0.62 s",
        ),
        (
            lambda d: write_ins(d, ins_lines(260)),
            "ins.csv: 2 of 5 images have no good solution within their time and will be left out",
        ),
    ],
)
def test_what_a_training_goes_without_is_a_warning(
    drive: Path, damage: Damage, message: str
) -> None:
    damage(drive)
    (text,) = messages(drive)
    assert text.startswith("warning: ")
    assert message in text


def test_of_many_damaged_files_three_are_named_and_the_rest_counted(drive: Path) -> None:
    for path in (drive / "ldmrs").iterdir():
        cut(path)
    found = messages(drive)
    assert len(found) == 4
    assert found[3] == f"error: {drive / 'ldmrs'}: 2 more like these"


def test_a_chunk_that_is_missing_is_named_with_its_archive(drive: Path) -> None:
    stamps = (drive / "stereo.timestamps").read_text().splitlines()
    later = [START_US + 900_000, START_US + 962_500]
    (drive / "stereo.timestamps").write_text(
        "\n".join([*stamps, *(f"{stamp} 2" for stamp in later), ""])
    )
    (text,) = messages(drive)
    assert "line 6: chunk 2 lists 2 images" in text
    assert "2014-06-23-15-41-25_stereo_centre_02.tar" in text


def test_a_folder_says_which_split_is_not_complete(drive: Path) -> None:
    found = messages(drive.parent)
    assert len(found) == 2
    assert "the train split cannot be read yet" in found[0]
    assert "there is no 2014-06-26-08-53-56 and no 2014-06-26-09-24-58" in found[0]
    assert "there is no 2014-06-23-15-36-04; download it" in found[1]


def test_a_folder_whose_traversals_differ_says_so(drive: Path) -> None:
    other = write_traversal(drive.parent, "2014-06-23-15-36-04")
    write_scans(other, "lms_rear", {FIRST: [[1.0, 0.0, 1.0]]})
    assert any("its lidars (ldmrs) are not those of" in text for text in messages(drive.parent))


def test_sets_in_one_folder_are_an_error(drive: Path) -> None:
    write_traversal(drive.parent, FULL.train[0])
    assert any(
        text.startswith("error: ") and "holds traversals of LOOP and of FULL" in text
        for text in messages(drive.parent)
    )


def test_nothing_to_check_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no RobotCar traversal: expected a folder like 2014"):
        verify(tmp_path)


def test_progress_is_reported(drive: Path) -> None:
    write_traversal(drive.parent, "2014-06-23-15-36-04")
    steps: list[tuple[int, int]] = []
    verify(drive.parent, lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]


def test_the_command_says_what_it_found_and_how_it_ends(drive: Path) -> None:
    whole = CliRunner().invoke(app, ["verify", str(drive)])
    assert whole.exit_code == 0
    assert "0 errors, 0 warnings" in whole.output
    (drive / f"ldmrs/{LAST}.bin").unlink()
    warned = CliRunner().invoke(app, ["verify", str(drive)])
    assert warned.exit_code == 0
    assert "0 errors, 1 warnings" in warned.output
    write_timestamps(drive / "stereo.timestamps", [])
    damaged = CliRunner().invoke(app, ["verify", str(drive)])
    assert damaged.exit_code == 1
    assert "error: " in damaged.output
    assert "stereo.timestamps: lists nothing" in damaged.output
