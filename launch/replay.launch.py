"""Plays a bag to the localizer.

ros2 launch vmloc_ros replay.launch.py bag:=/path/to/bag bundle:=/path/to/bundle base_frame:="''"
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, IncludeLaunchDescription
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare


def generate_launch_description() -> LaunchDescription:
    localizer = PathJoinSubstitution(
        [FindPackageShare("vmloc_ros"), "launch", "localizer.launch.py"]
    )
    player = ExecuteProcess(
        cmd=[
            ExecutableInPackage("vmloc", "vmloc_ros"),
            "play",
            LaunchConfiguration("bag"),
            "--rate",
            LaunchConfiguration("rate"),
        ],
        output="screen",
    )
    return LaunchDescription(
        [
            DeclareLaunchArgument("bag", description="rosbag2 to play"),
            DeclareLaunchArgument("rate", default_value="1.0", description="bag seconds a second"),
            # The arguments of the localizer, bundle:= and the rest, reach it from the command line.
            IncludeLaunchDescription(localizer, launch_arguments={"use_sim_time": "true"}.items()),
            player,
        ]
    )
