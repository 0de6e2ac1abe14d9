"""VMLoc: encoders → product of experts → attention → pose (Zhou et al. 2021, Figure 2).

And, by configuration, the networks that the paper compares it with.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vmloc_ros.config import ModelConfig, PreprocessingConfig
from vmloc_ros.model.backbones import Backbone, load_backbone_weights
from vmloc_ros.model.decoder import Decoder
from vmloc_ros.model.encoders import Encoder, GridPooling
from vmloc_ros.model.fusion import Posterior, concatenation, product_of_experts
from vmloc_ros.model.hourglass import Hourglass

DEFAULT_INPUTS = PreprocessingConfig()

FLAT = ("lidar",)
"""Modalities whose pictures have few rows: the stem's pooling leaves their number as it is."""


@dataclass(frozen=True, slots=True)
class Experts:
    """What the experts say of B frames; rows of absent modalities mean nothing."""

    means: Tensor
    """(B, M, D); M is 1 where all modalities share an encoder."""
    variances: Tensor | None
    """(B, M, D), positive; None where experts give features only."""
    appearance: Mapping[str, Tensor]
    """For each modality of the inputs (B, A), in the order of `config.modalities`."""


class VMLoc(nn.Module):
    """The network. B frames, M modalities, latent dimension D, K samples, T remembered frames.

    Construction gives random weights; `load_pretrained` fills the backbones.

    Args:
        config: of the network.
        preprocessing: of its inputs.
    """

    def __init__(
        self, config: ModelConfig, preprocessing: PreprocessingConfig = DEFAULT_INPUTS
    ) -> None:
        super().__init__()
        self.config = config
        self._channels = {name: preprocessing.channels(name) for name in config.modalities}
        self.encoders = nn.ModuleDict(
            {
                "_".join(names): _encoder(config, preprocessing, names)
                for names in config.encoded_together
            }
        )
        self.decoder = Decoder(config)

    @property
    def divisible(self) -> bool:
        """Whether what the experts say can be fused without one of them afterwards."""
        return len(self.config.encoded_together) == len(self.config.modalities)

    def load_pretrained(self) -> None:
        """Fill the backbones as `config.weights` says.

        Raises:
            ConfigError: the weights cannot be had or do not fit.
        """
        for encoder in self.encoders.values():
            assert isinstance(encoder, Encoder)
            load_backbone_weights(encoder.backbone, self.config.weights)

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor) -> Posterior:
        """Return q(z | x).

        Args:
            inputs: for each modality (B, C, H, W). A modality that no frame has may be left out.
            present: (B, M) bool, columns in the order of `config.modalities`.
        """
        return self.fuse(self.experts(inputs, present), present)

    def experts(self, inputs: Mapping[str, Tensor], present: Tensor) -> Experts:
        """Return what each expert says, before they are fused. Arguments as for `encode`."""
        if not self.divisible:
            return self._stacked(inputs, present)
        names = self.config.modalities
        said = {name: self.encoders[name](inputs[name]) for name in names if name in inputs}
        one = next(iter(said.values()))
        silent = torch.zeros_like(one.mean)
        means = [said[name].mean if name in said else silent for name in names]
        variances = [said[name].variance if name in said else silent + 1 for name in names]
        return Experts(
            torch.stack(means, 1),
            None if one.variance is None else torch.stack(variances, 1),
            {name: expert.appearance for name, expert in said.items()},
        )

    def _stacked(self, inputs: Mapping[str, Tensor], present: Tensor) -> Experts:
        """Lay the images of a frame over each other, zeros for those that are absent."""
        names, one = self.config.modalities, next(iter(inputs.values()))
        layers = [
            torch.where(present[:, column, None, None, None], inputs[name], 0.0)
            if name in inputs
            else one.new_zeros(len(one), self._channels[name], *one.shape[-2:])
            for column, name in enumerate(names)
        ]
        images = torch.cat(layers, dim=1).contiguous(memory_format=torch.channels_last)
        said = self.encoders["_".join(names)](images)
        appearance: dict[str, Tensor] = {n: said.appearance for n in names if n in inputs}
        return Experts(said.mean[:, None], None, appearance)

    def fuse(self, experts: Experts, present: Tensor) -> Posterior:
        """Fuse what the experts say of B frames under S choices of experts.

        Args:
            experts: of the frames.
            present: (S · B, M) bool, row s · B + b is choice s of frame b.
        """
        choices = (len(present) // len(experts.means), 1, 1)
        means = experts.means.repeat(choices)
        if experts.variances is not None:
            return product_of_experts(means, experts.variances.repeat(choices), present)
        return concatenation(means, present if self.divisible else present.any(1, keepdim=True))

    def decode(self, z: Tensor) -> Tensor:
        """Map latents (..., D), or (T, ..., D) of a network with memory, to poses y (..., 6).

        Poses are normalised. With memory the answer is (T, ..., 6), the newest frame last.
        """
        first = 1 if self.config.memory_frames > 1 else 0
        pose: Tensor = self.decoder(z.flatten(first, -2))
        poses: Tensor = pose.unflatten(first, z.shape[first:-1])
        return poses

    def decode_newest(self, z: Tensor) -> Tensor:
        """Map the latents (T · B, D) of the last T frames to y (B, 6) of the newest.

        The oldest frames of all B windows come first, the newest last.
        """
        if self.config.memory_frames == 1:
            return self.decode(z)
        return self.decode(z.unflatten(0, (self.config.memory_frames, -1)))[-1]

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor) -> Tensor:
        """Return the pose y (B, 6) of the posterior mean: deterministic inference.

        With memory the inputs are those of windows, T · B frames.
        """
        return self.decode_newest(self.encode(inputs, present).mean)


def _encoder(
    config: ModelConfig, preprocessing: PreprocessingConfig, names: tuple[str, ...]
) -> Encoder:
    """Return the encoder of modalities whose images are laid over each other."""
    backbone = Backbone(
        config.backbone,
        sum(preprocessing.channels(name) for name in names),
        flat=names[0] in FLAT,
    )
    top: GridPooling | Hourglass = GridPooling(backbone, config.pool)
    if config.hourglass:
        top = Hourglass(preprocessing.size(names[0]))
    return Encoder(backbone, config.expert_dim, top, config.expert_log_variance)
