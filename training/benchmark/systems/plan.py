"""`Task`: a system and a seed that a benchmark has to run."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vmloc_ros.config import TrainConfig, load_config
from vmloc_ros.errors import ConfigError

RECIPE = 3
"""Raised when a default changes, or anything else that makes trainings of before count no more."""
ABLATIONS = "vmloc"
"""VMLoc and its ablations are those whose names end so: they run with several seeds."""


@dataclass(frozen=True, slots=True)
class Task:
    """One run to be."""

    system: str
    config: TrainConfig

    @property
    def name(self) -> str:
        """Of its folder and its file."""
        return f"{self.system}-{self.config.seed}"

    @property
    def settings_sha256(self) -> str:
        """Return the digest of what the configuration says beyond the defaults, but for its seed.

        A setting that is new in a later version leaves it as it was; a default that changes has to
        raise `RECIPE`.
        """
        said = self.config.model_dump(mode="json", exclude_defaults=True, exclude={"seed"})
        told = json.dumps([RECIPE, said], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def plan(variants: Path, base: Path | None, seeds: int, only: Sequence[str] = ()) -> list[Task]:
    """Return the runs, every system once before any of them again.

    Args:
        variants: folder of a YAML file for each system.
        base: what they do not say.
        seeds: of VMLoc and its ablations; the others have one.
        only: names of systems; none: all.

    Raises:
        ConfigError: no such system, or a configuration that cannot be used.
    """
    files = {path.stem: path for path in sorted(variants.glob("*.yaml"))}
    if not files:
        raise ConfigError(f"{variants}: holds no YAML file of a system")
    for name in only:
        if name not in files:
            raise ConfigError(f"{variants}: no system '{name}', there are {', '.join(files)}")
    configs = {name: load_config(files[name], TrainConfig, base) for name in only or files}
    return [
        Task(name, config.model_copy(update={"seed": seed}))
        for seed in range(seeds)
        for name, config in _first_vmloc(configs.items())
        if seed == 0 or name.endswith(ABLATIONS)
    ]


def _first_vmloc(configs: Iterable[tuple[str, TrainConfig]]) -> list[tuple[str, TrainConfig]]:
    return sorted(configs, key=lambda item: not item[0].endswith(ABLATIONS))
