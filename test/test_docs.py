"""The generated pages stay in step with the code, and the written ones lead somewhere."""

import re
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from training.docs import parameters_page
from training.docs.__main__ import main
from training.docs.pages import PAGES as GENERATED
from training.docs.pages import stale_pages, write_pages
from training.docs.table import table
from training.docs.troubleshooting_page import troubleshooting_page
from vmloc_ros.causes import CAUSES, STATUSES
from vmloc_ros.config import Config
from vmloc_ros.interface import DIAGNOSTIC_KEYS, FRAMES, SERVICES, TOPICS

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


def test_the_committed_pages_are_those_of_the_code(capsys):
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_a_row_states_type_default_unit_bounds_and_meaning():
    assert parameters_page._table(Lamp).splitlines()[2:] == [
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

    plain, section = parameters_page._sections(House)
    assert "`floors`" in plain
    assert "lamp" not in plain
    assert section.startswith("### `lamp`\n\nA small model with one field of each kind.\n\n| name")


def test_a_cell_may_hold_the_sign_between_cells():
    assert table(("a", "b"), [("x|y", "")]) == "| a | b |\n|---|---|\n| x\\|y |  |"


def test_the_pages_are_replaced_whole(tmp_path):
    (tmp_path / "parameters.md").write_text("old")
    assert stale_pages(tmp_path) == list(GENERATED)
    write_pages(tmp_path)
    assert stale_pages(tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == set(GENERATED)


def test_a_page_out_of_step_is_named(tmp_path):
    write_pages(tmp_path)
    page = tmp_path / "interface.md"
    page.write_text(page.read_text(encoding="utf-8").replace("camera/image", "camera"))
    assert stale_pages(tmp_path) == ["interface.md"]


def test_every_cause_and_status_has_its_anchor_once():
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^##+ (.*)$", page, re.M)) == sorted([*CAUSES, *STATUSES])


def test_a_section_holds_the_message_and_what_to_do():
    _, _, rest = troubleshooting_page().partition("### clock_skew\n\n")
    section, _, _ = rest.partition("\n\n### ")
    assert section.startswith(
        "> **WARN** images arrive with an age of `age_s` s by the node's clock, more than "
        "clock_skew_s `limit_s` s off\n\n**When.** "
    )
    assert CAUSES["clock_skew"].why in section
    assert section.endswith(CAUSES["clock_skew"].mend)


def test_the_interface_page_has_every_topic_service_frame_key_and_cause():
    page = (ROOT / "docs" / "interface.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([^`]*)` \|", page, re.M)
    named = [one.name for one in (*TOPICS, *SERVICES, *FRAMES) if one.name]
    assert listed == named + [one.key for one in DIAGNOSTIC_KEYS]
    rules = re.findall(r"^\| \w+ \| \[(\w+)\]\(troubleshooting.md#\1\) \|", page, re.M)
    assert rules == list(CAUSES)


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_to_a_heading_finds_it(page):
    for name, anchor in re.findall(
        r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8")
    ):
        target = page.parent / name if name else page
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M)
        assert anchor in map(anchor_of, headings), f"{page.name}: {name}#{anchor}"


def anchor_of(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
