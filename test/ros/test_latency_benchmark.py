import json
import subprocess
import sys

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from vmloc_ros.ros.stage_times import STAGES


def benchmark(*arguments):
    command = [sys.executable, "-m", "vmloc_ros.ros.latency_benchmark", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_pair_is_timed_with_both_transports_and_the_stages_fit_into_the_whole(
    tiny_bundle, tmp_path
):
    file = tmp_path / "latency.json"
    small = ("--width", 160, "--height", 120, "--pairs", 10, "--rounds", 1, "--rate-hz", 5)
    done = benchmark(tiny_bundle, *small, "--device", "cpu", "--json", file)
    assert done.returncode == 0, done.stderr
    assert "of it not the network" in done.stdout
    by_transport = json.loads(file.read_text())["transports"]
    assert len(by_transport) == 2
    for figures in by_transport.values():
        assert figures["pairs"] == 10
        assert figures["poses"] >= 9  # a first pair may meet a node that is not yet connected
        assert set(figures["stages_ms"]) == set(STAGES)
        own = sum(figures["stages_ms"][stage]["median"] for stage in STAGES[1:])
        assert 0.0 < own <= figures["total_ms"]["max"]
        assert figures["total_ms"]["median"] <= figures["total_ms"]["p95"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no model bundle"),
        (["nowhere", "--rate-hz", "0"], "--rate-hz must be"),
        (["nowhere", "--pairs", "2", "--rounds", "3"], "--rounds must be 1 to --pairs"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(arguments, said):
    done = benchmark(*arguments)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("round ")]
    assert line.startswith("error: ") and said in line
