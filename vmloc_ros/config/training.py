"""`TrainConfig`: all of a training."""

from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from vmloc_ros.config.base import Config, unit
from vmloc_ros.config.inputs import PreprocessingConfig
from vmloc_ros.config.model import ModelConfig


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
        0.34,
        ge=0.0,
        le=1.0,
        description="Probability that a frame keeps all modalities (Eq. 18; 0.6 in the paper); "
        "otherwise it keeps one, each with the same probability.",
    )
    modality_dropout: Literal["expected", "drawn"] = Field(
        "expected",
        description="expected: each frame is learned with all its modalities and with each alone, "
        "weighted by these probabilities; drawn: with one choice that is drawn, as in the paper. "
        "Features (model.fusion other than product_of_experts) are always learned with draws.",
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
        json_schema_extra=unit("frames"),
    )
    clip_spacing: int = Field(
        10,
        ge=1,
        description="Distance between the frames of such a clip.",
        json_schema_extra=unit("frames"),
    )
    relative_weight: float = Field(
        1.0, ge=0.0, description="Weight α of those relative poses (MapNet, Eq. 2)."
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
        json_schema_extra=unit("deg"),
    )
    yaw_deg: float = Field(
        0.0,
        ge=0.0,
        le=30.0,
        description="Largest virtual yaw, composed with the pose.",
        json_schema_extra=unit("deg"),
    )
    pitch_deg: float = Field(
        0.0,
        ge=0.0,
        le=30.0,
        description="Largest virtual pitch, composed with the pose.",
        json_schema_extra=unit("deg"),
    )
    shift_m: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        description="Largest virtual shift along each axis of the camera, composed with the pose. "
        "Images are seen from there by their depth: needs depth images, or the lidar alone.",
        json_schema_extra=unit("m"),
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
        json_schema_extra=unit("m"),
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
        10, ge=1, description="Length of a held-out block.", json_schema_extra=unit("frames")
    )
    guard_frames: int = Field(
        2,
        ge=0,
        description="Frames left out of training on both sides of a block.",
        json_schema_extra=unit("frames"),
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
        64, ge=2, description="Frames a step, on each device.", json_schema_extra=unit("frames")
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
        experts = self.model.fuses_experts
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
        if self.objective.clip_frames > 1 and self.objective.rotation_error == "quaternion":
            raise ValueError("objective.clip_frames compares log-quaternions: see rotation_error")
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
