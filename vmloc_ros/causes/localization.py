"""What can be wrong with the estimates."""

from vmloc_ros.causes.cause import Cause, Level
from vmloc_ros.causes.thresholds import FEWEST_REJECTED, FIRST_FIX_S, REJECTED_SHARE

SHARE = f"{REJECTED_SHARE * 100:.0f} %"
REFUSED = f"Lately at least {FEWEST_REJECTED} estimates, and {SHARE} of all, were refused: "

LOCALIZATION = (
    Cause(
        key="lost",
        status="localization",
        level=Level.ERROR,
        message="no pose for {fix_age_s:.1f} s, fix_timeout_s is {fix_timeout_s:.1f} s: {reason}",
        when="The last pose is older than `fix_timeout_s`.",
        why="There were poses and now there are none: nothing arrives, or all estimates are "
        "refused. The message says which.",
        mend="Follow the reason: to [input](#input) and [sync](#sync) where no pairs come, to "
        "[inference](#inference) where frames fail, to the reasons of refusal below. A camera "
        "slower than one image per `fix_timeout_s` needs a larger `fix_timeout_s`.",
    ),
    Cause(
        key="no_fix_yet",
        status="localization",
        level=Level.WARN,
        message="no pose in the {active_s:.0f} s since the activation: {reason}",
        when=f"No pose was published since the activation, at least {FIRST_FIX_S:g} s ago.",
        why="The node is at work and has never been sure where it is. The message says what it "
        "lacks.",
        mend="As for [lost](#lost). Estimates that are refused from the start: does the bundle "
        "belong to this place (`bundle`, `trained_on` of the status model)?",
    ),
    Cause(
        key="sensor_needed",
        status="localization",
        level=Level.ERROR,
        message="no poses without {missing}: {obstacle}",
        when="A sensor is missing, and the node does not go on without it.",
        why="Either `on_missing_modality` is `stop`, or the bundle holds no calibration for the "
        "sensors that are left: a covariance for them would be made up.",
        mend="- Bring the sensor back: the status input says what it lacks.\n"
        "- `stop` was not meant? Set `on_missing_modality: degrade`.\n"
        "- No calibration: train again with the sensors in question.",
    ),
    Cause(
        key="degraded",
        status="localization",
        level=Level.WARN,
        message="poses come from {present} alone, without {missing}",
        when="The last pose, not older than `fix_timeout_s`, or the last estimate left out a "
        "sensor of the model.",
        why="A sensor is silent, cannot be decoded, or shows what the training did not, and "
        "`on_missing_modality` is `degrade`. The poses go on with a larger covariance: the one "
        "that was calibrated for the sensors that are left.",
        mend="The message says why each one is missing. Silent or not decoded: see "
        "[input](#input). Unlike the training images: see [novel](#novel). To get no poses in "
        "this case set `on_missing_modality: stop`.",
    ),
    Cause(
        key="not_finite",
        status="localization",
        level=Level.WARN,
        message="{percent:.0f} % of the estimates lately are not finite{detail}",
        when=REFUSED + "NaN or infinite.",
        why="The network's answer holds NaN: damaged weights, a faulty GPU, or an overflow.",
        mend="- Set `device: cpu` and try again: does it go away? Then it is the GPU or its "
        "driver.\n"
        "- Does it stay? Train again; `vmloc evaluate` on the training's own test frames shows "
        "whether the bundle is sound.",
    ),
    Cause(
        key="novel",
        status="localization",
        level=Level.WARN,
        message="{percent:.0f} % of the estimates lately: the images are unlike the "
        "training's{detail}",
        when=REFUSED + "the novelty of every sensor is beyond `novelty_limit`.",
        why="The camera sees something that the recording did not show: another place or part of "
        "it, darkness, glare, a covered or dirty lens, a camera mounted upside down, exchanged "
        "colours, people filling the image. A network answers anything; this check is why no "
        "wrong pose went out.",
        mend="- Look at what the node sees: `ros2 run rqt_image_view rqt_image_view "
        "/camera/image`. Dark, covered, upside down, wrong colours?\n"
        "- `novelty.rgb` and `novelty.depth` of this status, 1 is the limit: slightly above in "
        "the right place? The place or its light has changed: record it again and train. As a "
        "stopgap raise `novelty_limit` (`ros2 param set /vmloc novelty_limit 1.3`).\n"
        "- Far above everywhere: is it the right bundle, the right camera, the right lens?",
    ),
    Cause(
        key="disagreement",
        status="localization",
        level=Level.WARN,
        message="{percent:.0f} % of the estimates lately: the sensors name different "
        "places{detail}",
        when=REFUSED + "the experts of the sensors contradict each other.",
        why="One sensor sees what the training saw and the other does not, or they do not look "
        "at the same thing: depth in other units, depth and colour from two cameras, one of them "
        "mounted anew, or one that repeats an old image. It also happens where a place looks like "
        "another one to one sensor (corridors in depth).",
        mend="- Show both images side by side in rviz: same scene, same moment?\n"
        "- `ros2 topic echo --once --field encoding /depth/image`: 16UC1 is millimetres, 32FC1 "
        "metres. A driver that mixes them up is off by a thousand.\n"
        "- Only in one part of the place: it needs more recordings there.",
    ),
    Cause(
        key="outside_map",
        status="localization",
        level=Level.WARN,
        message="{percent:.0f} % of the estimates lately lie outside the map{detail}",
        when=REFUSED + "outside the box of the training positions by more than `map_margin_m`.",
        why="The robot has left the area of the recording, where the network can only guess, or "
        "it guesses inside it.",
        mend="- Has the robot left the recorded area? Record it and train again.\n"
        "- It has not? Then the images are unlike the training's: see [novel](#novel).\n"
        "- A margin that is too tight: raise `map_margin_m`.",
    ),
    Cause(
        key="jump",
        status="localization",
        level=Level.WARN,
        message="{percent:.0f} % of the estimates lately contradict the odometry{detail}",
        when=REFUSED + "farther than `gate_sigma` σ from where the odometry leads.",
        why="The pose jumps between places that look alike, or the odometry is wrong: slipping "
        "wheels, another unit or axis, another body than `base_frame`, stamps by another clock. A "
        "robot that was carried is believed again after `gate_reacquire` poses that agree.",
        mend="- Let the robot stand: does `~/pose` stand too? Then look at the odometry: "
        "`ros2 topic echo --field twist.twist /odom` must be zero, and +x when driving ahead.\n"
        "- `child_frame_id` of the odometry must be `base_frame`.\n"
        "- To see what is refused: `ros2 param set /vmloc gate_sigma 0.0` switches the gate off.",
    ),
)
