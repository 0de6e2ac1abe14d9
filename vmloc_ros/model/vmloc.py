"""VMLoc: encoders → product of experts → attention → pose (Zhou et al. 2021, Figure 2)."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from vmloc_ros.config import ModelConfig
from vmloc_ros.model.decoder import Decoder
from vmloc_ros.model.encoders import CHANNELS, Encoder, load_backbone_weights
from vmloc_ros.model.fusion import Posterior, product_of_experts


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
                )
                for name in config.modalities
            }
        )
        self.decoder = Decoder(config.latent_dim, config.head_hidden, config.dropout)

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
        frames, dim = present.shape[0], self.config.latent_dim
        means, variances = [], []
        for name, encoder in self.encoders.items():
            if name in inputs:
                mean, variance = encoder(inputs[name])
            else:
                mean = torch.zeros(frames, dim, device=present.device)
                variance = torch.ones(frames, dim, device=present.device)
            means.append(mean)
            variances.append(variance)
        return product_of_experts(torch.stack(means, 1), torch.stack(variances, 1), present)

    def decode(self, z: Tensor) -> Tensor:
        """Map latents (..., D) to normalised poses y (..., 6)."""
        pose: Tensor = self.decoder(z.flatten(0, -2))
        return pose.reshape(*z.shape[:-1], 6)

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor) -> Tensor:
        """Return the pose y (B, 6) of the posterior mean: deterministic inference."""
        return self.decode(self.encode(inputs, present).mean)
