"""`Memory`: what past frames say of the present one (VidLoc, Clark et al. 2017)."""

from torch import Tensor, nn


class Memory(nn.Module):
    """A bidirectional LSTM over the features of T frames, half of D in each direction."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(dim, dim // 2, bidirectional=True)

    def forward(self, z: Tensor) -> Tensor:
        """Map (T, N, D), the newest frame last, to (T, N, D)."""
        remembered: Tensor = self.lstm(z)[0]
        return remembered
