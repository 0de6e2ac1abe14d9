"""The localizer: one frame in, one pose with its covariance out. Robot and evaluator call this."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmloc_ros.bundle import Bundle, load_bundle
from vmloc_ros.calibration import subsets
from vmloc_ros.errors import ConfigError, MessageError
from vmloc_ros.familiarity import Familiarity
from vmloc_ros.frame import Frame
from vmloc_ros.latent_window import LatentWindow
from vmloc_ros.model.vmloc import Experts
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.remoteness import TrainingPath
from vmloc_ros.validity import (
    ValidityLimits,
    familiar,
    reject_disagreement,
    reject_novel,
    reject_outside,
)

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What the network says of one frame; sets of sensors that the frame lacks mean nothing."""

    y: Mapping[tuple[str, ...], Vector]
    """With each set of modalities (6,), the normalised pose."""
    shares: Mapping[tuple[str, ...], Vector]
    """With each set (M + 1,), as `Posterior.expert_share`; empty where there are none."""
    novelty: Mapping[str, float]
    """Of each image, how unlike the training images it is, as a multiple of the bundle's limit."""


class Localizer:
    """Answers "where am I?" with the model of a bundle.

    `limits` may be replaced at any time.
    """

    def __init__(
        self, bundle: Bundle, device: str = "auto", limits: ValidityLimits | None = None
    ) -> None:
        self.bundle = bundle
        self.device = select_device(device)
        self.limits = limits or ValidityLimits()
        description = bundle.description
        self._calibration = description.calibration
        self._modalities = description.model.modalities
        self._preprocess = Preprocessor(
            description.preprocessing, self._modalities, description.rig
        )
        self._network = bundle.network.to(self.device)
        self._window = self.new_window()
        self._familiarity = Familiarity(bundle.training_appearance).to(self.device)
        self._normalizer = description.poses.normalizer()
        self._box = (description.position_min_m, description.position_max_m)
        self._path = (
            TrainingPath(bundle.training_poses, self._calibration.remoteness)
            if self._calibration.remoteness
            else None
        )
        self._sets = subsets(self._modalities)
        self._masks = torch.tensor(
            [[name in present for name in self._modalities] for present in self._sets],
            device=self.device,
        )

    @classmethod
    def load(
        cls, path: Path, device: str = "auto", limits: ValidityLimits | None = None
    ) -> "Localizer":
        """Load a bundle onto a device: auto, cpu, cuda or cuda:N.

        Raises:
            BundleError: the bundle cannot be used.
            ConfigError: the device is not there.
        """
        return cls(load_bundle(path), device, limits)

    def new_window(self) -> LatentWindow:
        """Return an empty past, for a stream of frames beside the localizer's own."""
        return LatentWindow(self.bundle.description.model.memory_frames)

    @torch.inference_mode()
    def localize(self, frame: Frame, window: LatentWindow | None = None) -> PoseEstimate:
        """Return the pose of the camera in the map at the frame's stamp, and whether it is valid.

        A modality that the frame lacks is dropped from the product of experts, and so is one whose
        image is unlike the training images, as long as another remains.

        Args:
            frame: the newest of its stream.
            window: past of that stream, for networks with memory; the localizer's own by default.

        Raises:
            MessageError: the frame has no modality of the model, or the network's answer is not
                finite.
        """
        limits, started = self.limits, time.perf_counter()
        inputs, present = self._preprocess(frame, self.device)
        prepared = time.perf_counter()
        experts = self._network.experts(inputs, present)
        answers = self._ask(experts, frame.stamp_ns, window or self._window)
        answered = time.perf_counter()
        novelty = answers.novelty
        trusted = familiar(novelty, limits.novelty)
        used = trusted or tuple(novelty)
        pose, alone = self._poses(answers, used, frame.stamp_ns)
        disagreement = self._calibration.disagreement(alone)
        return PoseEstimate(
            stamp_ns=frame.stamp_ns,
            T_map_camera=pose,
            covariance=self._calibration.covariance(
                used, disagreement, self._remoteness(novelty, used, pose)
            ),
            present=used,
            dropped={name: "unlike the training images" for name in novelty if name not in used},
            expert_share=self._shares(answers, used),
            novelty=novelty,
            rejection=reject_novel(novelty, trusted, limits.novelty)
            or reject_disagreement(disagreement, self._calibration.disagreement_limit(used))
            or reject_outside(pose.position, *self._box, limits.map_margin_m),
            stage_ms={
                "preprocess": (prepared - started) * 1e3,
                "inference": (answered - prepared) * 1e3,
            },
        )

    def warm_up(self, width: int = 640, height: int = 480) -> None:
        """Localise an artificial frame twice, so that the first real one meets a warm network."""
        frame = Frame(
            1,
            "warm_up",
            rgb=np.zeros((height, width, 3), np.uint8),
            depth_mm=np.full((height, width), 1000, np.uint16),
            points=np.full((100_000, 4), 5.0, np.float32),
        )
        for _ in range(2):
            self.localize(frame)

    def _ask(self, experts: Experts, stamp_ns: int, window: LatentWindow) -> _Answers:
        """Fuse and decode with every set of modalities at once, and look how familiar images are.

        Which of the answers counts is known only afterwards; this way a GPU is waited for once.
        """
        posterior = self._network.fuse(experts, self._masks)
        z = window.extend(stamp_ns, posterior.mean)  # (T, S, D)
        y = self._network.decode_newest(z.flatten(0, 1))
        novelty, shares = self._novelty(experts), posterior.expert_share
        return _Answers(
            dict(zip(self._sets, y.cpu().numpy(), strict=True)),
            {} if shares is None else dict(zip(self._sets, shares.cpu().numpy(), strict=True)),
            dict(zip(experts.appearance, novelty.tolist(), strict=True)),
        )

    def _novelty(self, experts: Experts) -> Tensor:
        """Return the distance of each image to the training images as a multiple of its limit."""
        return torch.cat(
            [
                self._familiarity.distance(name, appearance) / self._calibration.novelty_limit[name]
                for name, appearance in experts.appearance.items()
            ]
        )

    def _poses(
        self, answers: _Answers, used: tuple[str, ...], stamp_ns: int
    ) -> tuple[Pose, dict[str, Pose]]:
        """Return the pose of all these experts together, and the one that each names alone."""
        chosen = [answers.y[present] for present in (used, *((name,) for name in used))]
        if not np.isfinite(chosen).all():
            raise MessageError(f"the network's answer at {stamp_ns} ns is not finite")
        together, *alone = [self._normalizer.decode(y) for y in chosen]
        return together, dict(zip(used, alone, strict=True))

    def _remoteness(self, novelty: Mapping[str, float], used: tuple[str, ...], pose: Pose) -> float:
        if self._path is None:
            return 1.0
        return self._path.remoteness({name: novelty[name] for name in used}, pose)

    def _shares(self, answers: _Answers, used: tuple[str, ...]) -> dict[str, float]:
        if not answers.shares:
            return {}
        names = (*self._modalities, "prior")
        shares = zip(names, answers.shares[used].tolist(), strict=True)
        return {name: share for name, share in shares if name in (*used, "prior")}


def select_device(name: str) -> torch.device:
    """Return the device of a name; `auto` takes CUDA where it is.

    Raises:
        ConfigError: no such device here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as err:
        raise ConfigError(f"device '{name}' is unknown; use auto, cpu, cuda or cuda:N") from err
    if device.type not in ("cpu", "cuda"):
        raise ConfigError(f"device '{name}' is not supported; use auto, cpu, cuda or cuda:N")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ConfigError(
            f"device '{name}' is not here ({torch.cuda.device_count()} CUDA devices found); "
            "use cpu or auto"
        )
    return device
