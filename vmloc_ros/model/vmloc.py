"""VMLoc: encoders → product of experts → attention → pose (Zhou et al. 2021, Figure 2)."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vmloc_ros.config import ModelConfig
from vmloc_ros.model.decoder import Decoder
from vmloc_ros.model.encoders import CHANNELS, FLAT, Encoder, load_backbone_weights
from vmloc_ros.model.fusion import Posterior, product_of_experts


@dataclass(frozen=True, slots=True)
class Experts:
    """What the experts say of B frames; rows of absent modalities mean nothing."""

    means: Tensor
    """(B, M, D)."""
    variances: Tensor
    """(B, M, D), positive."""
    appearance: Mapping[str, Tensor]
    """For each modality of the inputs (B, A), in the order of `config.modalities`."""


class VMLoc(nn.Module):
    """The network. B frames, M modalities, latent dimension D, K samples.

    Construction gives random weights; `load_pretrained` fills the backbones.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoders = nn.ModuleDict(
            {
                name: Encoder(
                    CHANNELS[name],
                    config.backbone,
                    config.latent_dim,
                    config.pool,
                    config.initial_log_variance,
                    flat=name in FLAT,
                )
                for name in config.modalities
            }
        )
        self.decoder = Decoder(
            config.latent_dim, config.head_hidden, config.dropout, config.rotation
        )

    def load_pretrained(self) -> None:
        """Fill the backbones as `config.weights` says.

        Raises:
            ConfigError: the weights cannot be had or do not fit.
        """
        for encoder in self.encoders.values():
            assert isinstance(encoder, Encoder)
            load_backbone_weights(encoder, self.config.backbone, self.config.weights)

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor) -> Posterior:
        """Return q(z | x).

        Args:
            inputs: for each modality (B, C, H, W). A modality that no frame has may be left out.
            present: (B, M) bool, columns in the order of `config.modalities`.
        """
        experts = self.experts(inputs, present)
        return product_of_experts(experts.means, experts.variances, present)

    def experts(self, inputs: Mapping[str, Tensor], present: Tensor) -> Experts:
        """Return what each expert says, before they are fused. Arguments as for `encode`."""
        names = self.config.modalities
        said = {name: self.encoders[name](inputs[name]) for name in names if name in inputs}
        silent = torch.zeros(present.shape[0], self.config.latent_dim, device=present.device)
        return Experts(
            torch.stack([said[name].mean if name in said else silent for name in names], 1),
            torch.stack([said[name].variance if name in said else silent + 1 for name in names], 1),
            {name: expert.appearance for name, expert in said.items()},
        )

    def decode(self, z: Tensor) -> Tensor:
        """Map latents (..., D) to normalised poses y (..., 6)."""
        pose: Tensor = self.decoder(z.flatten(0, -2))
        return pose.reshape(*z.shape[:-1], 6)

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor) -> Tensor:
        """Return the pose y (B, 6) of the posterior mean: deterministic inference."""
        return self.decode(self.encode(inputs, present).mean)
