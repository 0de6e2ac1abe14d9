"""Every setting and its default, once: frozen models from which ROS parameters, YAML and docs come.

`json_schema_extra={"unit": ...}` gives a unit; pydantic's `ge`, `gt`, `le`, `lt` give bounds.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from typing_extensions import Self

from vmloc_ros.errors import ConfigError

Modality = Literal["rgb", "depth", "lidar"]


class Config(BaseModel):
    """Base of all settings: immutable, and an unknown key is an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False
    )


def _unit(name: str) -> dict[str, Any]:
    return {"unit": name}


def _live(unit: str = "") -> dict[str, Any]:
    """Mark a parameter of the node that may change while the node works."""
    return {"live": True} | ({"unit": unit} if unit else {})


class LidarConfig(Config):
    """How the points of a spinning lidar become a cylindrical picture (Chen et al. 2017).

    Axes of the lidar: x forward, y left, z up. The first row is the highest, the middle column
    looks forward.
    """

    rows: int = Field(
        32, ge=1, le=512, description="Bins of elevation.", json_schema_extra=_unit("px")
    )
    columns: int = Field(
        256, ge=8, le=4096, description="Bins of azimuth.", json_schema_extra=_unit("px")
    )
    elevation_min_deg: float = Field(
        -25.0, ge=-90.0, le=90.0, description="Lower edge.", json_schema_extra=_unit("deg")
    )
    elevation_max_deg: float = Field(
        15.0, ge=-90.0, le=90.0, description="Upper edge.", json_schema_extra=_unit("deg")
    )
    azimuth_deg: float = Field(
        360.0,
        gt=0.0,
        le=360.0,
        description="Field of view about the forward direction; 360: the picture closes.",
        json_schema_extra=_unit("deg"),
    )
    range_min_m: float = Field(
        1.0, gt=0.0, description="Nearer returns do not count.", json_schema_extra=_unit("m")
    )
    range_max_m: float = Field(
        80.0, gt=0.0, description="Farther returns do not count.", json_schema_extra=_unit("m")
    )
    range_encoding: Literal["inverse", "log"] = Field(
        "inverse",
        description="How range is told to the network: inverse range is fine nearby, its logarithm "
        "is as fine everywhere.",
    )
    sweeps: int = Field(
        1,
        ge=1,
        le=100,
        description="Sweeps put together, with odometry, up to the moment of the frame.",
    )

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.elevation_min_deg >= self.elevation_max_deg:
            raise ValueError("elevation_min_deg must be less than elevation_max_deg")
        if self.range_min_m >= self.range_max_m:
            raise ValueError("range_min_m must be less than range_max_m")
        return self


class PreprocessingConfig(Config):
    """How a frame becomes network input. Part of the bundle: the robot does what training did."""

    height: int = Field(
        256, ge=32, le=1024, description="Input height.", json_schema_extra=_unit("px")
    )
    width: int = Field(
        256, ge=32, le=2048, description="Input width.", json_schema_extra=_unit("px")
    )
    depth_min_m: float = Field(
        0.3, gt=0.0, description="Nearer returns count as missing.", json_schema_extra=_unit("m")
    )
    depth_max_m: float = Field(
        10.0, gt=0.0, description="Farther returns count as missing.", json_schema_extra=_unit("m")
    )
    depth_source: Literal["image", "lidar"] = Field(
        "image",
        description="Where the modality depth comes from: depth images, or the lidar's points "
        "projected into the camera (paper, driving).",
    )
    depth_encoding: Literal["log", "inverse", "points", "normals"] = Field(
        "log",
        description="How depth is told to the network: its logarithm or its inverse with validity, "
        "points in the camera's frame with validity, or surface normals with log depth.",
    )
    lidar: LidarConfig = Field(
        default_factory=LidarConfig, description="The picture of the lidar's points."
    )

    def channels(self, modality: str) -> int:
        """Return the number of input channels of a modality."""
        depth = 2 if self.depth_encoding in ("log", "inverse") else 4
        return {"rgb": 3, "depth": depth, "lidar": 4}[modality]

    def size(self, modality: str) -> tuple[int, int]:
        """Return height and width of the input of a modality."""
        if modality == "lidar":
            return self.lidar.rows, self.lidar.columns
        return self.height, self.width

    @model_validator(mode="after")
    def _range_is_ordered(self) -> Self:
        if self.depth_min_m >= self.depth_max_m:
            raise ValueError("depth_min_m must be less than depth_max_m")
        return self

    def sensors(self, modalities: Sequence[str]) -> tuple[str, ...]:
        """Return the sensors that modalities are made from, in their order, each once."""
        source = "lidar" if self.depth_source == "lidar" else "depth"
        return tuple(dict.fromkeys(source if name == "depth" else name for name in modalities))


class ModelConfig(Config):
    """The network: VMLoc, or one of those that the paper compares it with."""

    modalities: tuple[Modality, ...] = Field(
        ("rgb", "depth"), min_length=1, description="Sensors of the model, in this order."
    )
    fusion: Literal["product_of_experts", "concatenation", "stacked"] = Field(
        "product_of_experts",
        description="How sensors come together: as Gaussian experts (VMLoc), as features side by "
        "side, or as images laid over each other in one encoder.",
    )
    backbone: Literal["resnet18", "resnet34", "googlenet"] = Field(
        "resnet34", description="Encoder network."
    )
    weights: str = Field(
        "imagenet",
        description="Initial encoder weights: imagenet, none, or the path of a .safetensors or "
        ".pth state dict of the backbone.",
    )
    hourglass: bool = Field(
        False,
        description="Bring the last map of the backbone back to a quarter of the image's size "
        "(Hourglass), in place of pooling.",
    )
    pool: tuple[int, int] = Field(
        (1, 1), description="Rows and columns kept by the adaptive average pooling (paper: 1 1)."
    )
    latent_dim: int = Field(1024, ge=8, le=8192, description="Dimension D of the latent space.")
    initial_log_variance: float = Field(
        -4.0, ge=-12.0, le=4.0, description="Log variance of each expert before training."
    )
    memory_frames: int = Field(
        1,
        ge=1,
        le=100,
        description="Frames, up to the present one, that a bidirectional LSTM reads (VidLoc); 1: "
        "no LSTM.",
        json_schema_extra=_unit("frames"),
    )
    activation: Literal["tanh", "relu"] = Field("tanh", description="Before the attention.")
    attention: bool = Field(True, description="Self-attention of the latent (AtLoc, VMLoc).")
    dropout: float = Field(0.5, ge=0.0, lt=1.0, description="Dropout after the attention.")
    head_hidden: int = Field(
        512, ge=0, le=8192, description="Hidden width of the two pose heads; 0: one linear layer."
    )
    rotation: Literal["log_quaternion", "quaternion", "two_axes"] = Field(
        "log_quaternion",
        description="What the rotation head gives: the log-quaternion (paper), a quaternion, or "
        "two axes, which follow a camera that faces every way without the jump at half a turn.",
    )

    @property
    def encoded_together(self) -> tuple[tuple[str, ...], ...]:
        """The modalities of each encoder."""
        if self.fusion == "stacked":
            return (self.modalities,)
        return tuple((name,) for name in self.modalities)

    @property
    def expert_dim(self) -> int:
        """How many numbers each encoder gives."""
        parts = len(self.modalities) if self.fusion == "concatenation" else 1
        return self.latent_dim // parts

    @property
    def expert_log_variance(self) -> float | None:
        """Log variance of the experts before training; None where encoders give features only."""
        return self.initial_log_variance if self.fusion == "product_of_experts" else None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if len(set(self.modalities)) != len(self.modalities):
            raise ValueError("modalities must not repeat")
        if self.latent_dim % 8:
            raise ValueError("latent_dim must be a multiple of 8 (the attention works on D/8)")
        if self.fusion == "concatenation" and self.latent_dim % len(self.modalities):
            raise ValueError("latent_dim must be a multiple of the number of modalities")
        if min(self.pool) < 1:
            raise ValueError("pool must be positive")
        return self

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        pictures = "lidar" in self.modalities
        if self.fusion == "stacked" and pictures:
            raise ValueError("stacked images need one size: lidar has another")
        if self.hourglass and (pictures or self.backbone == "googlenet"):
            raise ValueError("hourglass needs images of a camera and a ResNet")
        if self.memory_frames > 1 and self.fusion == "product_of_experts":
            raise ValueError("memory_frames needs features: fusion concatenation or stacked")
        return self


class ObjectiveConfig(Config):
    """What is minimised: a bound on the likelihood, or the geometric loss alone (Eqs. 9–15, 18)."""

    kind: Literal["importance_weighted", "elbo", "geometric"] = Field(
        "importance_weighted",
        description="importance_weighted (VMLoc), the evidence lower bound with one sample "
        "(PoE-VMLoc), or the geometric loss of the answer, for encoders that give features.",
    )
    samples: int = Field(10, ge=1, le=1000, description="Samples K of the latent per frame.")
    prior_weight: float = Field(
        1e-6, ge=0.0, le=1.0, description="λ of Eq. 15, weight of log p(z) − log q(z)."
    )
    dreg: Literal["lambda_corrected", "paper"] = Field(
        "lambda_corrected",
        description="Gradient of the encoders: doubly reparameterised, exact for any λ, or as the "
        "paper prints it (exact for λ = 1).",
    )
    keep_all: float = Field(
        0.6,
        ge=0.0,
        le=1.0,
        description="Probability that a frame keeps all modalities (Eq. 18); "
        "otherwise it keeps one, each with the same probability.",
    )
    initial_position_log_scale: float = Field(0.0, description="s_t of Eq. 11 before training.")
    initial_rotation_log_scale: float = Field(-3.0, description="s_r of Eq. 11 before training.")
    scale_learning_rate: float = Field(
        1e-2, gt=0.0, le=1.0, description="Learning rate of s_t and s_r."
    )
    rotation_error: Literal["log_quaternion", "quaternion"] = Field(
        "log_quaternion", description="What the rotations are compared as."
    )
    clip_frames: int = Field(
        1,
        ge=1,
        le=20,
        description="Frames of a clip whose poses relative to each other are learned too (MapNet); "
        "1: frames are learned one by one.",
        json_schema_extra=_unit("frames"),
    )
    clip_spacing: int = Field(
        10,
        ge=1,
        description="Distance between the frames of such a clip.",
        json_schema_extra=_unit("frames"),
    )
    reprojection_from: float = Field(
        1.0,
        ge=0.0,
        le=1.0,
        description="Share of the training after which the loss is the reprojection error of the "
        "depth image's points (PoseNet+); 1: never.",
    )


class AugmentationConfig(Config):
    """Changes of the training frames that keep the label true."""

    roll_deg: float = Field(
        0.0,
        ge=0.0,
        le=45.0,
        description="Largest rotation about the optical axis, composed with the pose.",
        json_schema_extra=_unit("deg"),
    )
    yaw_deg: float = Field(
        0.0,
        ge=0.0,
        le=30.0,
        description="Largest virtual yaw, composed with the pose.",
        json_schema_extra=_unit("deg"),
    )
    pitch_deg: float = Field(
        0.0,
        ge=0.0,
        le=30.0,
        description="Largest virtual pitch, composed with the pose.",
        json_schema_extra=_unit("deg"),
    )
    shift_m: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        description="Largest virtual shift along each axis of the camera, composed with the pose. "
        "Images are seen from there by their depth: needs depth images, or the lidar alone.",
        json_schema_extra=_unit("m"),
    )
    brightness: float = Field(0.2, ge=0.0, le=1.0, description="Relative change of brightness.")
    contrast: float = Field(0.2, ge=0.0, le=1.0, description="Relative change of contrast.")
    colour: float = Field(0.1, ge=0.0, le=1.0, description="Relative change of each channel.")
    depth_scale: float = Field(
        0.0, ge=0.0, le=0.2, description="Relative error of all depths of a frame."
    )
    depth_noise: float = Field(
        0.0,
        ge=0.0,
        le=0.1,
        description="Noise σ of a depth of 1 m; it grows with the square of depth. A Kinect's is "
        "about 0.002.",
        json_schema_extra=_unit("m"),
    )
    depth_holes: float = Field(
        0.0, ge=0.0, le=1.0, description="Largest share of a depth image that is lost, in patches."
    )


class HoldoutConfig(Config):
    """Blocks of training frames held out for validation and calibration, with guards around."""

    fraction: float = Field(
        0.1,
        ge=0.01,
        le=0.5,
        description="Share of the training frames held out, rounded to one block in n.",
    )
    block_frames: int = Field(
        10, ge=1, description="Length of a held-out block.", json_schema_extra=_unit("frames")
    )
    guard_frames: int = Field(
        2,
        ge=0,
        description="Frames left out of training on both sides of a block.",
        json_schema_extra=_unit("frames"),
    )


class OptimizerConfig(Config):
    """How the weights are fitted."""

    learning_rate: float = Field(5e-5, gt=0.0, le=1.0, description="Peak learning rate.")
    weight_decay: float = Field(5e-5, ge=0.0, le=1.0, description="Decoupled weight decay (AdamW).")
    schedule: Literal["constant", "one_cycle"] = Field(
        "constant", description="Learning rate over time."
    )
    warmup_fraction: float = Field(
        0.2, gt=0.0, lt=1.0, description="Share of the steps in which one_cycle rises."
    )
    gradient_clip: float = Field(
        0.0, ge=0.0, description="Largest norm of the gradient; 0: no limit."
    )
    ema_decay: float = Field(
        0.0,
        ge=0.0,
        lt=1.0,
        description="Decay per step of the averaged weights that are kept; 0: "
        "keep the last weights.",
    )


class TrainConfig(Config):
    """All of a training, `config/train.yaml` and its variants."""

    model: ModelConfig = Field(default_factory=ModelConfig, description="The network.")
    preprocessing: PreprocessingConfig = Field(
        default_factory=PreprocessingConfig, description="From frame to input."
    )
    objective: ObjectiveConfig = Field(default_factory=ObjectiveConfig, description="The loss.")
    augmentation: AugmentationConfig = Field(
        default_factory=AugmentationConfig, description="Changes of the training frames."
    )
    holdout: HoldoutConfig = Field(default_factory=HoldoutConfig, description="Held-out frames.")
    optimizer: OptimizerConfig = Field(default_factory=OptimizerConfig, description="The fit.")
    epochs: int = Field(300, ge=1, description="Passes over the training frames.")
    batch_size: int = Field(
        64, ge=2, description="Frames a step, on each device.", json_schema_extra=_unit("frames")
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of everything random.")
    accelerator: Literal["auto", "cpu", "gpu"] = Field("auto", description="Where to train.")
    devices: int = Field(1, ge=1, description="Number of devices (Lightning).")
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "32-true", description="Lightning precision; fusion and densities stay in 32 bits."
    )

    @property
    def cached(self) -> tuple[str, ...]:
        """What is kept of the training frames: the model's modalities, and depth to learn by."""
        names = self.model.modalities
        by_depth = self.augmentation.shift_m > 0.0 and names != ("lidar",)
        more = ("depth",) if by_depth or self.objective.reprojection_from < 1.0 else ()
        return tuple(dict.fromkeys((*names, *more)))

    @property
    def clip(self) -> tuple[int, int]:
        """Number of frames that are trained on together, and the distance between them."""
        if self.model.memory_frames > 1:
            return self.model.memory_frames, 1
        return self.objective.clip_frames, self.objective.clip_spacing

    @model_validator(mode="after")
    def _objective_fits(self) -> Self:
        experts = self.model.fusion == "product_of_experts"
        if experts == (self.objective.kind == "geometric"):
            raise ValueError(
                f"objective.kind {self.objective.kind} does not go with model.fusion "
                f"{self.model.fusion}: experts need a bound, features the geometric loss"
            )
        if experts and (self.objective.clip_frames > 1 or self.objective.reprojection_from < 1.0):
            raise ValueError(
                "objective.clip_frames and reprojection_from need objective.kind geometric"
            )
        if self.model.memory_frames > 1 and self.objective.clip_frames > 1:
            raise ValueError("model.memory_frames and objective.clip_frames exclude each other")
        if self.batch_size < 2 * self.clip[0]:
            raise ValueError("batch_size must hold two clips at least")
        return self

    @model_validator(mode="after")
    def _shifts_can_be_seen(self) -> Self:
        sparse = self.preprocessing.depth_source == "lidar" and self.cached != ("lidar",)
        if self.augmentation.shift_m and sparse:
            raise ValueError(
                "augmentation.shift_m shows images from elsewhere by their depth: it needs depth "
                "images (preprocessing.depth_source image) or the modality lidar alone; set it to 0"
            )
        return self


class NodeConfig(Config):
    """Parameters of the localizer node. Everything that the weights depend on is in the bundle."""

    bundle: str = Field(
        "",
        description="Folder of the model bundle; `~/reload` takes over a new one without a pause.",
        json_schema_extra=_live(),
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
        json_schema_extra=_live("s"),
    )
    tf_rate_hz: float = Field(
        20.0, ge=1.0, le=200.0, description="Rate of the broadcast.", json_schema_extra=_unit("Hz")
    )
    fix_timeout_s: float = Field(
        1.0,
        ge=0.05,
        le=60.0,
        description="Age of the last pose at which the broadcast ends and the robot is lost.",
        json_schema_extra=_live("s"),
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
        json_schema_extra=_live(),
    )
    gate_reacquire: int = Field(
        5,
        ge=1,
        le=1000,
        description="Poses in a row that contradict the odometry and agree with each other after "
        "which they are believed.",
        json_schema_extra=_live(),
    )
    novelty_limit: float = Field(
        1.0,
        ge=0.0,
        le=100.0,
        description="How unlike the training images an image may be, as a multiple of the limit "
        "in the bundle; 0: any image is accepted.",
        json_schema_extra=_live(),
    )
    map_margin_m: float = Field(
        1.0,
        ge=0.0,
        le=1000.0,
        description="How far outside the box of the training positions a pose may be.",
        json_schema_extra=_live("m"),
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
        json_schema_extra=_unit("s"),
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
        json_schema_extra=_live("s"),
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
        json_schema_extra=_live("s"),
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
        json_schema_extra=_live(),
    )
    relocalize_timeout_s: float = Field(
        5.0,
        gt=0.0,
        le=300.0,
        description="How long `~/relocalize` tries.",
        json_schema_extra=_live("s"),
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


ConfigT = TypeVar("ConfigT", bound=Config)


def load_config(path: Path, kind: type[ConfigT], base: Path | None = None) -> ConfigT:
    """Read a YAML file of deviations from the defaults, or from those of another file.

    Args:
        path: the file.
        kind: of settings.
        base: a file of the same kind, whose values count where `path` does not give them.

    Raises:
        ConfigError: unreadable, not a mapping, or a key or value that does not fit.
    """
    data = _read_yaml(path)
    if base is None:
        return parse_config(data, kind, str(path))
    below = _read_yaml(base)
    parse_config(below, kind, str(base))  # an error in it is its own
    _refuse_unknown_keys(data, kind, str(path))
    return parse_config(_merged(below, data), kind, f"{path} on {base}")


def _read_yaml(path: Path) -> Any:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeyLoader)  # a safe loader
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "not a text file"
        raise ConfigError(f"{path}: cannot read the configuration ({reason})") from err
    except yaml.YAMLError as err:
        raise ConfigError(f"{path}: not valid YAML ({_one_line(err)})") from err
    return {} if data is None else data


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of both, those above where both have one, mapping by mapping."""
    both = {
        key: _merged(below[key], value)
        for key, value in above.items()
        if isinstance(value, Mapping) and isinstance(below.get(key), Mapping)
    }
    return {**below, **above, **both}


class _UniqueKeyLoader(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses a key that is given twice: YAML forbids it, and PyYAML takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"'{twice[0]}' is given twice")
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def parse_config(data: Any, kind: type[ConfigT], source: str) -> ConfigT:
    """Check a mapping against a config model; `source` is named in errors."""
    _refuse_unknown_keys(data, kind, source)
    try:
        return kind.model_validate(data)
    except ValidationError as err:
        raise ConfigError(f"{source}: {_first_problem(err)}") from err


def _refuse_unknown_keys(data: Any, kind: type[BaseModel], source: str) -> None:
    if not isinstance(data, Mapping):
        raise ConfigError(f"{source}: expected a mapping of settings, got {type(data).__name__}")
    for path, known in _unknown_keys(data, kind):
        raise ConfigError(f"{source}: {describe_unknown(path, known)}")


def _first_problem(err: ValidationError) -> str:
    first = err.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    # A rule among several settings has the whole mapping as its input: too much for a line.
    got = "" if isinstance(first["input"], Mapping) else f" (got {first['input']!r})"
    return f"{where}: {message}{got}" if where else f"{message}{got}"


def describe_unknown(key: str, known: list[str]) -> str:
    """Return one line that names an unknown key and its nearest valid neighbour."""
    close = difflib.get_close_matches(key.rsplit(".", 1)[-1], known, n=1, cutoff=0.0)
    hint = f"did you mean '{close[0]}'?" if close else "no key is allowed here"
    return f"unknown key '{key}', {hint}"


def _unknown_keys(
    data: Mapping[Any, Any], kind: type[BaseModel], prefix: str = ""
) -> Iterator[tuple[str, list[str]]]:
    for key, value in data.items():
        if key not in kind.model_fields:
            yield f"{prefix}{key}", list(kind.model_fields)
            continue
        inner = kind.model_fields[key].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel) and isinstance(value, Mapping):
            yield from _unknown_keys(value, inner, f"{prefix}{key}.")


def dump_config(config: Config) -> str:
    """Return the full configuration as YAML, every value written out."""
    text: str = yaml.safe_dump(
        config.model_dump(mode="json"), sort_keys=False, default_flow_style=None
    )
    return text


def _one_line(err: Exception) -> str:
    return " ".join(str(err).split())
