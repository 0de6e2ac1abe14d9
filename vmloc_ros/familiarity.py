"""`Familiarity`: how unlike the training images an image is."""

from collections.abc import Mapping

import torch
from torch import Tensor

SHRINKAGE = 0.1
"""Share of the mean variance that every direction keeps: few images say little about the rest."""
LEAST = 1e-3
"""Smallest spread of a statistic that is believed, relative to that of all of them."""


class Familiarity:
    """Compares the appearance of images with that of the training images.

    Appearance is what `Encoder` tells of an intermediate layer: there images of another place look
    different, while the last layer, made to tell places of this one apart, answers with one of
    them. The distance to the nearest training image is taken in coordinates in which the training
    images spread equally in all directions.

    Args:
        appearance: for each modality (N, A) of training images.
    """

    def __init__(self, appearance: Mapping[str, Tensor]) -> None:
        self._spaces = {name: _Space(values.float()) for name, values in appearance.items()}

    def to(self, device: torch.device) -> "Familiarity":
        """Move it to a device and return it."""
        for space in self._spaces.values():
            space.to(device)
        return self

    def distance(self, modality: str, appearance: Tensor) -> Tensor:
        """Return the distance (B,) of images with an appearance (B, A), at least 0."""
        return self._spaces[modality].distance(appearance.float())


class _Space:
    """Whitened coordinates, and the training images in them."""

    def __init__(self, values: Tensor) -> None:
        self._mean = values.mean(dim=0)  # (A,)
        spread = values.std(dim=0, correction=0)
        self._spread = spread + (LEAST * spread.mean()).clamp_min(1e-6)
        standard = (values - self._mean) / self._spread
        variances, directions = torch.linalg.eigh(standard.T @ standard / len(values))
        kept = variances.clamp_min(0.0) + SHRINKAGE * variances.mean().clamp_min(1e-6)
        self._directions = directions / kept.sqrt()  # (A, A)
        self._known = standard @ self._directions  # (N, A)

    def to(self, device: torch.device) -> None:
        for name, value in vars(self).items():
            setattr(self, name, value.to(device))

    def distance(self, values: Tensor) -> Tensor:
        coordinates = ((values - self._mean) / self._spread) @ self._directions
        nearest: Tensor = torch.cdist(coordinates, self._known).amin(dim=1)
        return nearest
