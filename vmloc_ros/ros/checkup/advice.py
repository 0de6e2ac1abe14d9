"""What the catalogue of causes advises, on one line and with the names of this robot."""

import re

from vmloc_ros.causes import CAUSES

TROUBLESHOOTING = "docs/troubleshooting.md"
NODE, TOPIC = "/vmloc", "/camera/image"
"""The names that stand in the catalogue for the node and for any input."""


def first_step(key: str, node: str = NODE, topic: str = TOPIC) -> str:
    """Return the first thing to try against a cause, in plain text.

    Args:
        key: of the cause.
        node: full name of the localizer.
        topic: full name of the topic that is concerned.
    """
    text = CAUSES[key].mend
    step = re.split(r"\n(?=- )", text)[0].removeprefix("- ")
    return _plain(re.sub(rf"{NODE}\b", node, step).replace(TOPIC, topic))


def _plain(markdown: str) -> str:
    """Return text without code marks and links, on one line."""
    unlinked = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return " ".join(re.sub(r"`|\*(?=\w)|(?<=\w)\*", "", unlinked).split())
