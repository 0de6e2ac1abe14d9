"""`Answers`: what a model says of labelled frames, with each set of its modalities."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.cache import Batch, CachedFrames, pose_targets
from vmloc_ros.calibration import Calibration, subsets
from vmloc_ros.errors import RecordingError
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Array, Pose, PoseNormalizer, error_vector
from vmloc_ros.preprocessing import Preprocessor

BATCH = 32


def as_recorded(batch: Batch) -> Batch:
    """Return a batch as it is: the view of the recording itself."""
    return batch


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
        views: Iterable[Callable[[Batch], Batch]] = (as_recorded,),
    ) -> "Answers":
        """Ask a network, in evaluation mode and on the CPU.

        Args:
            network: answers.
            frames: N / V of them.
            normalizer: of its poses.
            preprocessor: of its inputs.
            views: V ways of looking at a batch of frames, as an augmentation; by default as it is.
        """
        names = preprocessor.modalities
        newest = slice(network.config.memory_frames - 1, None, network.config.memory_frames)
        present, truth = list[Tensor](), list[Pose]()
        poses = {chosen: list[Pose]() for chosen in subsets(names)}
        appearance: dict[str, list[Tensor]] = {name: [] for name in names}
        rows = np.arange(len(frames))
        for batch in (view(batch) for view in views for batch in batches(frames, rows)):
            inputs = preprocessor.encode(batch)
            experts = network.experts(inputs, batch["present"])
            for chosen, answered in poses.items():
                mask = torch.tensor([name in chosen for name in names]) & batch["present"]
                said = experts if network.divisible else network.experts(inputs, mask)
                y = network.decode_newest(network.fuse(said, mask).mean).numpy()
                answered += [normalizer.decode(row) for row in y]
            for name, values in experts.appearance.items():
                appearance[name].append(values[newest])
            present.append(batch["present"][newest])
            truth += [normalizer.decode(row) for row in pose_targets(batch)[newest].numpy()]
        return cls(
            modalities=names,
            present=torch.cat(present).numpy(),
            truth=truth,
            poses=poses,
            appearance={name: torch.cat(values) for name, values in appearance.items()},
        )

    def errors(self, chosen: tuple[str, ...]) -> Array:
        """Return (N', 6), position (m) and rotation (rad) along and about the axes of map."""
        answered = self.poses[chosen]
        return np.stack([error_vector(answered[i], self.truth[i]) for i in self.has(chosen)])

    def rows(self, chosen: tuple[str, ...]) -> list[tuple[int, Pose]]:
        """Return the number of each of the N' frames, and its answer."""
        return [(row, self.poses[chosen][row]) for row in self.has(chosen)]

    def disagreement(self, chosen: tuple[str, ...], calibration: Calibration) -> Array:
        """Return (N',), how far the experts of a set are apart (`Calibration.disagreement`)."""
        return np.array(
            [
                calibration.disagreement({name: self.poses[(name,)][i] for name in chosen})
                for i in self.has(chosen)
            ]
        )

    def images(self, modality: str) -> Tensor:
        """Return the appearance (N', A) of the images of one modality."""
        return self.appearance[modality][torch.from_numpy(self.has((modality,)))]

    def has(self, chosen: tuple[str, ...]) -> NDArray[np.int64]:
        """Return which frames (N',) have all modalities of a set."""
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
