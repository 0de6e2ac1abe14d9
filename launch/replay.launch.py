"""Plays a bag to the localizer, with /clock, and ends with it.

ros2 launch vmloc_ros replay.launch.py bag:=/path/to/bag bundle:=/path/to/bundle base_frame:="''"

The arguments of localizer.launch.py hold here too. With a namespace the whole bag is played into
it: name the topics of the bag without their first /, as image:=camera/color/image_raw.
"""

from typing import Any

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueFunction,
    Shutdown,
)
from launch.conditions import evaluate_condition_expression
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare


def play(context: LaunchContext) -> list[Any]:
    namespace = LaunchConfiguration("namespace").perform(context).strip("/")
    prefix = f"/{namespace}" if namespace else ""
    loops = evaluate_condition_expression(context, [LaunchConfiguration("loop")])
    player = ExecuteProcess(
        cmd=[
            ExecutableInPackage("vmloc", "vmloc_ros"),
            "play",
            LaunchConfiguration("bag"),
            f"--topic-prefix={prefix}",
            f"--pose-topic={prefix}/vmloc/pose",
            "--rate",
            LaunchConfiguration("rate"),
            *(["--loop"] if loops else []),
        ],
        output="screen",
        on_exit=Shutdown(reason="the bag has ended"),
    )
    return [player]


def generate_launch_description() -> LaunchDescription:
    localizer = PathJoinSubstitution(
        [FindPackageShare("vmloc_ros"), "launch", "localizer.launch.py"]
    )
    declare = DeclareLaunchArgument
    return LaunchDescription(
        [
            declare("bag", description="rosbag2 to play"),
            declare("rate", default_value="1.0", description="bag seconds a second"),
            declare("loop", default_value="false", description="play it again and again"),
            declare("namespace", default_value="", description="namespace of node and bag"),
            # The arguments of the localizer, bundle:= and the rest, reach it from the command line.
            IncludeLaunchDescription(localizer, launch_arguments={"use_sim_time": "true"}.items()),
            OpaqueFunction(function=play),
        ]
    )
