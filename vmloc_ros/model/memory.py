"""`Memory`: what past frames say of the present one (VidLoc, Clark et al. 2017)."""

from torch import Tensor, nn


class Memory(nn.Module):
    """A bidirectional LSTM over the features of T frames, half of D in each direction."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(dim, dim // 2, batch_first=True, bidirectional=True)

    def forward(self, z: Tensor) -> Tensor:
        """Map (N, T, D), the newest frame last, to (N, T, D)."""
        remembered: Tensor = self.lstm(z)[0]
        return remembered
