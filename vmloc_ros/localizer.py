"""The localizer: one frame in, one pose with its covariance out. Robot and evaluator call this."""

import time
from pathlib import Path

import numpy as np
import torch

from vmloc_ros.bundle import Bundle, load_bundle
from vmloc_ros.calibration import key
from vmloc_ros.errors import ConfigError, MessageError
from vmloc_ros.familiarity import Familiarity
from vmloc_ros.frame import Frame
from vmloc_ros.model.fusion import Posterior, product_of_experts
from vmloc_ros.model.vmloc import Experts
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.validity import (
    Rejection,
    ValidityLimits,
    familiar,
    reject_disagreement,
    reject_novel,
    reject_outside,
)


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
        self._preprocess = Preprocessor(description.preprocessing, self._modalities)
        self._network = bundle.network.to(self.device)
        self._familiarity = Familiarity(bundle.training_appearance).to(self.device)
        self._normalizer = description.poses.normalizer()

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

    @torch.inference_mode()
    def localize(self, frame: Frame) -> PoseEstimate:
        """Return the pose of the camera in the map at the frame's stamp, and whether it is valid.

        A modality that the frame lacks is dropped from the product of experts, and so is one whose
        image is unlike the training images, as long as another remains.

        Raises:
            MessageError: the frame has no modality of the model, or the network's answer is not
                finite.
        """
        started = time.perf_counter()
        inputs, present = self._preprocess(frame, self.device)
        prepared = time.perf_counter()
        experts = self._network.experts(inputs, present)
        novelty = self._novelty(experts)
        trusted = familiar(novelty, self.limits.novelty)
        used = trusted or tuple(novelty)
        posterior = self._fuse(experts, used)
        pose, *alone = self._poses(posterior, frame.stamp_ns)
        disagreement = self._calibration.disagreement(dict(zip(used, alone, strict=False)))
        answered = time.perf_counter()
        return PoseEstimate(
            stamp_ns=frame.stamp_ns,
            T_map_camera=pose,
            covariance=self._calibration.covariance(used, disagreement),
            present=used,
            dropped={name: "unlike the training images" for name in novelty if name not in used},
            expert_share=self._shares(posterior, used),
            novelty=novelty,
            rejection=reject_novel(novelty, trusted, self.limits.novelty)
            or reject_disagreement(disagreement, self._disagreement_limit(used))
            or self._reject_outside(pose),
            stage_ms={
                "preprocess": (prepared - started) * 1e3,
                "inference": (answered - prepared) * 1e3,
            },
        )

    def warm_up(self, width: int = 640, height: int = 480) -> None:
        """Localise an artificial frame twice, so that the first real one meets a warm network."""
        rgb = np.zeros((height, width, 3), np.uint8)
        frame = Frame(1, "warm_up", rgb=rgb, depth_mm=np.full((height, width), 1000, np.uint16))
        for _ in range(2):
            self.localize(frame)

    def _novelty(self, experts: Experts) -> dict[str, float]:
        """Return the distance of each image to the training images as a multiple of its limit."""
        return {
            name: float(self._familiarity.distance(name, appearance))
            / self._calibration.novelty_limit[name]
            for name, appearance in experts.appearance.items()
        }

    def _fuse(self, experts: Experts, used: tuple[str, ...]) -> Posterior:
        """Return the posterior of all experts together and then, if several, of each alone."""
        sets = [used, *((name,) for name in used)] if len(used) > 1 else [used]
        mask = [[name in chosen for name in self._modalities] for chosen in sets]
        shape = (len(sets), -1, -1)
        return product_of_experts(
            experts.means.expand(shape),
            experts.variances.expand(shape),
            torch.tensor(mask, device=self.device),
        )

    def _poses(self, posterior: Posterior, stamp_ns: int) -> list[Pose]:
        answers = self._network.decode(posterior.mean).cpu().numpy()
        if not np.isfinite(answers).all():
            raise MessageError(f"the network's answer at {stamp_ns} ns is not finite")
        return [self._normalizer.decode(y) for y in answers]

    def _shares(self, posterior: Posterior, used: tuple[str, ...]) -> dict[str, float]:
        names = (*self._modalities, "prior")
        shares = zip(names, posterior.expert_share[0].tolist(), strict=True)
        return {name: share for name, share in shares if name in (*used, "prior")}

    def _disagreement_limit(self, used: tuple[str, ...]) -> float | None:
        usual = self._calibration.agreement.get(key(used))
        return usual.limit if usual else None

    def _reject_outside(self, pose: Pose) -> Rejection | None:
        description = self.bundle.description
        return reject_outside(
            pose.position,
            description.position_min_m,
            description.position_max_m,
            self.limits.map_margin_m,
        )


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
