import subprocess
import sys

import pytest

from training.benchmark.projection import ProjectionFigures, table


def benchmark(*arguments):
    command = [sys.executable, "-m", "training.cli", "benchmark", "projection"]
    command += map(str, arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_both_projections_are_timed_beside_numpy():
    done = benchmark("--points", 2000, "--rounds", 2, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    ways = [line.split("  ")[0] for line in done.stdout.splitlines()[2:]]
    assert ways == ["cylindrical 64 × 1024"] * 2 + ["pinhole 1242 × 375"] * 2
    assert done.stdout.count("torch, cpu") == done.stdout.count(" NumPy  ") == 2


def test_a_folder_without_scans_is_refused_in_one_line(tmp_path):
    done = benchmark(tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and "has no scans" in done.stderr


def test_the_table_says_points_per_second_and_how_many_times_as_fast_as_numpy():
    figures = [ProjectionFigures("pinhole", "torch", 2.0, 50e6, 3.5)]
    words = table(figures).splitlines()[1].split()
    assert words == ["pinhole", "torch", "2.00", "ms", "50.0", "M", "3.5"]


@pytest.mark.parametrize("option", ["--points", "--rounds"])
def test_nothing_cannot_be_measured(option):
    assert benchmark(option, 0).returncode == 2
