"""`BlockFigures` and `LatencyFigures`: what was measured in a block, and in all of a transport."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from vmloc_ros.errors import VmlocError
from vmloc_ros.ros.stage_times import STAGES

NETWORK = "inference"
"""The stage that is the neural network's, the wait for its answer included."""

StageFigures = Mapping[str, Mapping[str, float]]
"""Milliseconds by stage and statistic."""


@dataclass(frozen=True, slots=True)
class BlockFigures:
    """One node, one publisher, some pairs."""

    pairs: int
    latencies_ms: Sequence[float]
    """From before the first image of a pair is published until its pose is received, for each pair
    that was answered."""
    stages_ms: StageFigures
    """What the node says of its last 10 s."""

    def to_json(self) -> str:
        """Write it down for `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "BlockFigures":
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class LatencyFigures:
    """All blocks of a transport together."""

    pairs: int
    poses: int
    total_ms: Mapping[str, float]
    """From publication to pose: median, p95, max."""
    stages_ms: StageFigures
    """Each statistic of each stage, averaged over the blocks."""

    @classmethod
    def of(cls, blocks: Sequence[BlockFigures]) -> "LatencyFigures":
        """Put blocks together.

        Raises:
            VmlocError: no pose came, or the node said nothing of its stages.
        """
        latencies_ms = [value for block in blocks for value in block.latencies_ms]
        if not (latencies_ms and all(block.stages_ms for block in blocks)):
            raise VmlocError("no poses came: run vmloc doctor, or give a lower --rate-hz")
        median, p95 = np.percentile(latencies_ms, [50, 95])
        return cls(
            pairs=sum(block.pairs for block in blocks),
            poses=len(latencies_ms),
            total_ms={"median": float(median), "p95": float(p95), "max": max(latencies_ms)},
            stages_ms=_average([block.stages_ms for block in blocks]),
        )

    @property
    def availability(self) -> float:
        """Poses per pair."""
        return self.poses / self.pairs

    @property
    def beside_network_ms(self) -> float:
        """Median time that goes to everything but the network."""
        return self.total_ms["median"] - self.stages_ms[NETWORK]["median"]

    @property
    def elsewhere_ms(self) -> float:
        """Median time in no stage: between them, and on the pose's way to the listener."""
        return self.total_ms["median"] - sum(
            times["median"] for stage, times in self.stages_ms.items() if stage in STAGES
        )

    def to_dict(self) -> dict[str, object]:
        """Return all figures, for JSON."""
        return asdict(self) | {
            "availability": self.availability,
            "beside_network_ms": self.beside_network_ms,
            "elsewhere_ms": self.elsewhere_ms,
        }


def _average(blocks: Sequence[StageFigures]) -> dict[str, dict[str, float]]:
    first = blocks[0]
    return {
        stage: {
            statistic: float(np.mean([block[stage][statistic] for block in blocks]))
            for statistic in first[stage]
        }
        for stage in first
    }
