"""What can be wrong between a pair and its estimate."""

from vmloc_ros.causes.cause import Cause, Level
from vmloc_ros.causes.thresholds import FEWEST_DROPPED, SLOW_SHARE

INFERENCE = (
    Cause(
        key="inference_errors",
        status="inference",
        level=Level.ERROR,
        message="{count} frames lately ended in an unexpected error{detail}",
        when="Lately an exception that nobody expected ended the work on a frame.",
        why="A fault of the software or of the machine: out of GPU memory, a driver that has "
        "gone, a library that does not fit. Each frame is tried anew; the node goes on.",
        mend="- The node's log holds the traceback: `ros2 topic echo /rosout`, or `~/.ros/log`.\n"
        "- Memory: `nvidia-smi`; end what else uses the GPU, or set `device: cpu`.\n"
        "- `dmesg | grep -i -E 'nvrm|xid|oom'` shows a GPU or a kernel in trouble. After a CUDA "
        "error restart the process: its context does not recover.",
    ),
    Cause(
        key="frames_skipped",
        status="inference",
        level=Level.WARN,
        message="{count} frames lately could not be localised{detail}",
        when="Lately frames were refused for a reason that the node knows, other than a message "
        "that cannot be decoded.",
        why="The frame does not fit the model, for example without intrinsics or without any "
        "sensor that the model knows.",
        mend="The reason stands in the message and, at most once a second, in the log.",
    ),
    Cause(
        key="backpressure",
        status="inference",
        level=Level.WARN,
        message="{dropped} of {offered} pairs lately gave way to newer ones, {served} were served",
        when=f"Lately more pairs were dropped than served, and at least {FEWEST_DROPPED}.",
        why="Pairs come faster than the machine localises. The node always takes the newest, so "
        "that poses are not late; the rest is dropped and counted. A few are normal and only "
        "reported as numbers; this says that it serves less than half.",
        mend="- `inference_mean_ms` of this status is what a frame takes: use a GPU "
        "(`device: cuda`), or end what else keeps the cores busy (`top`).\n"
        "- If the rate of the poses is enough for you, lower the camera's rate to it.",
    ),
    Cause(
        key="slow",
        status="inference",
        level=Level.WARN,
        message="a pose takes {total_ms:.0f} ms inside the node, allowed are {limit_ms:.0f} ms; "
        "longest stage: {stage} ({stage_ms:.0f} ms)",
        when="The mean times of the stages inside the node add up to more than "
        f"{SLOW_SHARE:g} × `fix_timeout_s`.",
        why="The machine is too slow or busy with something else, or throttled by heat. Poses "
        "that come this late are close to counting as lost.",
        mend="- The message names the stage. `inference`: `device: cuda`, a smaller backbone. "
        "`decode`, `preprocess`: smaller images. `queue`: the one before is slow.\n"
        "- `top -H -p $(pgrep -f localizer_node)`; on a Jetson `tegrastats` and the power mode.",
    ),
)
