"""`Calibration`: how large the errors of a model are, and what its experts usually agree on."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from pydantic import Field

from vmloc_ros.config import Config
from vmloc_ros.pose import Array, Pose, error_vector
from vmloc_ros.remoteness import Remoteness

Vector6 = tuple[float, float, float, float, float, float]


def subsets(modalities: Sequence[str]) -> list[tuple[str, ...]]:
    """Return every set of modalities but the empty one, the small ones first."""
    sizes = range(1, len(modalities) + 1)
    return [present for size in sizes for present in combinations(modalities, size)]


def key(present: Sequence[str]) -> str:
    """Return the name of a set of modalities, as "rgb+depth"."""
    return "+".join(present)


class Agreement(Config):
    """The disagreement of several experts on held-out frames, in units of their σ."""

    median: float = Field(gt=0.0)
    """Up to this the errors are as σ says; beyond it they are taken to grow in proportion."""
    limit: float = Field(gt=0.0)
    """Beyond this the experts name different places."""

    def growth(self, disagreement: float) -> float:
        """Return the factor on σ of a frame, at least 1."""
        return max(1.0, disagreement / self.median)


class Calibration(Config):
    """What held-out frames of the training recording say about the answers of a model.

    Sets of present modalities are named as by `key`.
    """

    sigma: dict[str, Vector6]
    """For each set: 1σ of the error along x y z (m) and about the fixed axes x y z of map (rad),
    where the experts agree as usual and the remoteness is 1."""
    agreement: dict[str, Agreement]
    """For each set of two or more; empty for a model whose sensors have no say of their own."""
    novelty_limit: dict[str, float]
    """For each modality: distance to the training images up to which an image passes."""
    remoteness: Remoteness | None = None
    """How σ grows away from the training frames; None: it is the same everywhere."""

    def problem(self, modalities: Sequence[str], experts: bool) -> str | None:
        """Say what is missing for a model of these modalities, with experts or without."""
        for present in subsets(modalities):
            if min(self.sigma.get(key(present), (0.0,))) <= 0.0:
                return f"sigma needs six positive numbers for {key(present)}"
            if experts and len(present) > 1 and key(present) not in self.agreement:
                return f"agreement is missing for {key(present)}"
        for name in modalities:
            if self.novelty_limit.get(name, 0.0) <= 0.0:
                return f"novelty_limit needs a positive number for {name}"
        if self.remoteness:
            return self.remoteness.problem(modalities, [key(one) for one in subsets(modalities)])
        return None

    def disagreement(self, answers: Mapping[str, Pose]) -> float:
        """Return how far the poses that single experts name are apart, in units of their σ.

        The root mean square over the six axes, of the pair that is farthest apart; 0 for one
        expert. Errors that are independent and as large as σ, that of remoteness 1, give about 1.
        """
        return max((self._apart(*pair, answers) for pair in combinations(answers, 2)), default=0.0)

    def covariance(
        self, present: Sequence[str], disagreement: float, remoteness: float = 1.0
    ) -> Array:
        """Return Σ (6, 6), m² and rad², order x y z rotX rotY rotZ about the fixed axes of map."""
        sigma = np.array(self.sigma[key(present)]) * self.growth(present, disagreement, remoteness)
        return np.diag(np.square(sigma))

    def growth(self, present: Sequence[str], disagreement: float, remoteness: float = 1.0) -> float:
        """Return the factor on σ of a frame.

        Experts that are farther apart than usual make σ larger in proportion; of one expert they
        cannot be. It grows as well with the remoteness, and is below 1 nearer than usual.
        """
        factor, usual = 1.0, self.agreement.get(key(present))
        if usual:
            factor *= usual.growth(disagreement)
        if self.remoteness:
            factor *= self.remoteness.growth(key(present), remoteness)
        return factor

    def disagreement_limit(self, present: Sequence[str]) -> float | None:
        """Return the disagreement beyond which experts name different places; None for one."""
        usual = self.agreement.get(key(present))
        return usual.limit if usual else None

    def _apart(self, one: str, other: str, answers: Mapping[str, Pose]) -> float:
        sigma = np.hypot(self.sigma[one], self.sigma[other])
        error = error_vector(answers[one], answers[other])
        return float(np.sqrt(np.mean(np.square(error / sigma))))
