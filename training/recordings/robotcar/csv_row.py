"""`CsvRow`: a line of a table with named columns, which knows where it stands."""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.recordings.robotcar.timestamps import NS_PER_US
from vmloc_ros.errors import RecordingError


@dataclass(frozen=True, slots=True)
class CsvRow:
    """The cells of one line by the names in the table's first line."""

    path: Path
    line: int
    cells: Mapping[str, str]

    @property
    def where(self) -> str:
        """The file and the line, for messages."""
        return f"{self.path}, line {self.line}"

    def stamp_ns(self, column: str) -> int:
        """Return a stamp in nanoseconds; the table has microseconds.

        Raises:
            RecordingError: no whole number above zero.
        """
        text = self.cells[column]
        if not text.isascii() or not text.isdigit() or int(text) == 0:
            raise RecordingError(f"{self.where}: {column} must be microseconds > 0, got {text!r}")
        return int(text) * NS_PER_US

    def numbers(self, columns: Sequence[str]) -> list[float]:
        """Return finite numbers.

        Raises:
            RecordingError: a cell that holds none; it is named.
        """
        return [self._number(column) for column in columns]

    def _number(self, column: str) -> float:
        text = self.cells[column]
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise RecordingError(f"{self.where}: {column} must be a finite number, got {text!r}")
        return value


def read_csv(path: Path, columns: Sequence[str]) -> Iterator[CsvRow]:
    """Read a table row by row.

    Args:
        path: the file; its first line names the columns.
        columns: those that it must have; it may have more, in any order.

    Raises:
        RecordingError: missing, without one of the columns, or a line that is too short; named.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield from _rows(path, columns, csv.reader(file))
    except FileNotFoundError as err:
        raise RecordingError(f"{path}: missing; unpack the archive that holds it") from err
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise RecordingError(f"{path}: cannot be read as a table ({err})") from err


def _rows(path: Path, columns: Sequence[str], lines: Iterator[list[str]]) -> Iterator[CsvRow]:
    names = [name.strip() for name in next(lines, [])]
    missing = [column for column in columns if column not in names]
    if missing:
        raise RecordingError(
            f"{path}, line 1: has no column {missing[0]!r}; expected {', '.join(columns)}"
        )
    for line, cells in enumerate(lines, start=2):
        if len(cells) != len(names):
            raise RecordingError(
                f"{path}, line {line}: {len(cells)} columns where the first line has "
                f"{len(names)}; a truncated file? unpack or download it again"
            )
        yield CsvRow(path, line, dict(zip(names, cells, strict=True)))
