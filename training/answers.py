"""`Answers`: what a model says of labelled frames, with each set of its modalities."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.cache import Batch, CachedFrames
from vmloc_ros.calibration import Calibration, subsets
from vmloc_ros.errors import RecordingError
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Array, Pose, PoseNormalizer, error_vector
from vmloc_ros.preprocessing import Preprocessor

BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Of N frames. What concerns a set of modalities is told of the N' frames that have them all.

    Raises:
        RecordingError: no frame has all modalities of the set that is asked for.
    """

    modalities: tuple[str, ...]
    present: NDArray[np.bool_]
    """(N, M), which modalities each frame has."""
    truth: Sequence[Pose]
    poses: Mapping[tuple[str, ...], Sequence[Pose]]
    """With each set of modalities N; those of frames that lack one of them mean nothing."""
    appearance: Mapping[str, Tensor]
    """For each modality (N, A), likewise."""

    @classmethod
    @torch.inference_mode()
    def of(
        cls,
        network: VMLoc,
        frames: CachedFrames,
        normalizer: PoseNormalizer,
        preprocessor: Preprocessor,
    ) -> "Answers":
        """Ask a network, in evaluation mode and on the CPU."""
        names = preprocessor.modalities
        poses = {chosen: list[Pose]() for chosen in subsets(names)}
        appearance: dict[str, list[Tensor]] = {name: [] for name in names}
        for batch in batches(frames, np.arange(len(frames))):
            inputs = preprocessor.encode(batch)
            experts = network.experts(inputs, batch["present"])
            for chosen, answered in poses.items():
                mask = torch.tensor([name in chosen for name in names]) & batch["present"]
                said = experts if network.divisible else network.experts(inputs, mask)
                y = network.decode_newest(network.fuse(said, mask).mean).numpy()
                answered += [normalizer.decode(row) for row in y]
            newest = slice(network.config.memory_frames - 1, None, network.config.memory_frames)
            for name, values in experts.appearance.items():
                appearance[name].append(values[newest])
        return cls(
            modalities=names,
            present=frames.cache.present[frames.indices],
            truth=[frames.cache.poses[index] for index in frames.indices],
            poses=poses,
            appearance={name: torch.cat(values) for name, values in appearance.items()},
        )

    def errors(self, chosen: tuple[str, ...]) -> Array:
        """Return (N', 6), position (m) and rotation (rad) along and about the axes of map."""
        answered = self.poses[chosen]
        return np.stack([error_vector(answered[i], self.truth[i]) for i in self._rows(chosen)])

    def disagreement(self, chosen: tuple[str, ...], calibration: Calibration) -> Array:
        """Return (N',), how far the experts of a set are apart (`Calibration.disagreement`)."""
        return np.array(
            [
                calibration.disagreement({name: self.poses[(name,)][i] for name in chosen})
                for i in self._rows(chosen)
            ]
        )

    def images(self, modality: str) -> Tensor:
        """Return the appearance (N', A) of the images of one modality."""
        return self.appearance[modality][torch.from_numpy(self._rows((modality,)))]

    def _rows(self, chosen: tuple[str, ...]) -> NDArray[np.int64]:
        columns = [self.modalities.index(name) for name in chosen]
        rows = np.flatnonzero(self.present[:, columns].all(axis=1))
        if not len(rows):
            raise RecordingError(
                f"no held-out frame has {' and '.join(chosen)}: record more, or leave one out of "
                "model.modalities"
            )
        return rows


def batches(frames: CachedFrames, rows: NDArray[np.int64]) -> Iterator[Batch]:
    """Gather chosen frames, a batch after the other."""
    for start in range(0, len(rows), BATCH):
        yield frames.__getitems__(rows[start : start + BATCH].tolist())
