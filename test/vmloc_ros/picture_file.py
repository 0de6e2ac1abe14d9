"""Reads back what was drawn into an .rrd file, with rerun's own reader."""

import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa
from rerun.chunk import Chunk, RrdReader


def rows(path: Path, entity: str) -> list[dict[str, Any]]:
    """Return what a file holds of an entity, in the order of drawing; stamps in nanoseconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a file which still grows has no end
        chunks = RrdReader(path).stream().to_chunks()
    found = [row for chunk in chunks if chunk.entity_path == f"/{entity}" for row in _rows(chunk)]
    return sorted(found, key=lambda row: row.get("log_time", 0))  # what is static comes first


def values(path: Path, series: str) -> list[float]:
    """Return the values of a curve."""
    points = [row["Scalars:scalars"] for row in rows(path, f"plots/{series}") if "stamp" in row]
    return [value for (value,) in points]


def _rows(chunk: Chunk) -> list[dict[str, Any]]:
    batch = chunk.to_record_batch()
    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        for column in batch.columns
    ]
    content: list[dict[str, Any]] = pa.table(columns, batch.schema.names).to_pylist()
    return content
