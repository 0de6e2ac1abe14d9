"""What can be wrong with the node's life and its model."""

from vmloc_ros.causes.cause import Cause, Level

MODEL = (
    Cause(
        key="configure_failed",
        status="model",
        level=Level.ERROR,
        message="the node could not be configured: {failure}",
        when="The last transition to inactive failed.",
        why="A parameter or the bundle cannot be used: a path that does not exist, a damaged "
        "file, a device that is not there, a GPU that is full. The message is the reason.",
        mend="Mend what the message names and try again, without a restart:\n"
        "`ros2 param set /vmloc bundle /path/to/bundle`, `ros2 lifecycle set /vmloc configure`, "
        "`ros2 lifecycle set /vmloc activate`.",
    ),
    Cause(
        key="activate_failed",
        status="model",
        level=Level.ERROR,
        message="the node could not be activated: {failure}",
        when="The last transition to active failed; the model is loaded.",
        why="A topic could not be opened, most often for an entry under `qos_overrides` that "
        "does not fit. The message is the reason.",
        mend="Mend what the message names, then `ros2 lifecycle set /vmloc activate`.",
    ),
    Cause(
        key="reload_failed",
        status="model",
        level=Level.WARN,
        message="the new bundle was not taken over, the former one stays at work: {failure}",
        when="The last `~/reload` or change of `bundle` failed while the node was active.",
        why="The new bundle is missing, damaged, or does not fit the running node.",
        mend="Mend what the message names, then "
        "`ros2 service call /vmloc/reload std_srvs/srv/Trigger`.",
    ),
    Cause(
        key="not_configured",
        status="model",
        level=Level.WARN,
        message="the node is not configured: no model is loaded and nothing is localised",
        when="The state is unconfigured, and no transition has failed.",
        why="`autostart` is off and nobody has configured the node, or it was cleaned up.",
        mend="`ros2 lifecycle set /vmloc configure`, then `ros2 lifecycle set /vmloc activate`; "
        "or `autostart: true`; or name the node in the list of your lifecycle manager.",
    ),
    Cause(
        key="inactive",
        status="model",
        level=Level.WARN,
        message="the node is inactive: the model is loaded and nothing is localised",
        when="The state is inactive, and no transition has failed.",
        why="Somebody has deactivated the node, or has configured it and not activated it.",
        mend="`ros2 lifecycle set /vmloc activate`. A lifecycle manager deactivates all its nodes "
        "when one of them fails: look at its log.",
    ),
    Cause(
        key="finalized",
        status="model",
        level=Level.WARN,
        message="the node is shut down and has to be started anew",
        when="The state is finalized.",
        why="Somebody has called the transition shutdown. There is no way back from it.",
        mend="End the process and start it again.",
    ),
    Cause(
        key="in_transition",
        status="model",
        level=Level.OK,
        message="the node is {state}",
        when="A transition is under way.",
        why="Loading and warming up a model takes from seconds to a minute. The services answer "
        "meanwhile.",
        mend="Wait. For minutes? A slow disk under `bundle`, or a GPU that is initialised for the "
        "first time; `ros2 lifecycle get /vmloc` and the log tell.",
    ),
)
