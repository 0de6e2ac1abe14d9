import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

SOAK = Path(__file__).with_name("soak.py")
MINUTES = 2.0


def test_two_minutes_of_misbehaving_cameras_clocks_and_operators_do_no_harm(tmp_path):
    report, log = tmp_path / "report.json", tmp_path / "node.log"
    command = [sys.executable, SOAK, "--minutes", str(MINUTES), "--report", report, "--log", log]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert report.is_file(), done.stderr
    found = json.loads(report.read_text())
    assert found["faults"] == [], f"{done.stdout}\n{log.read_text()[-5000:]}"
    assert done.returncode == 0
    assert found["poses"] > 100
    assert len(found["disturbances"]) > 5
