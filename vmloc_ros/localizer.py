"""The localizer: one frame in, one pose with its covariance out. Robot and evaluator call this."""

import time
from pathlib import Path

import numpy as np
import torch

from vmloc_ros.bundle import Bundle, load_bundle
from vmloc_ros.errors import ConfigError, MessageError
from vmloc_ros.frame import Frame
from vmloc_ros.pose import Array, PoseEstimate
from vmloc_ros.preprocessing import Preprocessor


class Localizer:
    """Answers "where am I?" with the model of a bundle."""

    def __init__(self, bundle: Bundle, device: str = "auto") -> None:
        self.bundle = bundle
        self.device = select_device(device)
        description = bundle.description
        self._preprocess = Preprocessor(description.preprocessing, description.model.modalities)
        self._network = bundle.network.to(self.device)
        self._normalizer = description.poses.normalizer()

    @classmethod
    def load(cls, path: Path, device: str = "auto") -> "Localizer":
        """Load a bundle onto a device: auto, cpu, cuda or cuda:N.

        Raises:
            BundleError: the bundle cannot be used.
            ConfigError: the device is not there.
        """
        return cls(load_bundle(path), device)

    @torch.inference_mode()
    def localize(self, frame: Frame) -> PoseEstimate:
        """Return the pose of the camera in the map at the frame's stamp.

        A modality that the frame lacks is dropped from the product of experts.

        Raises:
            MessageError: the frame has no modality of the model, or the network's answer is not
                finite.
        """
        started = time.perf_counter()
        inputs, present = self._preprocess(frame, self.device)
        prepared = time.perf_counter()
        y = self._network(inputs, present)[0].cpu().numpy()
        answered = time.perf_counter()
        if not np.isfinite(y).all():
            raise MessageError(f"the network's answer at {frame.stamp_ns} ns is not finite")
        seen = tuple(name for name in self._preprocess.modalities if name in inputs)
        return PoseEstimate(
            stamp_ns=frame.stamp_ns,
            T_map_camera=self._normalizer.decode(y),
            covariance=self._covariance(seen),
            present=seen,
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

    def _covariance(self, present: tuple[str, ...]) -> Array:
        sigma = self.bundle.description.sigma["+".join(present)]
        return np.diag(np.square(sigma))


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
