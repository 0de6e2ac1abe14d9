"""A table for a terminal."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


def text_table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str
) -> "Table":
    """Return a table of texts, taken as they are; the first of each row is its heading.

    In a narrow terminal the other cells are broken into lines, and nothing is cut off.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), caption=Text(caption))
    for column, heading in enumerate(headings):
        justify: Literal["left", "right"] = "right" if column else "left"
        table.add_column(heading, justify=justify, no_wrap=not column, overflow="fold")
    for cells in rows:
        table.add_row(*(_styled(cell) for cell in cells))
    return table


def _styled(cell: str) -> "Text":
    from rich.text import Text

    return Text(cell, style={"PASS": "green", "FAIL": "bold red"}.get(cell, ""))
