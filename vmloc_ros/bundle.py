"""A model bundle: everything a robot needs to localise with a trained model, in one folder.

`model.safetensors` (weights), `training_poses.npy` (N, 7: x y z and quaternion x y z w),
`training_appearance.safetensors` (for each modality (N', A), see `Familiarity`) and `bundle.yaml`,
which describes them and holds their SHA-256 digests. The weights hold a copy of what they were
trained with, so that other settings in `bundle.yaml` are noticed. No pickle is ever loaded.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch
from pydantic import Field, model_validator
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from typing_extensions import Self

from vmloc_ros.calibration import Calibration
from vmloc_ros.config import (
    Config,
    ModelConfig,
    PreprocessingConfig,
    dump_config,
    load_config,
)
from vmloc_ros.errors import BundleError, ConfigError, VmlocError
from vmloc_ros.model.backbones import appearance_length
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Pose, PoseNormalizer
from vmloc_ros.sensor_rig import SensorRig

DESCRIPTION, WEIGHTS = "bundle.yaml", "model.safetensors"
TRAINING_POSES, TRAINING_APPEARANCE = "training_poses.npy", "training_appearance.safetensors"
FILES = (WEIGHTS, TRAINING_POSES, TRAINING_APPEARANCE)
"""What `bundle.yaml` holds digests of."""
TRAINED_WITH = {"model", "preprocessing", "poses", "rig", "camera_frame"}
"""Fields of the description without which the weights mean something else: they hold a copy."""
FORMAT: Final = 3
"""Format of the bundles that this version writes and reads."""
_FORMAT_LINE = re.compile(rb"^format_version: (\d+)$", re.MULTILINE)

Vector3 = tuple[float, float, float]
Vector4 = tuple[float, float, float, float]


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

    format_version: Literal[3] = FORMAT
    model: ModelConfig
    preprocessing: PreprocessingConfig
    poses: PoseStatistics
    rig: SensorRig = Field(default_factory=SensorRig)
    """Of the training recording."""
    camera_frame: str
    """Optical frame whose pose the model was trained on."""
    position_min_m: Vector3
    """Smallest x, y, z of the training positions, map frame."""
    position_max_m: Vector3
    """Largest x, y, z of the training positions, map frame."""
    calibration: Calibration
    trained_on: str
    """Name of the recording."""
    versions: dict[str, str]
    """Versions of the software that trained the model."""
    sha256: dict[str, str] = Field(default_factory=dict)
    """Digests of the other files of the bundle."""

    @property
    def sensors(self) -> tuple[str, ...]:
        """The sensors that the modalities of the model are made from."""
        return self.preprocessing.sensors(self.model.modalities)

    @model_validator(mode="after")
    def _is_calibrated(self) -> Self:
        model = self.model
        if problem := self.calibration.problem(model.modalities, model.fuses_experts):
            raise ValueError(f"calibration: {problem}")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A loaded bundle."""

    description: BundleDescription
    network: VMLoc
    """In evaluation mode; the localizer moves it to its device."""
    training_poses: tuple[Pose, ...]
    """The covariance grows with the distance to them."""
    training_appearance: Mapping[str, Tensor]
    """For each modality (N', A), what training images look like to its encoder."""

    @property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return self.description.sha256[WEIGHTS]


def save_bundle(
    folder: Path,
    description: BundleDescription,
    network: VMLoc,
    training_poses: Sequence[Pose],
    training_appearance: Mapping[str, Tensor],
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
        _write_network(beside, network, description)
        _write_training(beside, training_poses, training_appearance)
        _write_description(beside, description)
        beside.chmod(0o755)
        os.rename(beside, folder)
    except (OSError, SafetensorError) as err:
        raise BundleError(f"{folder}: cannot write the bundle ({err})") from err
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_network(folder: Path, network: VMLoc, description: BundleDescription) -> None:
    state = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    copy = json.dumps(_trained_with(description))
    _save_tensors(state, folder / WEIGHTS, {"trained_with": copy})


def _write_training(folder: Path, poses: Sequence[Pose], appearance: Mapping[str, Tensor]) -> None:
    rows = [np.concatenate([pose.position, pose.quat_xyzw]) for pose in poses]
    np.save(folder / TRAINING_POSES, np.array(rows, dtype=np.float64).reshape(-1, 7))
    tensors = {name: values.cpu().contiguous() for name, values in appearance.items()}
    _save_tensors(tensors, folder / TRAINING_APPEARANCE)


def _write_description(folder: Path, description: BundleDescription) -> None:
    digests = {name: _sha256(folder / name) for name in FILES}
    complete = description.model_copy(update={"sha256": digests})
    (folder / DESCRIPTION).write_text(dump_config(complete), encoding="utf-8")


def _trained_with(description: BundleDescription) -> dict[str, Any]:
    return description.model_dump(mode="json", include=TRAINED_WITH)


def _save_tensors(
    tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None
) -> None:
    save_file(tensors, path, metadata)
    path.chmod(0o644)  # safetensors writes for the owner alone


def load_bundle(folder: Path) -> Bundle:
    """Read and verify a bundle.

    Raises:
        BundleError: missing, damaged (digest), without the training poses that the covariance
            needs, or weights that do not fit the description, which the message names field by
            field.
    """
    if not (folder / DESCRIPTION).is_file():
        raise BundleError(f"{folder}: no model bundle (a folder with {DESCRIPTION} is expected)")
    description = _load_description(folder / DESCRIPTION)
    for name in FILES:
        _verify(folder / name, description.sha256.get(name))
    _verify_trained_with(folder, description)
    poses = _load_poses(folder / TRAINING_POSES)
    if description.calibration.remoteness and not poses:
        raise BundleError(f"{folder / TRAINING_POSES}: the covariance needs them, train again")
    return Bundle(
        description,
        _load_network(folder, description),
        poses,
        _load_appearance(folder / TRAINING_APPEARANCE, description.model),
    )


def _load_description(path: Path) -> BundleDescription:
    found = _format(path)
    if found not in (None, FORMAT):
        raise BundleError(f"{path}: format {found}, and only {FORMAT} can be read: train again")
    try:
        return load_config(path, BundleDescription)
    except ConfigError as err:
        raise BundleError(str(err)) from err


def _format(path: Path) -> int | None:
    """Look up the format before anything else: of another one no key has to fit."""
    try:
        line = _FORMAT_LINE.search(path.read_bytes())
    except OSError:  # `load_config` says why
        return None
    return int(line[1]) if line else None


def _load_network(folder: Path, description: BundleDescription) -> VMLoc:
    network = VMLoc(description.model, description.preprocessing)
    try:
        network.load_state_dict(load_file(folder / WEIGHTS), strict=True)
    except (RuntimeError, SafetensorError) as err:
        reason = " ".join(str(err).split())[:300]
        raise BundleError(
            f"{folder / WEIGHTS}: does not fit the model in {DESCRIPTION}: {reason}"
        ) from err
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _verify_trained_with(folder: Path, description: BundleDescription) -> None:
    """Compare the description with the copy in the weights; those of earlier versions hold none."""
    try:
        with safe_open(folder / WEIGHTS, framework="pt") as file:
            copy = json.loads((file.metadata() or {}).get("trained_with", "{}"))
    except (OSError, SafetensorError, ValueError) as err:
        raise BundleError(f"{folder / WEIGHTS}: cannot be read ({err})") from err
    found = dict(_leaves(_trained_with(description)))
    for field, trained_with in _leaves(copy):
        if found.get(field) != trained_with:
            raise BundleError(
                f"{folder / DESCRIPTION}: {field} is {found.get(field)}, and the weights were "
                f"trained with {trained_with}; copy the bundle again"
            )


def _leaves(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield above + key, value


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


def _load_appearance(path: Path, model: ModelConfig) -> dict[str, Tensor]:
    length = appearance_length(model.backbone)
    try:
        appearance: dict[str, Tensor] = load_file(path)
    except SafetensorError as err:
        raise BundleError(f"{path}: cannot be read ({err})") from err
    for name in model.modalities:
        shape = tuple(appearance[name].shape) if name in appearance else ()
        if len(shape) != 2 or shape[0] < 1 or shape[1] != length:
            raise BundleError(f"{path}: expected N × {length} numbers for {name}, got {shape}")
        if not appearance[name].isfinite().all():
            raise BundleError(f"{path}: holds NaN or infinite numbers for {name}; train again")
    return appearance


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
