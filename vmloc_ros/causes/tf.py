"""What can be wrong with the frames."""

from vmloc_ros.causes.cause import Cause, Level
from vmloc_ros.causes.thresholds import FIRST_FIX_S

TF = (
    Cause(
        key="no_extrinsic",
        status="tf",
        level=Level.ERROR,
        message="the place of the camera on the robot is not known: {missing}",
        when="Neither `extrinsic` nor tf says where `base_frame` is in the frame of the images.",
        why="The node publishes the pose of `base_frame`. Without its place relative to the "
        "camera that would be the pose of the wrong body, so nothing is published.",
        mend="- `ros2 run tf2_ros tf2_echo base_link camera_optical_frame` (with the names of the "
        "message) has to answer. It does not? Start `robot_state_publisher`, or\n"
        "  `ros2 run tf2_ros static_transform_publisher --x 0.1 --z 0.4 --roll -1.5708 "
        "--yaw -1.5708 --frame-id base_link --child-frame-id camera_optical_frame`.\n"
        "- `ros2 topic echo --once --field header.frame_id /camera/image`: is it the optical "
        "frame of your tree, spelt the same way?\n"
        "- Without tf: give `extrinsic`, the pose of the base in the optical frame.\n"
        "- Only the camera's own pose is wanted: `base_frame: ''`.",
    ),
    Cause(
        key="no_odometry",
        status="tf",
        level=Level.WARN,
        message="no odometry at the image's stamp: {odometry_missing}",
        when="`odometry` or `tf_mode: map_to_odom` asks for the odometry, and it is not there for "
        "the newest image.",
        why="The odometry does not run, comes later than the images, or is stamped by another "
        "clock. Jumps cannot be gated meanwhile, and `map_to_odom` cannot be told.",
        mend="- `ros2 topic hz /odom`, `ros2 topic delay /odom`; for tf "
        "`ros2 run tf2_ros tf2_monitor odom base_link`.\n"
        "- Are `odom_frame` and `base_frame` spelt as in tf? `ros2 run tf2_tools view_frames`.\n"
        "- No odometry on this robot: `odometry: none`, and `tf_mode: map_to_base`.",
    ),
    Cause(
        key="no_lidar_motion",
        status="tf",
        level=Level.WARN,
        message="the lidar's motion is not known, its points are taken as seen: {motion_missing}",
        when="The points of the last sweep have times, or the model wants several sweeps together, "
        "and nothing tells how the lidar moved up to its image.",
        why="A sweep takes a tenth of a second: at 1 m/s its points are up to 10 cm off, at "
        "1 rad/s up to 6°, and a model of several sweeps gets one. Poses go on, with larger errors "
        "while the robot moves: no odometry is set up and no gyroscope is heard on `imu/data`, or "
        "what there is does not reach to the image, or where it sits is not known.",
        mend="- A robot with odometry: `odometry: topic` (remap `odom`) or `odometry: tf`, with "
        "`base_frame`. Is it set and missing? See [no_odometry](#no_odometry).\n"
        "- Only an inertial unit: remap `imu/data`, and let tf know its frame. It turns a sweep "
        "back and cannot put several together.\n"
        "- Where the lidar sits on the camera comes from training: `/tf_static` of the recording, "
        "or `--lidar-pose`.\n"
        "- See [motion](lidar.md#motion).",
    ),
    Cause(
        key="tf_conflict",
        status="tf",
        level=Level.ERROR,
        message="{mode} is not broadcast: {conflict}",
        when="Somebody else publishes the transform that `tf_mode` asks this node for.",
        why="A frame has one parent and one author. With two, the robot jumps between two places "
        "at the rate of their messages. AMCL, a SLAM, robot_localization or a second instance of "
        "this node is at work, or the parent is another one because `tf_mode` does not fit the "
        "tree.",
        mend="- `ros2 topic info -v /tf` names who publishes; `ros2 run tf2_tools view_frames` "
        "shows whose transform it is.\n"
        "- Stop the other one (AMCL: `tf_broadcast: false`), or set `tf_mode: none` and use "
        "`~/pose_with_covariance`.\n"
        "- An odometry publishes `odom → base_link`? Then `map_to_odom`, never `map_to_base`.",
    ),
    Cause(
        key="no_broadcast",
        status="tf",
        level=Level.WARN,
        message="{mode} is not broadcast: {reason}",
        when="`tf_mode` is set, and the last pose is older than `fix_timeout_s`, or there is none "
        f"{FIRST_FIX_S:g} s after the activation.",
        why="An old place is not passed on as if it were new: while the robot is lost the "
        "transform is not renewed, and others see tf time out. The first pose brings it back.",
        mend="See the status localization: [lost](#lost), [no_fix_yet](#no_fix_yet).",
    ),
)
