"""docs/parameters.md: the settings, from the config models."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from training.docs.table import table
from vmloc_ros.config import Config, NodeConfig, TrainConfig

BOUNDS = {
    "gt": "> {:g}",
    "ge": "≥ {:g}",
    "lt": "< {:g}",
    "le": "≤ {:g}",
    "min_length": "length ≥ {:g}",
    "max_length": "length ≤ {:g}",
}
HEADER = ("name", "type", "default", "unit", "bounds", "meaning")

PAGE = """\
# Parameters

Generated from `vmloc_ros/config/` by `make docs`: change the defaults there, not here. Files hold
only what differs from these defaults; an unknown key is an error that names its nearest neighbour.

## Node

ROS parameters of `localizer_node`, in `config/localizer.yaml` or on the command line. **Live** ones
may change while the node works; the others are fixed while it is configured.

{node}

## Training

Keys of the file given to `vmloc train`; those of a section stand below the name of the section.

{training}
"""


def parameters_page() -> str:
    """Return the whole page."""
    return PAGE.format(node=_table(NodeConfig), training="\n\n".join(_sections(TrainConfig)))


def _sections(kind: type[Config]) -> Iterator[str]:
    """Yield the table of the plain settings, then one section for each nested model."""
    yield _table(kind)
    for name, field in kind.model_fields.items():
        if inner := _nested(field):
            summary = " ".join((inner.__doc__ or "").split())
            yield f"### `{name}`\n\n{summary}\n\n{_table(inner)}"


def _table(kind: type[Config]) -> str:
    fields = kind.model_fields.items()
    return table(HEADER, (_row(name, field) for name, field in fields if not _nested(field)))


def _nested(field: FieldInfo) -> type[Config] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Config) else None


def _row(name: str, field: FieldInfo) -> list[str]:
    extra = field.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    default = f"`{_value(field.get_default(call_default_factory=True))}`"
    live = "**Live.** " if isinstance(extra, dict) and extra.get("live") else ""
    meaning = f"{live}{field.description or ''}"
    return [f"`{name}`", _type(field.annotation), default, unit, _bounds(field), meaning]


def _type(kind: Any) -> str:
    """Name a type as a user of YAML would: a choice by its values, a tuple as a list."""
    arguments = get_args(kind)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if get_origin(kind) is tuple:
        size = "" if arguments[-1] is Ellipsis else f"{len(arguments)} × "
        return f"list of {size}{_type(arguments[0])}"
    return str(getattr(kind, "__name__", kind))


def _value(value: object) -> str:
    """Write a default as YAML does."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return '""' if value == "" else str(value)


def _bounds(field: FieldInfo) -> str:
    # pydantic keeps a bound as an annotated_types object with one attribute, named as in BOUNDS.
    return ", ".join(
        text.format(getattr(rule, name))
        for rule in field.metadata
        for name, text in BOUNDS.items()
        if hasattr(rule, name)
    )
