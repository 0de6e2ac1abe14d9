"""`PlainPass`, the yardstick of a localisation: the network's answer to one frame, and no more."""

import copy

import torch

from training.benchmark.plain_layout import lay_out_plainly
from vmloc_ros.bundle import Bundle
from vmloc_ros.frame import Frame
from vmloc_ros.preprocessing import Preprocessor


class PlainPass:
    """Forward passes of a copy of the network: 32 bits, contiguous, eager."""

    def __init__(self, bundle: Bundle, device: torch.device) -> None:
        description = bundle.description
        self._network = copy.deepcopy(bundle.network).to(device).eval()
        self._memory = description.model.memory_frames
        self._device = device
        self._preprocess = Preprocessor(
            description.preprocessing, description.model.modalities, description.rig
        )
        lay_out_plainly(self._network)

    @torch.inference_mode()
    def prepare(self, frame: Frame) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Return the inputs of a frame on the device."""
        inputs, present = self._preprocess(frame, self._device)
        return {name: images.contiguous() for name, images in inputs.items()}, present

    @torch.inference_mode()
    def __call__(self, inputs: dict[str, torch.Tensor], present: torch.Tensor) -> torch.Tensor:
        """Return y (1, 6); a network with memory remembers the frame alone."""
        latent = self._network.encode(inputs, present).mean  # (1, D)
        return self._network.decode_newest(latent.expand(self._memory, -1)).cpu()
