"""What can be wrong with the topics that the node reads."""

from vmloc_ros.causes.cause import Cause, Level
from vmloc_ros.causes.thresholds import SILENT_AT_MOST_S, SILENT_PERIODS, SILENT_S

SILENT = (
    f"Nothing came for {SILENT_S:g} s, or for {SILENT_PERIODS:g} periods of a slower sensor, "
    f"{SILENT_AT_MOST_S:g} s at most"
)

INPUT = (
    Cause(
        key="no_publisher",
        status="input",
        level=Level.ERROR,
        message="{topic} has no publisher ({message_type} expected)",
        when=f"{SILENT}, and nobody publishes on the topic.",
        why="The driver does not run, publishes under another name or in another namespace, or "
        "lives where the node cannot see it: another `ROS_DOMAIN_ID`, another machine behind "
        "`ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST`, a container without the host's network, or "
        "another RMW.",
        mend="- `ros2 topic list -t | grep -i image` shows what is there. Is the topic under "
        "another name? Remap: `image:=/camera/color/image_raw depth:=/camera/depth/image_raw` of "
        "the launch file, or `--ros-args -r camera/image:=/camera/color/image_raw`. A lidar "
        "(`grep PointCloud2`): `points:=/ouster/points`.\n"
        "- Not in the list? `ros2 node list` shows whether the driver runs; compare "
        "`env | grep -E 'ROS_|RMW_'` in both shells.\n"
        "- The driver publishes compressed images only? Set `image_transport: compressed`.",
    ),
    Cause(
        key="wrong_type",
        status="input",
        level=Level.ERROR,
        message="{topic} is published as {other_types}, the node reads {message_type}",
        when=f"{SILENT}, and all publishers of the topic offer another type.",
        why="The topic was remapped to one of another kind, most often a raw image in place of a "
        "compressed one. DDS connects equal types only, so nothing arrives.",
        mend="- `ros2 topic info -v /camera/image` shows the type of every publisher.\n"
        "- Compressed? Set `image_transport: compressed`, or `depth_transport: compressedDepth`, "
        "and remap `camera/image/compressed` or `depth/image/compressedDepth`.\n"
        "- A lidar's packets or a `LaserScan`? The node reads `sensor_msgs/msg/PointCloud2`: remap "
        "`lidar/points` to the driver's cloud.\n"
        "- Else remap the input to the topic with `sensor_msgs/msg/Image`.",
    ),
    Cause(
        key="mixed_types",
        status="input",
        level=Level.WARN,
        message="{topic} is also published as {other_types}, of which the node reads nothing",
        when="Some publishers of the topic offer the type that the node reads, and others another.",
        why="Two programs use one name for different things. The node hears those of its own "
        "type; tools such as `ros2 topic echo` refuse such a topic.",
        mend="Find them with `ros2 topic info -v /camera/image` and rename one.",
    ),
    Cause(
        key="incompatible_qos",
        status="input",
        level=Level.ERROR,
        message="{topic}: the QoS of {incompatible} publishers offers less than the node asks for",
        when=f"{SILENT}, and there are publishers whose QoS offers less than the node asks for.",
        why="The node asks for reliable delivery and the publisher offers best effort. "
        "With `reliability: auto` the node follows what is offered; somebody has forced it, by "
        "`reliability: reliable` or an entry under `qos_overrides`.",
        mend="- `ros2 topic info -v /camera/image` shows both sides: look at *Reliability*.\n"
        "- Set `reliability: auto` and remove "
        "`qos_overrides./camera/image.subscription.reliability`.\n"
        "- Or let the driver publish reliably: for images of megabytes that is better anyway.",
    ),
    Cause(
        key="publisher_unheard",
        status="input",
        level=Level.WARN,
        message="{topic}: {incompatible} of {publishers} publishers are not heard, their QoS "
        "offers less than the node asks for",
        when="The topic is not silent, and some of its publishers offer a QoS that does not fit.",
        why="Several publishers share the topic, and delivery is forced to reliable while one of "
        "them offers best effort. It may be the one that matters.",
        mend="- `ros2 topic info -v /camera/image` names the publishers; stop the one that does "
        "not belong there.\n"
        "- All belong there? Set `reliability: auto`.",
    ),
    Cause(
        key="publisher_silent",
        status="input",
        level=Level.ERROR,
        message="{topic} has been silent for {silent_s:.1f} s, publishers: {publishers}",
        when=f"{SILENT}, though there are publishers that fit.",
        why="The driver runs and sends nothing (camera unplugged, USB bandwidth, a bag that is "
        "paused or has ended), or its messages are lost on the way: images and clouds of megabytes "
        "sent with best effort over the stock transports of DDS hardly ever arrive, and across "
        "machines the fragments of a large message overrun the kernel's buffers.",
        mend="- `ros2 topic hz /camera/image` in another shell. Silent there too? Mend the "
        "driver: its log, `dmesg | tail`, a USB 3 port.\n"
        "- It ticks there? Start driver and node with "
        "`FASTRTPS_DEFAULT_PROFILES_FILE=.../config/fastdds_large_messages.xml` (the launch files "
        "do), or let the driver publish reliably.\n"
        "- Another machine? Use `image_transport: compressed` and enlarge the buffers: "
        "`sudo sysctl -w net.core.rmem_max=134217728 net.ipv4.ipfrag_high_thresh=134217728`.",
    ),
    Cause(
        key="too_seldom",
        status="input",
        level=Level.WARN,
        message="{topic} comes too seldom to make pairs: {rate_hz} Hz",
        when="The topic is not silent, but the other sensors come for `modality_timeout_s` at a "
        "time without it.",
        why="The sensor is slow, or most of its messages are lost. With "
        "`on_missing_modality: degrade` the others are not held back for it and make the poses.",
        mend="- Does the driver send as seldom? `ros2 topic hz /camera/image` on its own "
        "computer. Then raise the driver's rate, or `modality_timeout_s` to three of its periods.\n"
        "- It sends more? Then messages are lost on the way: see "
        "[publisher_silent](#publisher_silent).",
    ),
    Cause(
        key="zero_stamps",
        status="input",
        level=Level.ERROR,
        message="{topic}: {count} messages lately without a time stamp",
        when="Lately a message came with `header.stamp` 0 or one that is no time.",
        why="The driver does not fill in the header, or runs with `use_sim_time` and without a "
        "clock, when all its stamps are 0. Without stamps nobody knows which images belong "
        "together or where the robot was: such messages are refused.",
        mend="- `ros2 topic echo --once --field header.stamp /camera/image`.\n"
        "- `ros2 param get /camera use_sim_time`: true on a real robot? Set it to false.\n"
        "- Else the driver has to set the time of the exposure; no setting of this node helps.",
    ),
    Cause(
        key="out_of_order",
        status="input",
        level=Level.WARN,
        message="{topic}: {count} messages lately were not newer than the one before, "
        "publishers: {publishers}",
        when="Lately a stamp was not later than its predecessor's.",
        why="Two publishers share the topic (a camera and a bag that is played beside it, or a "
        "driver started twice), or a driver repeats frames or takes its stamps from a clock that "
        "is being set.",
        mend="- More than one publisher? `ros2 topic info -v /camera/image` names their nodes; "
        "stop one.\n"
        "- One publisher? `ros2 topic echo --field header.stamp /camera/image` shows repeated or "
        "running-back stamps; that is the driver's.",
    ),
    Cause(
        key="messages_lost",
        status="input",
        level=Level.WARN,
        message="{topic}: the transport lost {count} messages lately",
        when="Lately DDS has reported lost messages.",
        why="The machine or the network is overloaded, or large messages travel with best "
        "effort. Poses go on with what arrives.",
        mend="- `top`: is a core saturated?\n"
        "- Use the profile `config/fastdds_large_messages.xml` on both sides, let the driver "
        "publish reliably, or send compressed images.",
    ),
    Cause(
        key="undecodable",
        status="input",
        level=Level.ERROR,
        message="{topic}: {count} messages lately cannot be decoded: {decode_error}",
        when="Lately a message could not be decoded.",
        why="An encoding that the node does not know, a size that does not fit the data, or a "
        "damaged compressed image. Depth is never guessed: it must be `16UC1` or `mono16` "
        "(millimetres) or `32FC1` (metres), REP-118. A point cloud needs the fields x, y and z.",
        mend="- `ros2 topic echo --once --field encoding /depth/image`: set the driver to one of "
        "the encodings that the message names. For a cloud: `ros2 topic echo --once --field fields "
        "/lidar/points`.\n"
        "- Colour and depth exchanged? Check the remappings.\n"
        "- Is `image_backend: cv_bridge` forced? Try `auto`.",
    ),
    Cause(
        key="message_errors",
        status="input",
        level=Level.ERROR,
        message="{topic}: {count} messages lately ended in an unexpected error",
        when="Lately an exception that nobody expected ended the work on a message, before it was "
        "decoded.",
        why="A fault of the software. The message is lost, the next one is taken as usual.",
        mend="The node's log holds the traceback (`ros2 topic echo /rosout`, or `~/.ros/log`): "
        "report it, with a bag of the topic.",
    ),
    Cause(
        key="no_clock",
        status="input",
        level=Level.ERROR,
        message="use_sim_time is set and /clock has no publisher",
        when="`use_sim_time` is set, the time stands still, and nobody publishes `/clock`.",
        why="The node takes its time from `/clock`, and there is none: the parameter was left on "
        "from a replay, or the bag is played without its clock.",
        mend="- Real robot: `ros2 param set /vmloc use_sim_time false`, and out of the launch "
        "file.\n"
        "- Replay: `ros2 bag play --clock 100 BAG`; `vmloc play BAG` publishes `/clock` itself.\n"
        "- Simulation: bridge `/clock` (`ros_gz_bridge`).",
    ),
    Cause(
        key="clock_silent",
        status="input",
        level=Level.ERROR,
        message="use_sim_time is set and the time of /clock stands still, publishers: {publishers}",
        when="`use_sim_time` is set, `/clock` has publishers, and the time stands still.",
        why="The simulator or the player is paused, hangs, or has ended and not left the graph "
        "yet. All ROS time stands still.",
        mend="`ros2 topic echo --once /clock`, and resume or restart who publishes it: "
        "`ros2 topic info -v /clock` names the node.",
    ),
)
"""In the order in which they are looked for."""
