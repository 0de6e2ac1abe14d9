"""`Answers`: what a model says of labelled frames, with each set of its modalities."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.cache import Batch, CachedFrames, newest_frames, pose_targets
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
    appearance: Mapping[tuple[str, ...], Mapping[str, Tensor]]
    """With each set, for each of its modalities (N, A), likewise."""

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
        present, truth = list[Tensor](), list[Pose]()
        poses = {chosen: list[Pose]() for chosen in subsets(names)}
        appearance = {chosen: {name: list[Tensor]() for name in chosen} for chosen in poses}
        rows = np.arange(len(frames))
        for batch in (view(batch) for view in views for batch in batches(frames, rows)):
            newest = newest_frames(len(batch["index"]), network.config.memory_frames)
            inputs = preprocessor.encode(batch)
            experts = network.experts(inputs, batch["present"])
            for chosen, answered in poses.items():
                mask = torch.tensor([name in chosen for name in names]) & batch["present"]
                said = experts if network.divisible else network.experts(inputs, mask)
                y = network.decode_newest(network.fuse(said, mask).mean).numpy()
                answered += [normalizer.decode(row) for row in y]
                for name, values in appearance[chosen].items():
                    values.append(said.appearance[name][newest])
            present.append(batch["present"][newest])
            truth += [normalizer.decode(row) for row in pose_targets(batch)[newest].numpy()]
        return cls(
            modalities=names,
            present=torch.cat(present).numpy(),
            truth=truth,
            poses=poses,
            appearance={
                chosen: {name: torch.cat(parts) for name, parts in values.items()}
                for chosen, values in appearance.items()
            },
        )

    def first(self, count: int) -> "Answers":
        """Return those of the first frames alone."""
        return Answers(
            modalities=self.modalities,
            present=self.present[:count],
            truth=self.truth[:count],
            poses={chosen: answered[:count] for chosen, answered in self.poses.items()},
            appearance={
                chosen: {name: values[:count] for name, values in of.items()}
                for chosen, of in self.appearance.items()
            },
        )

    def errors(self, chosen: tuple[str, ...]) -> Array:
        """Return (N', 6), position (m) and rotation (rad) along and about the axes of map."""
        answered = self.poses[chosen]
        return np.stack([error_vector(answered[i], self.truth[i]) for i in self.rows_with(chosen)])

    def disagreement(self, chosen: tuple[str, ...], calibration: Calibration) -> Array:
        """Return (N',), how far the experts of a set are apart (`Calibration.disagreement`)."""
        return np.array(
            [
                calibration.disagreement({name: self.poses[(name,)][i] for name in chosen})
                for i in self.rows_with(chosen)
            ]
        )

    def images(self, chosen: tuple[str, ...], modality: str) -> Tensor:
        """Return the appearance (N', A) of the images of one modality of a set."""
        return self.appearance[chosen][modality][torch.from_numpy(self.rows_with(chosen))]

    def rows_with(self, chosen: tuple[str, ...]) -> NDArray[np.int64]:
        """Return the numbers (N',) of the frames that have all modalities of a set."""
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
