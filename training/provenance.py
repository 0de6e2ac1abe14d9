"""`Provenance`: what a result comes from."""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from training.recordings.recording import Split
from training.recordings.truth_source import TruthSource
from vmloc_ros import __version__

if TYPE_CHECKING:
    from vmloc_ros.bundle import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What was measured, and how. Names, not paths: a result can be passed on."""

    bundle: str
    """Name of the bundle's folder."""
    bundle_sha256: str
    recording: str
    split: str
    ground_truth: str
    """Name of the topic or file that was given for it; empty: what the recording has."""
    device: str
    """Where the network ran."""
    versions: dict[str, str]
    """Versions of the software that ran."""
    command: str
    """How to do it again."""

    @classmethod
    def of(
        cls,
        path: Path,
        bundle: "Bundle",
        recording: Path,
        *,
        split: Split,
        device: str,
        command: str,
        ground_truth: str | None = None,
    ) -> "Provenance":
        """Name a bundle at `path`, a recording, and what ran here."""
        return cls(
            bundle=name_of(path),
            bundle_sha256=bundle.digest,
            recording=name_of(recording),
            split=split,
            ground_truth="" if ground_truth is None else TruthSource(ground_truth).name,
            device=device,
            versions=_versions(),
            command=command,
        )


def name_of(path: Path) -> str:
    """Return the name of a file or folder, also of one given as `.`."""
    return path.resolve().name


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("numpy", "torch", "torchvision")}
    return {"vmloc_ros": __version__, "python": platform.python_version(), **packages}
