"""`SoakReport`: what a soak found, as a table and as JSON."""

import json
from dataclasses import asdict, dataclass, field


@dataclass
class SoakReport:
    """Figures, and what is wrong with them."""

    minutes: float
    seed: int
    messages: dict
    """Sent by stream: all, undecodable, without stamp."""
    counters: dict
    """Of /diagnostics, over all activations."""
    poses: int
    memory_mb: dict
    """Growth after the warm-up by kind of memory, and RSS at the end."""
    disturbances: dict
    """By name: how often, and the longest time until poses came again (s)."""
    answers: dict
    """Of services, by outcome."""
    faults: list = field(default_factory=list)

    def to_json(self):
        """Return everything."""
        return json.dumps(asdict(self) | {"passed": not self.faults}, indent=2)

    def table(self):
        """Return what matters."""
        rows = [("minutes", f"{self.minutes:.1f}"), ("seed", self.seed), ("poses", self.poses)]
        for title in ("messages", "counters", "memory_mb", "answers"):
            rows += [
                (title, ""),
                *((f"  {name}", _text(v)) for name, v in getattr(self, title).items()),
            ]
        rows.append(("disturbances", "times, longest until the next pose"))
        for name, seen in sorted(self.disturbances.items()):
            rows.append((f"  {name}", f"{seen['times']:3d} × {seen['longest_s']:6.2f} s"))
        rows += [("FAULT", fault) for fault in self.faults] or [("passed", "")]
        return "".join(f"{name:<34}{value}\n" for name, value in rows)


def _text(value):
    return f"{value:.2f}" if isinstance(value, float) else str(value)
