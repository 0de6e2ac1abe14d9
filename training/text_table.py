"""A table for a terminal."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


def text_table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str
) -> "Table":
    """Return a table of texts, taken as they are; the first of each row is its heading."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), caption=Text(caption))
    for column, heading in enumerate(headings):
        table.add_column(heading, justify="right" if column else "left", no_wrap=not column)
    for cells in rows:
        table.add_row(*(_styled(cell) for cell in cells))
    return table


def _styled(cell: str) -> "Text":
    from rich.text import Text

    return Text(cell, style={"PASS": "green", "FAIL": "bold red"}.get(cell, ""))
