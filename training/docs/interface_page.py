"""docs/interface.md: what the node shows to the outside."""

from collections.abc import Sequence

from training.docs.table import table
from vmloc_ros.causes import CAUSES, STATUSES, Status
from vmloc_ros.causes.thresholds import LATELY_S
from vmloc_ros.interface import DIAGNOSTIC_KEYS, FRAMES, SERVICES, TOPICS

PAGE = """\
# Interface of the node

Generated from `vmloc_ros/interface/` and `vmloc_ros/causes/` by `make docs`: change it there, not
here. The parameters are in [parameters.md](parameters.md).

The node is `vmloc`. Names that begin neither with `/` nor with `~` are relative to its namespace,
`~` is the node's own name, and all can be remapped.

## Topics

{topics}

Inputs are read with the reliability that `reliability` says; outputs are reliable. `qos_overrides`
changes both, topic by topic. The launch file makes `/tf` and `/tf_static` relative too.

## Services

{services}

Beside these the node has the services of every lifecycle node (`~/get_state`, `~/change_state`, …)
and of its parameters.

## Frames

{frames}

## Diagnostics

Each second, and at once when one gets worse, the node publishes six statuses on `/diagnostics`, in
every state of its lifecycle and also while `/clock` stands still. A status is named after the node,
`vmloc: input` or `robot1/vmloc: input`; its `hardware_id` is the full name of the node.

| level | |
|---|---|
| OK | all is well; the message says how much |
| WARN | it works, and less well than it could; or it waits for somebody |
| ERROR | there are no poses, or one sensor is lost, until it is mended |
| STALE | nothing can be said: the node is not active |

The worst cause gives the level and the message. Counters are totals since the activation, rates are
those of the last {lately_s:g} s; `-` is a value that is not known (yet).

### Every status

{common}

{keys}

## From causes to levels

*Lately* means the last {lately_s:g} s; a cause that is counted is over when nothing more of it has
been seen for as long. What to do about each one: [troubleshooting.md](troubleshooting.md).

{rules}
"""


def interface_page() -> str:
    """Return the whole page."""
    return PAGE.format(
        topics=_topics(),
        services=_services(),
        frames=_frames(),
        common=_keys(None),
        keys="\n\n".join(f"### {status}\n\n{_keys(status)}" for status in STATUSES),
        rules=_rules(),
        lately_s=LATELY_S,
    )


def _topics() -> str:
    return table(
        ("topic", "type", "", "when", "meaning"),
        (
            (f"`{topic.name}`", f"`{topic.type}`", topic.direction, topic.when, topic.meaning)
            for topic in TOPICS
        ),
    )


def _services() -> str:
    return table(
        ("service", "type", "when", "meaning"),
        ((f"`{one.name}`", f"`{one.type}`", one.when, one.meaning) for one in SERVICES),
    )


def _frames() -> str:
    return table(
        ("frame", "named by", "meaning"),
        ((f"`{one.name}`" if one.name else "", one.source, one.meaning) for one in FRAMES),
    )


def _keys(status: Status | None) -> str:
    own = (one for one in DIAGNOSTIC_KEYS if one.status == status)
    return table(("key", "meaning"), ((f"`{one.key}`", one.meaning) for one in own))


def _rules() -> str:
    return table(("status", "cause", "level", "when"), map(_rule, CAUSES))


def _rule(key: str) -> Sequence[str]:
    cause = CAUSES[key]
    link = f"[{key}](troubleshooting.md#{key})"
    when = cause.when.replace("](#", "](troubleshooting.md#")
    return cause.status, link, cause.level.name, when
