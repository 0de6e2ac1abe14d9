"""Starts the localizer and, if wanted, rviz.

ros2 launch vmloc_ros localizer.launch.py bundle:=/path/to/bundle image:=/camera/color/image_raw
"""

from typing import Any

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import EnvironmentVariable, LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

CONFIG = PathJoinSubstitution([FindPackageShare("vmloc_ros"), "config"])
FASTDDS_PROFILE = "FASTRTPS_DEFAULT_PROFILES_FILE"

UNSET = "(as in params_file)"
PARAMETERS = {
    "bundle": (str, "folder of the model bundle"),
    "device": (str, "auto, cpu, cuda or cuda:N"),
    "base_frame": (str, "body whose pose is published; '' publishes that of the camera"),
    "autostart": (bool, "configure and activate at start"),
    "use_sim_time": (bool, "take the time from /clock"),
}
TOPICS = {
    "image": "camera/image",
    "depth": "depth/image",
}


def arguments() -> list[DeclareLaunchArgument]:
    declare = DeclareLaunchArgument
    return [
        declare("namespace", default_value="", description="namespace of node and topics"),
        declare(
            "params_file",
            default_value=PathJoinSubstitution([CONFIG, "localizer.yaml"]),
            description="parameters of the node",
        ),
        declare("rviz", default_value="false", description="show the poses"),
        *(
            declare(name, default_value=UNSET, description=description)
            for name, (_, description) in PARAMETERS.items()
        ),
        *(
            declare(name, default_value=topic, description=f"topic for {topic}")
            for name, topic in TOPICS.items()
        ),
    ]


def start_localizer(context: LaunchContext) -> list[Any]:
    given = {
        name: ParameterValue(LaunchConfiguration(name), value_type=kind)
        for name, (kind, _) in PARAMETERS.items()
        if LaunchConfiguration(name).perform(context) != UNSET
    }
    node = Node(
        package="vmloc_ros",
        executable="localizer_node",
        name="vmloc",
        namespace=LaunchConfiguration("namespace"),
        parameters=[LaunchConfiguration("params_file"), *([given] if given else [])],
        remappings=[(topic, LaunchConfiguration(name)) for name, topic in TOPICS.items()],
        output="screen",
    )
    return [node]


def generate_launch_description() -> LaunchDescription:
    profile = PathJoinSubstitution([CONFIG, "fastdds_large_messages.xml"])
    rviz = Node(
        package="rviz2",
        executable="rviz2",
        namespace=LaunchConfiguration("namespace"),
        arguments=["-d", PathJoinSubstitution([CONFIG, "localizer.rviz"])],
        remappings=[("camera/image", LaunchConfiguration("image"))],
        condition=IfCondition(LaunchConfiguration("rviz")),
    )
    return LaunchDescription(
        [
            *arguments(),
            SetEnvironmentVariable(
                FASTDDS_PROFILE, EnvironmentVariable(FASTDDS_PROFILE, default_value=profile)
            ),
            OpaqueFunction(function=start_localizer),
            rviz,
        ]
    )
