"""How a frame becomes network input."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from vmloc_ros.config.base import Config, unit


class LidarConfig(Config):
    """How the points of a spinning lidar become a cylindrical picture (Chen et al. 2017).

    Axes of the lidar: x forward, y left, z up. The first row is the highest, the middle column
    looks forward.
    """

    rows: int = Field(
        32, ge=1, le=512, description="Bins of elevation.", json_schema_extra=unit("px")
    )
    columns: int = Field(
        256, ge=8, le=4096, description="Bins of azimuth.", json_schema_extra=unit("px")
    )
    elevation_min_deg: float = Field(
        -25.0, ge=-90.0, le=90.0, description="Lower edge.", json_schema_extra=unit("deg")
    )
    elevation_max_deg: float = Field(
        15.0, ge=-90.0, le=90.0, description="Upper edge.", json_schema_extra=unit("deg")
    )
    azimuth_deg: float = Field(
        360.0,
        gt=0.0,
        le=360.0,
        description="Field of view about the forward direction; 360: the picture closes.",
        json_schema_extra=unit("deg"),
    )
    range_min_m: float = Field(
        1.0, gt=0.0, description="Nearer returns do not count.", json_schema_extra=unit("m")
    )
    range_max_m: float = Field(
        80.0, gt=0.0, description="Farther returns do not count.", json_schema_extra=unit("m")
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
        256, ge=32, le=1024, description="Input height.", json_schema_extra=unit("px")
    )
    width: int = Field(
        256, ge=32, le=2048, description="Input width.", json_schema_extra=unit("px")
    )
    depth_min_m: float = Field(
        0.3, gt=0.0, description="Nearer returns count as missing.", json_schema_extra=unit("m")
    )
    depth_max_m: float = Field(
        10.0, gt=0.0, description="Farther returns count as missing.", json_schema_extra=unit("m")
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
