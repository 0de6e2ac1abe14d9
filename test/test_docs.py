"""The generated pages stay in step with the code, and the written ones lead somewhere."""

import re
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from training import docs
from vmloc_ros.config import Config

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


class Lamp(Config):
    """A small model with one field of each kind."""

    colour: Literal["red", "green"] = Field("red", description="Seen | heard.")
    size: tuple[int, int] = Field((1, 2), description="Rows and columns.")
    names: tuple[str, ...] = Field((), min_length=0, description="Any.")
    power: float = Field(2.0, gt=0, le=1e6, description="Draw.", json_schema_extra={"unit": "W"})
    label: str = Field("", description="Text.")
    on: bool = Field(True, description="State.")


def test_the_committed_parameters_are_those_of_the_code():
    committed = docs.PARAMETERS.read_text(encoding="utf-8")
    assert committed == docs.parameters_page(), "docs/parameters.md is out of step: run `make docs`"


def test_a_row_states_type_default_unit_bounds_and_meaning():
    assert docs._table(Lamp).splitlines()[2:] == [
        "| `colour` | `red`, `green` | `red` |  |  | Seen \\| heard. |",
        "| `size` | list of 2 × int | `[1, 2]` |  |  | Rows and columns. |",
        "| `names` | list of str | `[]` |  | length ≥ 0 | Any. |",
        "| `power` | float | `2.0` | W | > 0, ≤ 1e+06 | Draw. |",
        '| `label` | str | `""` |  |  | Text. |',
        "| `on` | bool | `true` |  |  | State. |",
    ]


def test_nested_settings_get_a_section_of_their_own():
    class House(Config):
        """Holds a lamp."""

        floors: int = Field(3, description="Storeys.")
        lamp: Lamp = Field(default_factory=Lamp, description="Light.")

    plain, section = docs._sections(House)
    assert "`floors`" in plain
    assert "lamp" not in plain
    assert section.startswith("### `lamp`\n\nA small model with one field of each kind.\n\n| name")


def test_the_page_is_replaced_whole(tmp_path):
    page = tmp_path / "parameters.md"
    page.write_text("old")
    docs.write_parameters(page)
    assert page.read_text(encoding="utf-8") == docs.parameters_page()
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_within_the_repository_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_make_verb_in_the_text_exists(page):
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    used = set(re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8")))
    assert used - verbs == set()
