"""From the latent to a pose: self-attention (Eqs. 16–17) and two parallel heads."""

from typing import Literal

import torch
from torch import Tensor, nn

from vmloc_ros.model.rotation import quat_from_two_axes, quat_log

UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""The two axes of no rotation: a head that says nothing yet names the mean rotation."""


class SelfAttention(nn.Module):
    """Non-local attention among the components of a vector.

    Eq. 16 as printed yields a scalar in the softmax; this is the form meant, on d = D/8 embeddings:
    S = softmax(φ θᵀ) over the columns, a = S g, Att(z) = W_α a + z.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        inner = dim // 8
        self.theta = nn.Linear(dim, inner)
        self.phi = nn.Linear(dim, inner)
        self.g = nn.Linear(dim, inner)
        self.alpha = nn.Linear(inner, dim)

    def forward(self, z: Tensor) -> Tensor:
        """Map (N, D) to (N, D)."""
        theta, phi, g = self.theta(z), self.phi(z), self.g(z)  # (N, d) each
        attention = torch.softmax(phi[:, :, None] * theta[:, None, :], dim=2)  # (N, d, d)
        a = torch.einsum("nij,nj->ni", attention, g)  # (N, d)
        embedded: Tensor = self.alpha(a)
        return embedded + z


class Decoder(nn.Module):
    """p(y|z): tanh, attention, dropout and the pose heads.

    The rotation head gives the log-quaternion, or two axes of which it is made.
    """

    def __init__(
        self,
        latent_dim: int,
        head_hidden: int,
        dropout: float,
        rotation: Literal["log_quaternion", "two_axes"] = "log_quaternion",
    ) -> None:
        super().__init__()
        self._two_axes = rotation == "two_axes"
        self.register_buffer("_upright", torch.tensor(UPRIGHT), persistent=False)
        self.attention = SelfAttention(latent_dim)
        self.dropout = nn.Dropout(dropout)
        self.position = _head(latent_dim, head_hidden, 3)
        self.rotation = _head(latent_dim, head_hidden, 6 if self._two_axes else 3)

    def forward(self, z: Tensor) -> Tensor:
        """Map latents (N, D) to normalised poses y (N, 6), float32."""
        # tanh is in the authors' code, not in the paper; densities use z itself.
        features = self.dropout(self.attention(torch.tanh(z)))  # (N, D)
        position, rotation = self.position(features).float(), self.rotation(features).float()
        if self._two_axes:
            rotation = quat_log(quat_from_two_axes(rotation + self._upright))
        return torch.cat([position, rotation], dim=1)


def _head(dim: int, hidden: int, numbers: int) -> nn.Module:
    if hidden == 0:
        return nn.Linear(dim, numbers)
    return nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, numbers))
