"""Arguments and options that several commands of `vmloc` have."""

from pathlib import Path
from typing import Annotated

import typer

RecordingPath = Annotated[
    Path, typer.Argument(help="A scene folder (7-Scenes layout) or a rosbag2.", metavar="RECORDING")
]
BundlePath = Annotated[Path, typer.Argument(help="Folder of a model bundle.", metavar="BUNDLE")]
Output = Annotated[Path, typer.Option(help="New folder for the results.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
SplitName = Annotated[
    str | None,
    typer.Option(help="train, test or all; by default test where the recording has one."),
]

TruthName = Annotated[
    str | None,
    typer.Option(
        metavar="TOPIC|FILE.tum",
        help="Poses of the camera, if not those of the recording: a topic of the bag "
        "(PoseStamped, PoseWithCovarianceStamped, Odometry, TransformStamped, or tf as "
        "/tf or /tf:MAP_FRAME), or a TUM file.",
    ),
]
MotionName = Annotated[
    str,
    typer.Option(
        metavar="TOPIC|truth|none",
        help="What tells of the lidar's motion in a bag: a topic of Odometry or Imu, /tf or "
        "/tf:FRAME, or the ground truth; auto: the only odometry, else the only gyroscope.",
    ),
]
LidarPose = Annotated[
    str | None,
    typer.Option(
        metavar="'X Y Z QX QY QZ QW'",
        help="The lidar in the camera's optical frame, if not where /tf_static says.",
    ),
]

# Its options, --help too, belong to the program it starts.
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
