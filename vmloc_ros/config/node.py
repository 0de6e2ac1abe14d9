"""`NodeConfig`: the parameters of the node."""

from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from vmloc_ros.config.base import Config, live, unit


class NodeConfig(Config):
    """Parameters of the localizer node. Everything that the weights depend on is in the bundle."""

    bundle: str = Field(
        "",
        description="Folder of the model bundle; `~/reload` takes over a new one without a pause.",
        json_schema_extra=live(),
    )
    device: str = Field("auto", description="auto, cpu, cuda or cuda:N.")
    autostart: bool = Field(True, description="Configure and activate at start.")
    map_frame: str = Field("map", min_length=1, description="frame_id of the published poses.")
    base_frame: str = Field(
        "base_link",
        description="Body whose pose is published; its place comes from `extrinsic` or from tf. An "
        "empty string publishes the pose of the camera itself.",
    )
    extrinsic: tuple[float, ...] = Field(
        (),
        description="Pose of base_frame in the camera's optical frame: x y z (m) and "
        "quaternion x y z w, 7 numbers: the inverse of the camera's pose on the robot. Empty: from "
        "tf, between base_frame and the frame_id of the images.",
    )
    tf_mode: Literal["none", "map_to_odom", "map_to_base"] = Field(
        "none",
        description="Transform that is broadcast (REP-105): map_to_odom beside an odometry in tf, "
        "map_to_base where there is none.",
    )
    odom_frame: str = Field("odom", min_length=1, description="Frame of the odometry in tf.")
    transform_tolerance_s: float = Field(
        0.2,
        ge=0.0,
        le=10.0,
        description="How far map_to_odom is dated ahead, so that others can use it at once.",
        json_schema_extra=live("s"),
    )
    tf_rate_hz: float = Field(
        20.0, ge=1.0, le=200.0, description="Rate of the broadcast.", json_schema_extra=unit("Hz")
    )
    fix_timeout_s: float = Field(
        1.0,
        ge=0.05,
        le=60.0,
        description="Age of the last pose at which the broadcast ends and the robot is lost.",
        json_schema_extra=live("s"),
    )
    odometry: Literal["none", "topic", "tf"] = Field(
        "none",
        description="Where the motion of the robot is taken from, for the jump gate: nav_msgs/"
        "Odometry on `odom`, or tf.",
    )
    gate_sigma: float = Field(
        6.0,
        ge=0.0,
        le=100.0,
        description="Jumps against the odometry beyond this many σ are not published; 0: no gate.",
        json_schema_extra=live(),
    )
    gate_reacquire: int = Field(
        5,
        ge=1,
        le=1000,
        description="Poses in a row that contradict the odometry and agree with each other after "
        "which they are believed.",
        json_schema_extra=live(),
    )
    novelty_limit: float = Field(
        1.0,
        ge=0.0,
        le=100.0,
        description="How unlike the training images an image may be, as a multiple of the limit "
        "in the bundle; 0: any image is accepted.",
        json_schema_extra=live(),
    )
    map_margin_m: float = Field(
        1.0,
        ge=0.0,
        le=1000.0,
        description="How far outside the box of the training positions a pose may be.",
        json_schema_extra=live("m"),
    )
    sync: Literal["approximate", "exact"] = Field(
        "approximate", description="exact: only equal stamps form a pair, a sweep's too."
    )
    sync_slop_s: float = Field(
        0.015,
        ge=0.0,
        le=1.0,
        description="Largest difference of the stamps of a pair of images; less than half the "
        "period of the slower camera. A sweep of a lidar goes to the image nearest to it, within "
        "half the period of the faster of the two, measured from the stamps, or this where it is "
        "larger.",
        json_schema_extra=unit("s"),
    )
    sync_queue: int = Field(
        10,
        ge=1,
        le=1000,
        description="Messages kept per stream for pairing; at 30 Hz a lidar may lag by 0.3 s.",
    )
    on_missing_modality: Literal["degrade", "stop"] = Field(
        "degrade",
        description="What to do while a sensor is silent or cannot be used: go on with the others "
        "and a larger covariance, or publish nothing.",
    )
    modality_timeout_s: float = Field(
        0.5,
        ge=0.05,
        le=60.0,
        description="Silence after which a sensor counts as missing; more than two periods of the "
        "slowest, a lidar at 5 Hz included.",
        json_schema_extra=live("s"),
    )
    image_transport: Literal["raw", "compressed"] = Field(
        "raw", description="compressed: JPEG or PNG on `camera/image/compressed`."
    )
    depth_transport: Literal["raw", "compressedDepth"] = Field(
        "raw", description="compressedDepth: PNG or RVL on `depth/image/compressedDepth`."
    )
    image_backend: Literal["auto", "cv_bridge", "builtin"] = Field(
        "auto",
        description="Decoder of raw images; auto: cv_bridge where one is installed and works, "
        "else the package's own, which gives the same arrays.",
    )
    reliability: Literal["auto", "reliable", "best_effort"] = Field(
        "auto", description="QoS of the inputs; auto: reliable where every publisher offers it."
    )
    clock_skew_s: float = Field(
        1.0,
        gt=0.0,
        le=3600.0,
        description="Age of an image by the node's clock, or time it lies ahead, that is reported.",
        json_schema_extra=live("s"),
    )
    initialpose: Literal["off", "once", "on_request"] = Field(
        "off",
        description="Publishing on `initialpose` for AMCL: once at the start, or when "
        "`~/relocalize` is called; once includes on_request.",
    )
    initialpose_after: int = Field(
        5,
        ge=1,
        le=1000,
        description="Consistent poses in a row before `initialpose` is published.",
        json_schema_extra=live(),
    )
    relocalize_timeout_s: float = Field(
        5.0,
        gt=0.0,
        le=300.0,
        description="How long `~/relocalize` tries.",
        json_schema_extra=live("s"),
    )
    path_length: int = Field(1000, ge=0, le=100000, description="Poses kept in ~/path.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if len(self.extrinsic) not in (0, 7):
            raise ValueError("extrinsic needs 7 numbers: x y z qx qy qz qw")
        if self.tf_mode != "none" and not self.base_frame:
            raise ValueError(
                f"tf_mode {self.tf_mode} needs base_frame: a camera's pose is no place of a robot"
            )
        if self.initialpose != "off" and not self.base_frame:
            raise ValueError("initialpose needs base_frame: a camera's heading is no robot's")
        if len({self.map_frame, self.odom_frame, self.base_frame}) < 3:
            raise ValueError("map_frame, odom_frame and base_frame must have different names")
        return self
