"""Judges what the running localizer says of itself."""

from collections.abc import Iterator, Sequence

from vmloc_ros.causes import CAUSES
from vmloc_ros.config import NodeConfig, parse_config
from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.checkup.advice import TOPIC, TROUBLESHOOTING, first_step
from vmloc_ros.ros.checkup.finding import Finding, error, ok, warn
from vmloc_ros.ros.checkup.observation import Graph, NodeAnswers, Status
from vmloc_ros.ros.checkup.parameter_file import ParameterFile

NODE, SETTINGS = "node", "parameters"
KNOWN = frozenset(NodeConfig.model_fields)
IDLE = {
    "unconfigured": "not_configured",
    "inactive": "inactive",
    "finalized": "finalized",
}
"""The cause that stands for a state in which nothing is localised; others are transitions."""
OK, ERROR = 0, 2
"""Levels of diagnostic_msgs; beside them WARN, and STALE while the node is not active."""


def judge_node(name: str, answers: NodeAnswers | None, graph: Graph) -> Finding:
    """Say whether the localizer is there and active."""
    if answers is None:
        here = ", ".join(graph.nodes) or "none"
        return warn(
            NODE,
            f"{name} is not running; nodes that are: {here}",
            "ros2 launch vmloc_ros localizer.launch.py bundle:=PATH; named otherwise: --name NAME",
        )
    if not answers.state:
        mend = f"restart {name}; it is named by --name and --namespace"
        return error(NODE, f"{name} is there and does not answer (get_state)", mend)
    if answers.state == "active":
        return ok(NODE, f"{name} is active")
    cause = CAUSES[IDLE.get(answers.state, "in_transition")]
    message = cause.describe(state=answers.state)
    return error(NODE, f"{name}: {message}", first_step(cause.key, name), cause.key)


def settings_of(
    answers: NodeAnswers | None, file: ParameterFile | None
) -> tuple[NodeConfig, bool, list[Finding]]:
    """Return the node's settings, whether it uses /clock, and what is found of them.

    The running node's are taken before those of a file, and these before the defaults.
    """
    if answers is not None and answers.parameters:
        given = {key: value for key, value in answers.parameters.items() if key in KNOWN}
        uses_sim_time = answers.parameters.get("use_sim_time") is True
        try:
            config = parse_config(given, NodeConfig, f"parameters of {answers.name}")
        except ConfigError as err:
            mend = f"ros2 param set {answers.name} NAME VALUE"
            return NodeConfig(), uses_sim_time, [error(SETTINGS, str(err), mend)]
        return config, uses_sim_time, [ok(SETTINGS, f"those of the running {answers.name}")]
    if file is not None:
        return file.config, file.uses_sim_time, [ok(SETTINGS, f"those of {file.path}")]
    return (
        NodeConfig(),
        False,
        [ok(SETTINGS, "the defaults: no node runs, and no file says otherwise")],
    )


def judge_diagnostics(answers: NodeAnswers | None, statuses: Sequence[Status]) -> Iterator[Finding]:
    """Repeat what the node reports on /diagnostics."""
    if answers is None:
        return
    own = [status for status in statuses if status.node == answers.name]
    if not own:
        mend = f"ros2 topic echo /diagnostics; restart {answers.name} if it stays silent"
        yield warn("diagnostics", f"{answers.name} reported nothing on /diagnostics", mend)
    for status in own:
        yield _repeat(status, answers.name)


def _repeat(status: Status, node: str) -> Finding:
    check = f"{node} {status.name.partition(':')[2].strip()}"
    if status.level == OK:
        return ok(check, status.message)
    kind = error if status.level == ERROR else warn
    key = status.values.get("causes", "").partition(",")[0].strip()
    if key not in CAUSES:
        return kind(check, status.message, f"{TROUBLESHOOTING} has this message")
    first = status.message.split(maxsplit=1)[0].rstrip(":")
    topic = first if first.startswith("/") else TOPIC
    return kind(check, status.message, first_step(key, node, topic), key)
