"""The HTML of a report: one page with everything in it."""

import base64
import io
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_VERDICTS = {"PASS": "pass", "FAIL": "fail"}


def html_page(title: str, sections: Iterable[str]) -> str:
    """Return a page of sections that are HTML already; it loads nothing and runs nothing."""
    return _PAGE.format(title=escape(title), style=_STYLE, body="\n".join(sections))


def html_table(
    headings: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "numbers"
) -> str:
    """Return a table of texts; the first of each row is its heading."""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    lines = [f"<thead><tr>{head}</tr></thead>"] if head else []
    for label, *cells in rows:
        values = "".join(map(_cell, cells))
        lines.append(f'<tr><th scope="row">{escape(label)}</th>{values}</tr>')
    body = "\n".join(lines)
    return f'<div class="scroll"><table class="{kind}">\n{body}\n</table></div>'


def html_picture(png: bytes, text: str) -> str:
    """Return a picture that is part of the page; `text` says what it shows."""
    data = base64.b64encode(png).decode("ascii")
    return f'<img alt="{text}" src="data:image/png;base64,{data}">'


def png_of(figure: "Figure") -> bytes:
    """Return a figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def _cell(text: str) -> str:
    verdict = _VERDICTS.get(text)
    return f'<td class="{verdict}">{text}</td>' if verdict else f"<td>{escape(text)}</td>"


_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  color: #1a1a1a; background: #fff; max-width: 1120px; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; font-weight: 650; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; font-weight: 650; margin: 2.5rem 0 .6rem; }
.lead { color: #555; margin: .2rem 0 1.4rem; }
.note { color: #555; font-size: .875rem; max-width: 52rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; margin-bottom: 1.6rem; }
.tiles div { flex: 1 1 9rem; border: 1px solid #ddd; border-radius: 6px; padding: .7rem 1rem; }
.tiles b { display: block; font-size: 1.5rem; font-weight: 650; color: #0072B2; }
.tiles span { color: #555; font-size: .875rem; }
.scroll { overflow-x: auto; }
img { width: 100%; height: auto; margin-top: 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .9rem; border-bottom: 1px solid #e4e4e4; text-align: right; }
td { white-space: nowrap; }
th { font-weight: 500; }
thead th { border-bottom: 2px solid #999; vertical-align: bottom; }
tr > th:first-child { text-align: left; padding-left: 0; }
.comparison td:nth-child(2) { font-weight: 650; color: #0072B2; }
.pass { font-weight: 650; color: #00704a; }
.fail { font-weight: 650; color: #b3261e; }
.provenance th { color: #555; white-space: nowrap; vertical-align: top; }
.provenance td { text-align: left; font-family: ui-monospace, Menlo, Consolas, monospace;
  font-size: .85rem; white-space: normal; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
