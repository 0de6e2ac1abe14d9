"""`Config`: what all settings are."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Config(BaseModel):
    """Base of all settings: immutable, and an unknown key is an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False
    )


def unit(name: str) -> dict[str, Any]:
    """Give a field its unit."""
    return {"unit": name}


def live(name: str = "") -> dict[str, Any]:
    """Mark a parameter of the node that may change while the node works."""
    return {"live": True} | (unit(name) if name else {})
