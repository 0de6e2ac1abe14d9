"""Writes the generated pages, and says which of them are out of step."""

from collections.abc import Callable, Mapping
from pathlib import Path

from training.docs.interface_page import interface_page
from training.docs.parameters_page import parameters_page
from training.docs.systems_page import systems_page
from training.docs.troubleshooting_page import troubleshooting_page

FOLDER = Path(__file__).parents[2] / "docs"

PAGES: Mapping[str, Callable[[], str]] = {
    "parameters.md": parameters_page,
    "interface.md": interface_page,
    "troubleshooting.md": troubleshooting_page,
    "systems.md": systems_page,
}


def write_pages(folder: Path = FOLDER) -> None:
    """Write every page, each in one step."""
    for name, page in PAGES.items():
        draft = folder / f"{name}.part"
        draft.write_text(page(), encoding="utf-8")
        draft.replace(folder / name)


def stale_pages(folder: Path = FOLDER) -> list[str]:
    """Return the names of the pages that are not what the code says."""
    return [name for name, page in PAGES.items() if _read(folder / name) != page()]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
