"""Starts the localizer and, if wanted, rviz.

ros2 launch vmloc_ros localizer.launch.py bundle:=/path/to/bundle image:=/camera/color/image_raw

Every name is relative: with namespace:=robot1 the node is /robot1/vmloc, and its topics, tf too,
are below /robot1. A name that begins with / stays: robots that share one tf tree are given
tf:=/tf tf_static:=/tf_static. A compressed transport is found beside its image. What is not an
argument is set in a params_file:=....
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
    "base_frame": (str, "body whose pose is published; \"''\" publishes that of the camera"),
    "image_transport": (str, "raw or compressed"),
    "depth_transport": (str, "raw or compressedDepth"),
    "autostart": (bool, "configure and activate at start"),
    "use_sim_time": (bool, "take the time from /clock"),
}
TOPICS = {
    "image": "camera/image",
    "depth": "depth/image",
    "points": "lidar/points",
    "odom": "odom",
    "imu": "imu/data",
    "tf": "/tf",
    "tf_static": "/tf_static",
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
        declare("log_level", default_value="info", description="debug, info, warn or error"),
        *(
            declare(name, default_value=UNSET, description=description)
            for name, (_, description) in PARAMETERS.items()
        ),
        *(
            declare(name, default_value=topic.lstrip("/"), description=f"topic for {topic}")
            for name, topic in TOPICS.items()
        ),
    ]


def remappings() -> list[Any]:
    return [(topic, LaunchConfiguration(name)) for name, topic in TOPICS.items()]


def given_parameters(context: LaunchContext) -> dict[str, Any]:
    given = {}
    for name, (kind, _) in PARAMETERS.items():
        value = LaunchConfiguration(name)
        text = value.perform(context)
        if text != UNSET:
            given[name] = "" if text == "''" else ParameterValue(value, value_type=kind)
    return given


def start(context: LaunchContext) -> list[Node]:
    given = given_parameters(context)
    localizer = Node(
        package="vmloc_ros",
        executable="localizer_node",
        name="vmloc",
        namespace=LaunchConfiguration("namespace"),
        parameters=[LaunchConfiguration("params_file"), *([given] if given else [])],
        remappings=remappings(),
        # At debug rcl says something at every message, and nobody finds what the node says.
        ros_arguments=["--log-level", LaunchConfiguration("log_level"), "--log-level", "rcl:=warn"],
        output="screen",
    )
    rviz = Node(
        package="rviz2",
        executable="rviz2",
        namespace=LaunchConfiguration("namespace"),
        arguments=["-d", PathJoinSubstitution([CONFIG, "localizer.rviz"])],
        parameters=[{"use_sim_time": given.get("use_sim_time", False)}],
        remappings=remappings(),
        condition=IfCondition(LaunchConfiguration("rviz")),
    )
    return [localizer, rviz]


def generate_launch_description() -> LaunchDescription:
    profile = PathJoinSubstitution([CONFIG, "fastdds_large_messages.xml"])
    return LaunchDescription(
        [
            *arguments(),
            SetEnvironmentVariable(
                FASTDDS_PROFILE, EnvironmentVariable(FASTDDS_PROFILE, default_value=profile)
            ),
            OpaqueFunction(function=start),
        ]
    )
