"""The folder of a training: what is in it, and that it is never half-made or written over."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from training.cache import FrameCache
from vmloc_ros.config import TrainConfig, dump_config, load_config
from vmloc_ros.errors import ConfigError

Started = TypeVar("Started")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`config.yaml` (resolved), `recording.json`, `checkpoints/`, `logs/`, at the end `bundle/`.

    `cache/` is there while the training runs.
    """

    path: Path

    @property
    def bundle(self) -> Path:
        """Where the result goes."""
        return self.path / "bundle"

    @property
    def cache(self) -> Path:
        """Decoded frames."""
        return self.path / "cache"

    def newest_checkpoint(self) -> Path | None:
        """Return the checkpoint to go on from; None before the first."""
        found = list((self.path / "checkpoints").glob("*.ckpt"))
        return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)

    def check(self, config: TrainConfig, resume: bool) -> None:
        """Refuse what a training must not write to.

        Raises:
            ConfigError: a finished training; without `resume` anything that exists; with it,
                nothing to resume, or a training that was started with another configuration.
        """
        if self.bundle.exists():
            raise ConfigError(f"{self.path}: holds a finished training, choose another folder")
        if not resume and self.path.exists():
            raise ConfigError(f"{self.path}: exists already, choose another folder or add --resume")
        if resume and not (self.path / "config.yaml").exists():
            raise ConfigError(f"{self.path}: no training to resume, start without --resume")
        if resume and load_config(self.path / "config.yaml", TrainConfig) != config:
            raise ConfigError(
                f"{self.path}: was started with another configuration, resume with its config.yaml"
            )

    def create(self, config: TrainConfig, start: Callable[[Path], Started]) -> Started:
        """Build the folder beside its place and rename it once `start` has got through.

        Args:
            config: written down.
            start: is given the folder for the cache; what it returns is handed on.

        Raises:
            ConfigError: the folder cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            name = f".{self.path.name}-"
            beside = Path(tempfile.mkdtemp(prefix=name, dir=self.path.parent))
        except OSError as err:
            raise ConfigError(f"{self.path}: cannot be created ({err.strerror})") from err
        try:
            started = start(beside / "cache")
            (beside / "config.yaml").write_text(dump_config(config), encoding="utf-8")
            beside.chmod(0o755)
            beside.rename(self.path)
        except OSError as err:
            raise ConfigError(f"{self.path}: cannot be written ({err.strerror})") from err
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return started

    def remember_recording(self, name: str, frames: FrameCache) -> None:
        """Write down which frames the training sees, or compare with what is written.

        Raises:
            ConfigError: the training was started on other frames.
        """
        poses = hashlib.sha256(b"".join(pose.matrix().tobytes() for pose in frames.poses))
        seen = {"name": name, "frames": len(frames.names), "poses_sha256": poses.hexdigest()}
        path = self.path / "recording.json"
        if not path.exists():
            path.write_text(json.dumps(seen, indent=2) + "\n", encoding="utf-8")
        elif json.loads(path.read_text(encoding="utf-8")) != seen:
            raise ConfigError(f"{self.path}: was started on another recording, resume with that")

    def drop_cache(self) -> None:
        """Remove the decoded frames."""
        shutil.rmtree(self.cache, ignore_errors=True)
