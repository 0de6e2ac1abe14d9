"""A verification as the terminal shows it."""

from typing import TYPE_CHECKING

from training.recordings.robotcar.finding import Finding
from training.recordings.robotcar.traversal_check import TraversalCheck
from training.recordings.robotcar.verification import Verification

if TYPE_CHECKING:
    from rich.table import Table

HEADINGS = ("traversal", "images", "with a pose", "scans", "size")


def rows(verification: Verification) -> list[tuple[str, ...]]:
    """Return the cells of each traversal, below `HEADINGS`."""
    return [_row(check) for check in verification.traversals]


def verification_table(verification: Verification) -> "Table":
    """Return the table of the traversals."""
    from rich.table import Table

    table = Table(*HEADINGS)
    for row in rows(verification):
        table.add_row(*row)
    return table


def finding_line(finding: Finding) -> str:
    """Return a finding as a line of text."""
    return f"{finding.severity}: {finding.message}"


def verdict(verification: Verification) -> str:
    """Return what it comes to, in one line."""
    warnings = len(verification.findings) - verification.errors
    return f"{verification.path}: {verification.errors} errors, {warnings} warnings"


def _row(check: TraversalCheck) -> tuple[str, ...]:
    scans = (f"{lidar} {count}" for lidar, count in check.scans.items())
    sizes = (f"{sensor} {_size(size)}" for sensor, size in check.sizes_bytes.items())
    return (
        check.traversal.name,
        f"{check.images_present} of {check.images_listed}",
        str(check.images_posed),
        "\n".join(scans) or "–",
        "\n".join(sizes) or "–",
    )


def _size(size_bytes: int) -> str:
    if size_bytes < 1e9:
        return f"{size_bytes / 1e6:.1f} MB"
    return f"{size_bytes / 1e9:.1f} GB"
