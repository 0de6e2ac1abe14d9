"""`Timestamps`: when a sensor of a traversal measured, as its `.timestamps` file lists it."""

from dataclasses import dataclass
from pathlib import Path

from vmloc_ros.errors import RecordingError

NS_PER_US = 1000


@dataclass(frozen=True, slots=True)
class Timestamps:
    """The listed measurements of a sensor, in order. Each has a file named `<microseconds>`."""

    path: Path
    stamps_ns: tuple[int, ...]
    chunks: tuple[int, ...]
    """The part of the download in which each lies: `<traversal>_<sensor>_NN.tar`."""


def file_stem(stamp_ns: int) -> str:
    """Return the name, without its ending, of the file of a measurement."""
    return str(stamp_ns // NS_PER_US)


def read_timestamps(path: Path) -> Timestamps:
    """Read lines `<microseconds> <chunk>`.

    Raises:
        RecordingError: missing, empty, a malformed line, or stamps that do not increase.
    """
    stamps_ns: list[int] = []
    chunks: list[int] = []
    for line_number, line in enumerate(_read_lines(path), start=1):
        where = f"{path}, line {line_number}"
        try:
            stamp_us, chunk = (int(word) for word in line.split())
        except ValueError as err:
            raise RecordingError(
                f"{where}: expected microseconds and a chunk, got {line!r}"
            ) from err
        if stamp_us * NS_PER_US <= (stamps_ns[-1] if stamps_ns else 0):
            raise RecordingError(f"{where}: stamps must be > 0 and increase, got {stamp_us}")
        stamps_ns.append(stamp_us * NS_PER_US)
        chunks.append(chunk)
    if not stamps_ns:
        raise RecordingError(f"{path}: lists nothing; unpack the archive again")
    return Timestamps(path, tuple(stamps_ns), tuple(chunks))


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as err:
        raise RecordingError(
            f"{path}: missing; it is in the same archive as the files of that sensor"
        ) from err
    except (OSError, UnicodeDecodeError) as err:
        raise RecordingError(f"{path}: cannot be read as text ({err})") from err
