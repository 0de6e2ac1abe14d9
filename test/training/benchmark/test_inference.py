"""The benchmark of the localisation, on a tiny scene; never how long anything takes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from training.benchmark.inference import STAGES, InferenceFigures, measure_inference
from training.benchmark.inference_report import inference_table
from training.benchmark.stage_times import TOTAL
from training.cli import app
from vmloc_ros.errors import BundleError, RecordingError


def test_the_stages_make_up_a_localisation(tiny_bundle: Path, tiny_scene: Path) -> None:
    seen: list[tuple[int, int]] = []
    figures = measure_inference(
        tiny_bundle, tiny_scene, 3, device="cpu", progress=lambda *at: seen.append(at)
    )
    assert figures.frames == 3
    assert seen[-1] == (8, 8)
    assert set(figures.median_ms) == set(figures.p95_ms) == {*STAGES, TOTAL}
    for stage, median in figures.median_ms.items():
        assert 0.0 < median <= figures.p95_ms[stage]
    stages = sum(figures.median_ms[stage] for stage in STAGES)
    assert 0.5 * figures.median_ms[TOTAL] < stages < 1.5 * figures.median_ms[TOTAL]
    assert figures.ratio == figures.plain_median_ms / figures.median_ms[TOTAL]


def test_the_table_says_what_a_localisation_costs_beside_a_plain_pass() -> None:
    figures = InferenceFigures(
        device="a processor",
        threads=2,
        frames=10,
        median_ms=dict.fromkeys(STAGES, 4.0) | {TOTAL: 20.0},
        p95_ms=dict.fromkeys(STAGES, 5.0) | {TOTAL: 25.0},
        plain_median_ms=10.0,
        plain_p95_ms=12.0,
    )
    columns = [[str(cell) for cell in column.cells] for column in inference_table(figures).columns]
    assert columns[0] == [*STAGES, TOTAL, "plain pass of the network", "plain pass ÷ total"]
    assert columns[1][-3:] == ["20.00 ms", "10.00 ms", "0.50 ×"]
    assert columns[3][-3:] == ["50.0", "100.0", ""]


def test_the_command_leaves_its_figures_in_a_file(
    tiny_bundle: Path, tiny_scene: Path, tmp_path: Path
) -> None:
    output = tmp_path / "figures.json"
    command = ["benchmark", "inference", tiny_bundle, tiny_scene, "--frames", 2, "--device", "cpu"]
    done = CliRunner().invoke(app, [*map(str, command), "--output", str(output)])
    assert done.exit_code == 0, done.output
    values = json.loads(output.read_text())
    assert values["frames_per_s"] == 1e3 / values["median_ms"][TOTAL]


def test_a_path_that_is_wrong_is_named(tiny_bundle: Path, tiny_scene: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="none"):
        measure_inference(tmp_path / "none", tiny_scene, 1)
    with pytest.raises(RecordingError, match="nowhere"):
        measure_inference(tiny_bundle, tmp_path / "nowhere", 1)
