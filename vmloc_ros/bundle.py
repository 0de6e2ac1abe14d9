"""A model bundle: everything a robot needs to localise with a trained model, in one folder.

`model.safetensors` (weights), `training_poses.npy` (N, 7: x y z and quaternion x y z w) and
`bundle.yaml`, which describes them and holds their SHA-256 digests. No pickle is ever loaded.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import Field, model_validator
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from typing_extensions import Self

from vmloc_ros.config import Config, ModelConfig, PreprocessingConfig, dump_config, load_config
from vmloc_ros.errors import BundleError, ConfigError, VmlocError
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Pose, PoseNormalizer

DESCRIPTION, WEIGHTS, TRAINING_POSES = "bundle.yaml", "model.safetensors", "training_poses.npy"

Vector3 = tuple[float, float, float]
Vector4 = tuple[float, float, float, float]
Vector6 = tuple[float, float, float, float, float, float]


class PoseStatistics(Config):
    """The numbers of a `PoseNormalizer`."""

    position_mean_m: Vector3
    position_scale_m: float = Field(gt=0.0)
    quat_mean_xyzw: Vector4

    @model_validator(mode="after")
    def _mean_is_a_rotation(self) -> Self:
        if abs(float(np.linalg.norm(self.quat_mean_xyzw)) - 1.0) > 1e-6:
            raise ValueError("quat_mean_xyzw is no unit quaternion")
        return self

    @classmethod
    def of(cls, normalizer: PoseNormalizer) -> "PoseStatistics":
        """Write a normaliser down."""
        return cls.model_validate(
            {
                "position_mean_m": normalizer.position_mean.tolist(),
                "position_scale_m": normalizer.position_scale,
                "quat_mean_xyzw": normalizer.quat_mean_xyzw.tolist(),
            }
        )

    def normalizer(self) -> PoseNormalizer:
        """Return the normaliser."""
        return PoseNormalizer(
            np.array(self.position_mean_m), self.position_scale_m, np.array(self.quat_mean_xyzw)
        )


class BundleDescription(Config):
    """The content of `bundle.yaml`."""

    format_version: Literal[1] = 1
    model: ModelConfig
    preprocessing: PreprocessingConfig
    poses: PoseStatistics
    camera_frame: str
    """Optical frame whose pose the model was trained on."""
    position_min_m: Vector3
    """Smallest x, y, z of the training positions, map frame."""
    position_max_m: Vector3
    """Largest x, y, z of the training positions, map frame."""
    sigma: dict[str, Vector6]
    """For each set of present modalities, joined by "+": 1σ of the error on held-out frames along
    x y z (m) and about the fixed axes x y z of map (rad)."""
    trained_on: str
    """Name of the recording."""
    versions: dict[str, str]
    """Versions of the software that trained the model."""
    sha256: dict[str, str] = Field(default_factory=dict)
    """Digests of the other files of the bundle."""

    @model_validator(mode="after")
    def _errors_are_known(self) -> Self:
        for present in subsets(self.model.modalities):
            if min(self.sigma.get("+".join(present), (0.0,))) <= 0.0:
                raise ValueError(f"sigma needs six positive numbers for {'+'.join(present)}")
        return self


def subsets(modalities: Sequence[str]) -> list[tuple[str, ...]]:
    """Return what can be present: every set of modalities but the empty one."""
    sizes = range(1, len(modalities) + 1)
    return [present for size in sizes for present in combinations(modalities, size)]


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A loaded bundle."""

    description: BundleDescription
    network: VMLoc
    """In evaluation mode; the localizer moves it to its device."""
    training_poses: tuple[Pose, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return self.description.sha256[WEIGHTS]


def save_bundle(
    folder: Path, description: BundleDescription, network: VMLoc, training_poses: tuple[Pose, ...]
) -> None:
    """Write a bundle beside `folder` and rename it; `folder` must not exist.

    Raises:
        BundleError: it exists, or cannot be written.
    """
    if folder.exists():
        raise BundleError(f"{folder}: exists already, choose another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as err:
        raise BundleError(f"{folder}: cannot write the bundle ({err.strerror})") from err
    try:
        _write_files(beside, description, network, training_poses)
        beside.chmod(0o755)
        os.rename(beside, folder)
    except (OSError, SafetensorError) as err:
        raise BundleError(f"{folder}: cannot write the bundle ({err})") from err
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_files(
    folder: Path, description: BundleDescription, network: VMLoc, training_poses: tuple[Pose, ...]
) -> None:
    state = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    save_file(state, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes for the owner alone
    rows = [np.concatenate([pose.position, pose.quat_xyzw]) for pose in training_poses]
    np.save(folder / TRAINING_POSES, np.array(rows, dtype=np.float64).reshape(-1, 7))
    digests = {name: _sha256(folder / name) for name in (WEIGHTS, TRAINING_POSES)}
    complete = description.model_copy(update={"sha256": digests})
    (folder / DESCRIPTION).write_text(dump_config(complete), encoding="utf-8")


def load_bundle(folder: Path) -> Bundle:
    """Read and verify a bundle.

    Raises:
        BundleError: missing, damaged (digest), or weights that do not fit the description.
    """
    if not (folder / DESCRIPTION).is_file():
        raise BundleError(f"{folder}: no model bundle (a folder with {DESCRIPTION} is expected)")
    try:
        description = load_config(folder / DESCRIPTION, BundleDescription)
    except ConfigError as err:
        raise BundleError(str(err)) from err
    for name in (WEIGHTS, TRAINING_POSES):
        _verify(folder / name, description.sha256.get(name))
    return Bundle(
        description, _load_network(folder, description), _load_poses(folder / TRAINING_POSES)
    )


def _load_network(folder: Path, description: BundleDescription) -> VMLoc:
    network = VMLoc(description.model)
    try:
        network.load_state_dict(load_file(folder / WEIGHTS), strict=True)
    except (RuntimeError, SafetensorError) as err:
        reason = " ".join(str(err).split())[:300]
        raise BundleError(
            f"{folder / WEIGHTS}: does not fit the model in {DESCRIPTION}: {reason}"
        ) from err
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _load_poses(path: Path) -> tuple[Pose, ...]:
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as err:
        raise BundleError(f"{path}: cannot be read ({err})") from err
    if rows.ndim != 2 or rows.shape[1] != 7 or rows.dtype != np.float64:
        raise BundleError(f"{path}: expected N × 7 float64, got {rows.dtype} {rows.shape}")
    try:
        return tuple(Pose(row[:3], row[3:]) for row in rows)
    except VmlocError as err:
        raise BundleError(f"{path}: {err}") from err


def _verify(path: Path, expected: str | None) -> None:
    if expected is None:
        raise BundleError(f"{path.parent / DESCRIPTION}: holds no digest of {path.name}")
    if not path.is_file():
        raise BundleError(f"{path}: is missing from the bundle")
    actual = _sha256(path)
    if actual != expected:
        raise BundleError(
            f"{path}: damaged or changed, its SHA-256 is {actual[:12]}… and "
            f"{DESCRIPTION} says {expected[:12]}…; copy the bundle again"
        )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
