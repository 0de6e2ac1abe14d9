"""The synthetic worlds by name: a furnished room, and a city block to drive round."""

from pathlib import Path

from training.recordings.synthetic import synthesize
from training.recordings.synthetic_block import synthesize_block
from vmloc_ros.errors import RecordingError


def synthesize_world(
    folder: Path,
    world: str = "room",
    *,
    seed: int = 0,
    size: str | None = None,
    light: str | None = None,
    season: str | None = None,
) -> None:
    """Write a scene folder of a synthetic world.

    Args:
        folder: must not exist.
        world: "room" or "block".
        seed: decides on everything that is drawn by chance.
        size: of the block; by default "full".
        light: on the block; by default "day".
        season: of the block; by default "summer".

    Raises:
        RecordingError: `folder` exists, there is no such world, or the world has no such choice.
    """
    choices = {"size": size, "light": light, "season": season}
    given = {name: choice for name, choice in choices.items() if choice is not None}
    if world == "block":
        synthesize_block(folder, seed=seed, **given)
    elif world != "room":
        raise RecordingError(f"there is no synthetic world '{world}', only: room, block")
    elif given:
        raise RecordingError(f"a room has no {', '.join(given)}: that is of the world 'block'")
    else:
        synthesize(folder, seed=seed)
