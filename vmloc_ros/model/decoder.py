"""From the latent to a pose: self-attention (Eqs. 16–17) and two parallel heads."""

import torch
from torch import Tensor, nn

from vmloc_ros.config import ModelConfig
from vmloc_ros.model.frame_noise import FrameDropout
from vmloc_ros.model.memory import Memory
from vmloc_ros.model.rotation import quat_from_two_axes, quat_log

UPRIGHT = {
    "log_quaternion": (0.0, 0.0, 0.0),
    "quaternion": (0.0, 0.0, 0.0, 1.0),
    "two_axes": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
}
"""No rotation in each form: a head that says nothing yet names the mean rotation."""


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
    """p(y|z): memory, activation, attention, dropout and the pose heads.

    The rotation head gives the log-quaternion, or a quaternion or two axes of which it is made.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        dim, hidden = config.latent_dim, config.head_hidden
        self._rotation = config.rotation
        rest = UPRIGHT[config.rotation]
        self.register_buffer("_upright", torch.tensor(rest), persistent=False)
        self.memory = Memory(dim) if config.memory_frames > 1 else None
        self.activation = nn.Tanh() if config.activation == "tanh" else nn.ReLU()
        self.attention = SelfAttention(dim) if config.attention else None
        self.dropout = FrameDropout(config.dropout)
        self.position = _head(dim, hidden, 3)
        self.rotation = _head(dim, hidden, len(rest))

    def forward(self, z: Tensor) -> Tensor:
        """Map latents (N, D), or with memory (T, N, D), to normalised poses y (..., 6), float32."""
        if self.memory is not None:
            z = self.memory(z)
        # The activation is in the authors' code, not in the paper; densities use z itself.
        features = self.activation(z)
        if self.attention is not None:
            features = self.attention(features)
        features = self.dropout(features)  # (..., D)
        position, rotation = self.position(features).float(), self.rotation(features).float()
        return torch.cat([position, self._log_quat(rotation + self._upright)], dim=-1)

    def _log_quat(self, rotation: Tensor) -> Tensor:
        if self._rotation == "two_axes":
            return quat_log(quat_from_two_axes(rotation))
        if self._rotation == "quaternion":
            return quat_log(nn.functional.normalize(rotation, dim=-1))
        return rotation


def _head(dim: int, hidden: int, numbers: int) -> nn.Module:
    if hidden == 0:
        return nn.Linear(dim, numbers)
    return nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, numbers))
