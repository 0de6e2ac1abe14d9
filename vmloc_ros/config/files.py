"""Settings from YAML and back, with one line for whatever does not fit."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from vmloc_ros.config.base import Config
from vmloc_ros.errors import ConfigError

ConfigT = TypeVar("ConfigT", bound=Config)


def load_config(path: Path, kind: type[ConfigT], base: Path | None = None) -> ConfigT:
    """Read a YAML file of deviations from the defaults, or from those of another file.

    Args:
        path: the file.
        kind: of settings.
        base: a file of the same kind, whose values count where `path` does not give them.

    Raises:
        ConfigError: unreadable, not a mapping, or a key or value that does not fit.
    """
    data = _read_yaml(path)
    if base is None:
        return parse_config(data, kind, str(path))
    below = _read_yaml(base)
    parse_config(below, kind, str(base))  # an error in it is its own
    _refuse_unknown_keys(data, kind, str(path))
    return parse_config(_merged(below, data), kind, f"{path} on {base}")


def _read_yaml(path: Path) -> Any:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeyLoader)  # a safe loader
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "not a text file"
        raise ConfigError(f"{path}: cannot read the configuration ({reason})") from err
    except yaml.YAMLError as err:
        raise ConfigError(f"{path}: not valid YAML ({_one_line(err)})") from err
    return {} if data is None else data


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of both, those above where both have one, mapping by mapping."""
    both = {
        key: _merged(below[key], value)
        for key, value in above.items()
        if isinstance(value, Mapping) and isinstance(below.get(key), Mapping)
    }
    return {**below, **above, **both}


class _UniqueKeyLoader(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses a key that is given twice: YAML forbids it, and PyYAML takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"'{twice[0]}' is given twice")
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def parse_config(data: Any, kind: type[ConfigT], source: str) -> ConfigT:
    """Check a mapping against a config model; `source` is named in errors."""
    _refuse_unknown_keys(data, kind, source)
    try:
        return kind.model_validate(data)
    except ValidationError as err:
        raise ConfigError(f"{source}: {_first_problem(err)}") from err


def _refuse_unknown_keys(data: Any, kind: type[BaseModel], source: str) -> None:
    if not isinstance(data, Mapping):
        raise ConfigError(f"{source}: expected a mapping of settings, got {type(data).__name__}")
    for path, known in _unknown_keys(data, kind):
        raise ConfigError(f"{source}: {describe_unknown(path, known)}")


def _first_problem(err: ValidationError) -> str:
    first = err.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    # A rule among several settings has the whole mapping as its input: too much for a line.
    got = "" if isinstance(first["input"], Mapping) else f" (got {first['input']!r})"
    return f"{where}: {message}{got}" if where else f"{message}{got}"


def describe_unknown(key: str, known: list[str]) -> str:
    """Return one line that names an unknown key and its nearest valid neighbour."""
    close = difflib.get_close_matches(key.rsplit(".", 1)[-1], known, n=1, cutoff=0.0)
    hint = f"did you mean '{close[0]}'?" if close else "no key is allowed here"
    return f"unknown key '{key}', {hint}"


def _unknown_keys(
    data: Mapping[Any, Any], kind: type[BaseModel], prefix: str = ""
) -> Iterator[tuple[str, list[str]]]:
    for key, value in data.items():
        if key not in kind.model_fields:
            yield f"{prefix}{key}", list(kind.model_fields)
            continue
        inner = kind.model_fields[key].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel) and isinstance(value, Mapping):
            yield from _unknown_keys(value, inner, f"{prefix}{key}.")


def dump_config(config: Config) -> str:
    """Return the full configuration as YAML, every value written out."""
    text: str = yaml.safe_dump(
        config.model_dump(mode="json"), sort_keys=False, default_flow_style=None
    )
    return text


def _one_line(err: Exception) -> str:
    return " ".join(str(err).split())
