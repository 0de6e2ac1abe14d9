"""`Topic`: a topic that the node reads or writes."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic. Names are relative and can be remapped, except for those that begin with /."""

    name: str
    type: str
    direction: Literal["in", "out"]
    when: str
    """Empty: while the node is active."""
    meaning: str


TOPICS = (
    Topic(
        "camera/image",
        "sensor_msgs/msg/Image",
        "in",
        "`image_transport: raw`",
        "Colour image. Its stamp and `frame_id` are those of the pose.",
    ),
    Topic(
        "camera/image/compressed",
        "sensor_msgs/msg/CompressedImage",
        "in",
        "`image_transport: compressed`",
        "The same as JPEG or PNG.",
    ),
    Topic(
        "depth/image",
        "sensor_msgs/msg/Image",
        "in",
        "`depth_transport: raw`",
        "Depth along the optical axis: 16UC1 or mono16 in millimetres, 32FC1 in metres (REP-118).",
    ),
    Topic(
        "depth/image/compressedDepth",
        "sensor_msgs/msg/CompressedImage",
        "in",
        "`depth_transport: compressedDepth`",
        "The same as PNG or RVL.",
    ),
    Topic(
        "lidar/points",
        "sensor_msgs/msg/PointCloud2",
        "in",
        "the bundle has `lidar`, or depth from it",
        "One sweep, in the lidar's axes: fields x, y, z in metres, intensity where there is one, "
        "of any type and order.",
    ),
    Topic(
        "odom",
        "nav_msgs/msg/Odometry",
        "in",
        "`odometry: topic`",
        "Motion of `base_frame`, for the jump gate and for the sweeps of a lidar.",
    ),
    Topic(
        "imu/data",
        "sensor_msgs/msg/Imu",
        "in",
        "the bundle uses a lidar, and there is no odometry",
        "Angular velocity (REP-145), for the sweeps of the lidar; in `base_frame`, the camera's "
        "frame, or one that tf knows.",
    ),
    Topic(
        "/tf",
        "tf2_msgs/msg/TFMessage",
        "in",
        "`extrinsic` is empty, `odometry: tf`, or `tf_mode: map_to_odom`",
        "Place of the camera on the robot; odometry.",
    ),
    Topic(
        "/tf_static",
        "tf2_msgs/msg/TFMessage",
        "in",
        "as /tf",
        "Place of the camera on the robot.",
    ),
    Topic(
        "/clock",
        "rosgraph_msgs/msg/Clock",
        "in",
        "`use_sim_time: true`",
        "Time of a bag or a simulation.",
    ),
    Topic(
        "~/pose",
        "geometry_msgs/msg/PoseStamped",
        "out",
        "",
        "Pose of `base_frame` in `map_frame` at the image's stamp. No message where the node is "
        "not sure.",
    ),
    Topic(
        "~/pose_with_covariance",
        "geometry_msgs/msg/PoseWithCovarianceStamped",
        "out",
        "",
        "The same pose at the same stamp, with its covariance ([frames](frames.md#covariance)).",
    ),
    Topic(
        "~/path",
        "nav_msgs/msg/Path",
        "out",
        "while somebody subscribes",
        "The last `path_length` poses.",
    ),
    Topic(
        "/tf",
        "tf2_msgs/msg/TFMessage",
        "out",
        "`tf_mode` is not `none`, and the last pose is younger than `fix_timeout_s`",
        "map → odom, or map → base, at `tf_rate_hz`.",
    ),
    Topic(
        "initialpose",
        "geometry_msgs/msg/PoseWithCovarianceStamped",
        "out",
        "`initialpose` is not `off`: once, or when `~/relocalize` is called",
        "Start of another localisation (AMCL).",
    ),
    Topic(
        "~/debug/latency",
        "diagnostic_msgs/msg/DiagnosticStatus",
        "out",
        "while somebody subscribes",
        "Mean, median, 95th percentile and maximum of the time that each stage takes.",
    ),
    Topic(
        "~/debug/lidar_image",
        "sensor_msgs/msg/Image",
        "out",
        "as `lidar/points`, while somebody subscribes",
        "The sweep as the network sees it: range in metres (32FC1), 0 where there is no return. "
        "The middle column looks forward, the first row is the highest. Where the model has depth "
        "from the lidar alone, that depth. Stamp of the pose, `frame_id` of the sweep.",
    ),
    Topic(
        "/diagnostics",
        "diagnostic_msgs/msg/DiagnosticArray",
        "out",
        "in every state of the lifecycle",
        "The six statuses below, each second, and at once when one gets worse.",
    ),
)
