"""Tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a | within a cell is escaped."""
    return "\n".join([_row(header), _row(["---"] * len(header), ""), *map(_row, rows)])


def _row(cells: Sequence[str], margin: str = " ") -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"|{margin}" + f"{margin}|{margin}".join(escaped) + f"{margin}|"
