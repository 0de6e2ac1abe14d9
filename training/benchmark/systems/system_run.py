"""`SystemRun`: one system, trained once and tested, in figures."""

from pathlib import Path

from pydantic import Field

from training.json_file import replace_json
from vmloc_ros.config import Config, load_config
from vmloc_ros.errors import VmlocError


class Errors(Config):
    """The errors of the answers under one condition, all of them, valid or not."""

    frames: int
    median_translation_m: float
    median_rotation_deg: float
    mean_translation_m: float
    mean_rotation_deg: float
    coverage_1_sigma: float
    """Share of the errors within 1σ, pooled over the axes."""
    coverage_2_sigma: float


class SystemRun(Config):
    """What is kept of a run; one file each."""

    system: str
    """Name of its configuration."""
    seed: int
    settings_sha256: str
    """Of the configuration, see `Task.settings_sha256`."""
    recording: str
    epochs: int
    trained_on: int
    """Frames."""
    parameters: int
    training_s: float
    """By the clock; the machine may have had other work."""
    training_cpu_s: float
    """Of processor time, of all threads."""
    latency_ms: float
    """Median from a decoded frame to its pose."""
    hardware: str
    versions: dict[str, str]
    conditions: dict[str, Errors] = Field(min_length=1)
    """By the name of the condition, `clean` and those of the paper's study."""

    @property
    def file_name(self) -> str:
        """Under which it is kept."""
        return f"{self.system}-{self.seed}.json"

    def write(self, folder: Path) -> None:
        """Write the file beside its place and rename it.

        Raises:
            VmlocError: it cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise VmlocError(f"{folder}: cannot be made ({err.strerror})") from err
        replace_json(folder / self.file_name, self.model_dump(mode="json"))


def read_runs(folder: Path) -> list[SystemRun]:
    """Read all runs of a folder, by name and seed.

    Raises:
        ConfigError: a file holds something else.
    """
    runs = [load_config(path, SystemRun) for path in sorted(folder.glob("*.json"))]
    return sorted(runs, key=lambda run: (run.system, run.seed))
