"""`BlockPlan`: what one block of the benchmark does, as its process is told."""

import json
from dataclasses import asdict, dataclass

NAMESPACE = "/vmloc_benchmark"
"""Of everything that a block talks to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPlan:
    """Start the node, send pairs at a steady rate, take the time."""

    bundle: str
    """A folder whose limits let every image pass."""
    modalities: tuple[str, ...]
    pairs: int
    rate_hz: float
    width: int
    height: int
    device: str
    bag: str = ""
    """Empty for random images."""

    def to_json(self) -> str:
        """Write it down for `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "BlockPlan":
        """Read what `to_json` wrote."""
        values = json.loads(text)
        return cls(**values | {"modalities": tuple(values["modalities"])})
