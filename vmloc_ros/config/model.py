"""`ModelConfig`: the network."""

from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from vmloc_ros.config.base import Config, unit

Modality = Literal["rgb", "depth", "lidar"]


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
        json_schema_extra=unit("frames"),
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
    def fuses_experts(self) -> bool:
        """Whether the sensors are Gaussian experts, each with a say of its own."""
        return self.fusion == "product_of_experts"

    @property
    def expert_dim(self) -> int:
        """How many numbers each encoder gives."""
        parts = len(self.modalities) if self.fusion == "concatenation" else 1
        return self.latent_dim // parts

    @property
    def expert_log_variance(self) -> float | None:
        """Log variance of the experts before training; None where encoders give features only."""
        return self.initial_log_variance if self.fuses_experts else None

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
        if self.memory_frames > 1 and self.fuses_experts:
            raise ValueError("memory_frames needs features: fusion concatenation or stacked")
        return self
