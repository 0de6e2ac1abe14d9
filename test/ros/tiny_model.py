"""A bundle that is quick to load and to ask, for nodes under test: its weights are random."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from vmloc_ros.bundle import BundleDescription, PoseStatistics, save_bundle
from vmloc_ros.calibration import Agreement, Calibration, key, subsets
from vmloc_ros.config import LidarConfig, ModelConfig, PreprocessingConfig
from vmloc_ros.familiarity import Familiarity
from vmloc_ros.frame import Frame
from vmloc_ros.model.backbones import appearance_length
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Pose
from vmloc_ros.preprocessing import Preprocessor

APPEARANCE = appearance_length("resnet18")

LIDAR = LidarConfig(rows=16, columns=64, elevation_min_deg=-20.0, elevation_max_deg=10.0)
INPUT = PreprocessingConfig(height=48, width=64, lidar=LIDAR)
POSES = PoseStatistics(
    position_mean_m=(1.0, 2.0, 3.0),
    position_scale_m=2.0,
    quat_mean_xyzw=(0.0, 0.6, 0.0, 0.8),
)
SIGMA = (0.1, 0.2, 0.3, 0.01, 0.02, 0.03)
NO_LIMIT = 1e12


def make_tiny_bundle(
    folder: Path,
    seed: int = 7,
    modalities: tuple[str, ...] = ("rgb", "depth"),
    known: Sequence[Frame] = (),
    calibration: Mapping[str, object] | None = None,
    training_poses: Sequence[Pose] = (),
    system: Mapping[str, object] | None = None,
    **description: object,
) -> Path:
    """Write a bundle whose poses depend on the images; return its folder.

    Args:
        folder: must not exist.
        seed: of the weights.
        modalities: of the model.
        known: the training images; others are novel. Without them any image passes.
        calibration: fields of the calibration in place of those here.
        training_poses: for an evaluation, which compares with them.
        system: settings of the model in place of those here.
        description: fields of the description in place of those here.
    """
    torch.manual_seed(seed)
    settings: dict[str, object] = {
        "modalities": modalities,
        "backbone": "resnet18",
        "weights": "none",
        "latent_dim": 64,
        "head_hidden": 0,
        "dropout": 0.0,
    }
    model = ModelConfig.model_validate(settings | dict(system or {}))
    network = VMLoc(model).eval()
    appearance = {name: torch.ones(1, APPEARANCE) for name in modalities}
    limits = dict.fromkeys(modalities, NO_LIMIT)
    if known:
        appearance = _appearance(known, network, Preprocessor(INPUT, modalities))
        limits = {name: _limit(name, values) for name, values in appearance.items()}
    fields = {
        "model": model,
        "preprocessing": INPUT,
        "poses": POSES,
        "camera_frame": "camera_optical_frame",
        "position_min_m": (-50.0, -50.0, -50.0),
        "position_max_m": (50.0, 50.0, 50.0),
        "calibration": _calibration(modalities, limits, calibration or {}),
        "trained_on": "noise",
        "versions": {},
    }
    save_bundle(
        folder, BundleDescription(**(fields | description)), network, training_poses, appearance
    )
    return folder


def _calibration(
    modalities: tuple[str, ...], limits: Mapping[str, float], changes: Mapping[str, object]
) -> Calibration:
    sets = subsets(modalities)
    usual = Agreement(median=NO_LIMIT, limit=NO_LIMIT)
    fields = {
        "sigma": {key(present): SIGMA for present in sets},
        "agreement": {key(present): usual for present in sets if len(present) > 1},
        "novelty_limit": limits,
    }
    return Calibration(**(fields | dict(changes)))


@torch.inference_mode()
def _appearance(
    frames: Sequence[Frame], network: VMLoc, preprocess: Preprocessor
) -> dict[str, Tensor]:
    said = [network.experts(*preprocess(frame, torch.device("cpu"))) for frame in frames]
    return {
        name: torch.cat([one.appearance[name] for one in said]) for name in preprocess.modalities
    }


def _limit(name: str, appearance: Tensor) -> float:
    """Return half the distance of the two training images that are most alike."""
    rows = range(len(appearance))
    others = [appearance[[other for other in rows if other != row]] for row in rows]
    distances = [
        float(Familiarity({name: rest}).distance(name, image[None]))
        for image, rest in zip(appearance, others, strict=True)
    ]
    return min(distances) / 2
