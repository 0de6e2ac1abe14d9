"""`Familiarity`: how unlike the training images an image is."""

from collections.abc import Mapping

import torch
from torch import Tensor

SHRINKAGE = 0.1
"""Share of the mean variance that every direction keeps: few images say little about the rest."""
LEAST = 1e-3
"""Smallest spread of a statistic that is believed, relative to that of all of them."""
TINY = 1e-6
"""Keeps the divisors above 0 where all training images are alike."""


class Familiarity:
    """Compares the appearance of images with that of the training images.

    Appearance is what `Encoder` tells of an intermediate layer: there images of another place look
    different, while the last layer, made to tell places of this one apart, answers with one of
    them. The distance to the nearest training image is taken in coordinates in which the training
    images spread equally in all directions.

    Args:
        appearance: for each modality (N, A) of training images, N ≥ 1.
    """

    def __init__(self, appearance: Mapping[str, Tensor]) -> None:
        self._spaces = {name: _Space(values) for name, values in appearance.items()}

    def to(self, device: torch.device) -> "Familiarity":
        """Move it to a device and return it."""
        for space in self._spaces.values():
            space.to(device)
        return self

    def distance(self, modality: str, appearance: Tensor) -> Tensor:
        """Return the distance (B,) of images with an appearance (B, A): 0 or more, NaN for NaN."""
        return self._spaces[modality].distance(appearance.float())


class _Space:
    """Whitened coordinates, and the training images in them."""

    def __init__(self, values: Tensor) -> None:
        exact = values.double()  # in single precision eigh may not converge
        mean = exact.mean(dim=0)
        spread = exact.std(dim=0, correction=0)
        spread = spread + (LEAST * spread.mean()).clamp_min(TINY)
        standard = (exact - mean) / spread
        variances, directions = torch.linalg.eigh(standard.T @ standard / len(standard))
        kept = variances.clamp_min(0.0) + SHRINKAGE * variances.mean().clamp_min(TINY)
        self._mean = mean.float()  # (A,)
        self._axes = (directions / kept.sqrt() / spread[:, None]).float()  # (A, A)
        self._known = self._coordinates(values.float())  # (N, A)

    def to(self, device: torch.device) -> None:
        for name, value in vars(self).items():
            setattr(self, name, value.to(device))

    def distance(self, values: Tensor) -> Tensor:
        # The quick way by |a|² + |b|² - 2ab is off by as much as images of one place differ.
        nearest: Tensor = torch.cdist(
            self._coordinates(values), self._known, compute_mode="donot_use_mm_for_euclid_dist"
        ).amin(dim=1)
        return nearest

    def _coordinates(self, values: Tensor) -> Tensor:
        coordinates: Tensor = (values - self._mean) @ self._axes
        return coordinates
