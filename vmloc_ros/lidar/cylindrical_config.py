"""`CylindricalConfig`: the grid of a cylindrical picture."""

from typing import Any

from pydantic import Field, model_validator
from typing_extensions import Self

from vmloc_ros.config import Config


def _unit(name: str) -> dict[str, Any]:
    return {"unit": name}


class CylindricalConfig(Config):
    """How a cloud becomes a cylindrical picture; the defaults are for a 64-beam lidar on a car."""

    rows: int = Field(
        64, ge=1, le=1024, description="Bins of elevation.", json_schema_extra=_unit("px")
    )
    columns: int = Field(
        1024, ge=4, le=8192, description="Bins of azimuth, 360° in all.",
        json_schema_extra=_unit("px"),
    )  # fmt: skip
    up_deg: float = Field(
        3.0, ge=-90.0, le=90.0, description="Elevation of the upper edge.",
        json_schema_extra=_unit("deg"),
    )  # fmt: skip
    down_deg: float = Field(
        -25.0, ge=-90.0, le=90.0, description="Elevation of the lower edge.",
        json_schema_extra=_unit("deg"),
    )  # fmt: skip
    range_min_m: float = Field(
        1.0, gt=0.0, description="Nearer returns (the robot itself) count as missing.",
        json_schema_extra=_unit("m"),
    )  # fmt: skip
    range_max_m: float = Field(
        100.0, gt=0.0, description="Farther returns count as missing.",
        json_schema_extra=_unit("m"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.down_deg >= self.up_deg:
            raise ValueError("down_deg must be less than up_deg")
        if self.range_min_m >= self.range_max_m:
            raise ValueError("range_min_m must be less than range_max_m")
        return self
