"""`TraversalSet`: which traversals are for training and which for testing."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from vmloc_ros.errors import RecordingError

SPLIT_FILES = {"train": "train_split.txt", "test": "test_split.txt"}
"""A folder may name its own: a traversal per line; what follows a # is a comment."""


@dataclass(frozen=True, slots=True)
class TraversalSet:
    """A published choice. Both test traversals count, whatever a list has commented out."""

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]


LOOP = TraversalSet(
    "LOOP",
    train=("2014-06-26-08-53-56", "2014-06-26-09-24-58"),
    test=("2014-06-23-15-36-04", "2014-06-23-15-41-25"),
)
FULL = TraversalSet(
    "FULL",
    train=("2014-11-28-12-07-13", "2014-12-02-15-30-08"),
    test=("2014-12-09-13-21-02", "2014-12-12-10-45-15"),
)
"""The sets of MapNet (Brahmbhatt et al., CVPR 2018), which AtLoc and VMLoc use as well."""


def find_splits(folder: Path, names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the traversals of each split: those of the folder's files, else of LOOP or FULL.

    Args:
        folder: the folder of the traversals.
        names: of the traversals in it.

    Returns:
        "train" and "test", or nothing where the folder is no such set. They may name traversals
        that are not there.

    Raises:
        RecordingError: a damaged or missing split file, or traversals of both sets.
    """
    if any((folder / file).exists() for file in SPLIT_FILES.values()):
        return {split: _read_split(folder / file) for split, file in SPLIT_FILES.items()}
    found = [one for one in (LOOP, FULL) if not set(names).isdisjoint(one.train + one.test)]
    if len(found) > 1:
        raise RecordingError(
            f"{folder}: holds traversals of LOOP and of FULL; give each set a folder of its own "
            "(links will do), or name the splits in train_split.txt and test_split.txt"
        )
    return {"train": found[0].train, "test": found[0].test} if found else {}


def check_present(
    folder: Path, split: str, wanted: Collection[str], names: Collection[str]
) -> None:
    """Refuse a split of which a traversal is missing: half a test set is another test set.

    Raises:
        RecordingError: names what is missing.
    """
    missing = sorted(set(wanted) - set(names))
    if missing:
        raise RecordingError(
            f"{folder}: the {split} split is {' and '.join(wanted)}, but there is no "
            f"{' and no '.join(missing)}; download it, or name a single traversal instead of the "
            "folder"
        )


def _read_split(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise RecordingError(
            f"{path}: cannot be read; a folder has both split files or none ({err})"
        ) from err
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    if not names or len(set(names)) < len(names):
        raise RecordingError(f"{path}: expected traversals, one per line, each once")
    return tuple(names)
