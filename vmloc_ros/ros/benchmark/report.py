"""The latency benchmark's figures as a table and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from vmloc_ros.ros.benchmark.figures import BlockFigures, LatencyFigures
from vmloc_ros.ros.benchmark.options import LatencyOptions
from vmloc_ros.ros.stage_times import STAGES

MEANINGS = {
    "sensor_age": "to the node, both images",
    "queue": "waiting for the worker",
    "decode": "from messages to arrays",
    "preprocess": "from arrays to the network's input",
    "inference": "the network",
    "publish": "publishing the pose",
}


def table(figures: Mapping[str, LatencyFigures]) -> str:
    """Return the figures of each transport in a column of its own."""
    columns = list(figures.values())
    rows = [
        ("ms, median (95th percentile)", *figures),
        *((f"  {MEANINGS[stage]}", *(_stage(one, stage) for one in columns)) for stage in STAGES),
        ("  to the listener, and between", *(f"{one.elsewhere_ms:.1f}" for one in columns)),
        ("publication to pose", *(_spread(one.total_ms) for one in columns)),
        ("  of it not the network", *(f"{one.beside_network_ms:.1f}" for one in columns)),
        ("poses / pairs", *(f"{one.poses} / {one.pairs}" for one in columns)),
    ]
    return "".join(f"{_line(row)}\n" for row in rows)


def to_json(
    options: LatencyOptions,
    figures: Mapping[str, LatencyFigures],
    blocks: Mapping[str, Sequence[BlockFigures]],
) -> str:
    """Return what was asked for, the figures of each transport, and those of its blocks."""
    return json.dumps(
        {
            "options": {name: _plain(value) for name, value in asdict(options).items()},
            "transports": {
                name: one.to_dict() | {"blocks": [asdict(block) for block in blocks[name]]}
                for name, one in figures.items()
            },
        },
        indent=2,
    )


def _stage(figures: LatencyFigures, stage: str) -> str:
    times = figures.stages_ms.get(stage)
    return _spread(times) if times else "-"


def _spread(times_ms: Mapping[str, float]) -> str:
    return f"{times_ms['median']:.1f} ({times_ms['p95']:.1f})"


def _line(row: Sequence[str]) -> str:
    name, *values = row
    return f"{name:<37}" + "".join(f"{value:>17}" for value in values)


def _plain(value: object) -> object:
    return value if isinstance(value, int | float) else value and str(value)
