"""Images as plain code has them: channel after channel."""

import torch
from torch import Tensor, nn

from vmloc_ros.model.vmloc import VMLoc


def lay_out_plainly(network: VMLoc) -> None:
    """Let a network have contiguous weights and images, whatever it is given."""
    network.to(memory_format=torch.contiguous_format)
    for encoder in network.encoders.values():
        encoder.register_forward_pre_hook(_contiguous)


def _contiguous(module: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:  # noqa: ARG001
    return tuple(images.contiguous() for images in arguments)
