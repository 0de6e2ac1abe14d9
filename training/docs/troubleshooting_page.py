"""docs/troubleshooting.md: a section for every cause."""

from string import Formatter

from vmloc_ros.causes import CAUSES, STATUSES, Cause, Status
from vmloc_ros.causes.thresholds import LATELY_S

PAGE = """\
# Troubleshooting

Generated from `vmloc_ros/causes/` by `make docs`: change it there, not here.

The node says what is wrong with it on `/diagnostics` and, once, in its log. Both give a message and
the name of its cause; each cause has a section here.

```sh
ros2 topic echo /diagnostics --filter "any('vmloc' in status.name for status in m.status)"
```

Read the six statuses in this order, and mend the first one that is not OK: what comes after it
mostly follows from it.

| status | its question |
|---|---|
{statuses}

The log has a line such as `input: /depth/image has no publisher (…) [no_publisher]`: the name of
the cause is in the brackets. A second line, `input: over: …`, says that it has passed.

Without a running node, or to look at everything at once: `vmloc doctor`.

In the commands below `/vmloc` is the node, `/camera/image` and `/depth/image` are its inputs; put
your names in their place. Parameters that are not live
([parameters.md](parameters.md)) are set in the parameter file, or before
`ros2 lifecycle set /vmloc configure`. *Lately* means the last {lately_s:g} s.

{sections}
"""

QUESTIONS: dict[Status, str] = {
    "model": "Is a model loaded, and is the node active?",
    "input": "Do the messages arrive, and can they be read?",
    "sync": "Do their stamps fit together, and to the node's clock?",
    "tf": "Is the place of the camera on the robot known, and who broadcasts what?",
    "inference": "Does the machine keep up?",
    "localization": "Is the node sure where it is?",
}
"""In the order in which somebody looks for a fault."""


def troubleshooting_page() -> str:
    """Return the whole page."""
    assert set(QUESTIONS) == set(STATUSES), "every status has its question"
    statuses = "\n".join(f"| [{name}](#{name}) | {text} |" for name, text in QUESTIONS.items())
    return PAGE.format(
        statuses=statuses,
        sections="\n\n".join(map(_status, QUESTIONS)),
        lately_s=LATELY_S,
    )


def _status(name: Status) -> str:
    causes = (cause for cause in CAUSES.values() if cause.status == name)
    return "\n\n".join([f"## {name}\n\n{QUESTIONS[name]}", *map(_section, causes)])


def _section(cause: Cause) -> str:
    return "\n\n".join(
        [
            f"### {cause.key}",
            f"> **{cause.level.name}** {_shown(cause.message)}",
            f"**When.** {cause.when}",
            f"**Why.** {cause.why}",
            f"**What to do.**\n\n{cause.mend}",
        ]
    )


def _shown(message: str) -> str:
    """Return a message with its fields as `name`, without their formats."""
    parts = Formatter().parse(message)
    return "".join(text + _field(name) for text, name, _, _ in parts)


def _field(name: str | None) -> str:
    if not name:
        return ""
    return ": …" if name == "detail" else f"`{name}`"
