"""`Lens`: where a distorting lens puts a ray in the image, by the three models of ROS."""

from dataclasses import dataclass, field
from typing import Literal

import torch
from numpy.polynomial import Polynomial
from torch import Tensor

from vmloc_ros.errors import MessageError

LensModel = Literal["plumb_bob", "rational_polynomial", "equidistant"]

_COUNTS: dict[str, int] = {"plumb_bob": 5, "rational_polynomial": 8, "equidistant": 4}


@dataclass(frozen=True, slots=True)
class Lens:
    """Distortion as in `sensor_msgs/CameraInfo`: the name of the model and its coefficients.

    plumb_bob k1 k2 p1 p2 k3, rational_polynomial k1 k2 p1 p2 k3 k4 k5 k6, equidistant (fisheye)
    k1 k2 k3 k4, all as in OpenCV.

    Raises:
        MessageError: another model, or another number of coefficients than the model has.
    """

    model: LensModel
    coefficients: tuple[float, ...]
    _reach: float = field(init=False, repr=False, compare=False)
    """Where the polynomial turns back, squared. Farther out it would fold rays into the image that
    the lens never saw: this is radius² of the ray at depth 1, equidistant angle²."""

    def __post_init__(self) -> None:
        if self.model not in _COUNTS:
            raise MessageError(f"no lens model '{self.model}'; known: {', '.join(_COUNTS)}")
        if len(self.coefficients) != _COUNTS[self.model]:
            raise MessageError(
                f"the lens model {self.model} has {_COUNTS[self.model]} coefficients, "
                f"got {len(self.coefficients)}"
            )
        object.__setattr__(self, "_reach", _first_root(self._slope()))

    def distort(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Bend rays (x, y, 1), each (N,); NaN where the lens does not reach."""
        radius_squared = x * x + y * y
        if self.model == "equidistant":
            scale = self._fisheye_scale(radius_squared)
            return x * scale, y * scale
        scale = self._radial_scale(radius_squared)
        p1, p2 = self.coefficients[2:4]
        cross = 2.0 * x * y
        return (
            x * scale + p1 * cross + p2 * (radius_squared + 2.0 * x * x),
            y * scale + p2 * cross + p1 * (radius_squared + 2.0 * y * y),
        )

    def _radial_scale(self, radius_squared: Tensor) -> Tensor:
        numerator, denominator = self._radial()
        scale = _value(numerator, radius_squared) / _value(denominator, radius_squared)
        return torch.where(radius_squared < self._reach, scale, torch.nan)

    def _fisheye_scale(self, radius_squared: Tensor) -> Tensor:
        radius = radius_squared.sqrt()
        angle = torch.atan(radius)
        angle_squared = angle * angle
        bent = angle * _value(self._angular(), angle_squared)
        scale = torch.where(radius > 0.0, bent / radius, 1.0)
        return torch.where(angle_squared < self._reach, scale, torch.nan)

    def _radial(self) -> tuple[Polynomial, Polynomial]:
        """Return numerator and denominator of the radial scale, in radius²."""
        k1, k2, _, _, k3, k4, k5, k6 = (*self.coefficients, 0.0, 0.0, 0.0)[:8]
        return Polynomial([1.0, k1, k2, k3]), Polynomial([1.0, k4, k5, k6])

    def _angular(self) -> Polynomial:
        """Return the scale of the angle, in angle²."""
        return Polynomial([1.0, *self.coefficients])

    def _slope(self) -> Polynomial:
        """Return what has the sign of d(bent radius) / d(radius), in the square of the radius."""
        s = Polynomial([0.0, 1.0])
        if self.model == "equidistant":
            scale = self._angular()
            return scale + 2.0 * s * scale.deriv()
        numerator, denominator = self._radial()
        turn = numerator.deriv() * denominator - numerator * denominator.deriv()
        return (numerator * denominator + 2.0 * s * turn) * denominator


def _value(polynomial: Polynomial, s: Tensor) -> Tensor:
    """Evaluate by Horner's rule."""
    *lower, highest = (float(coefficient) for coefficient in polynomial.coef)
    value = torch.full_like(s, highest)
    for coefficient in reversed(lower):
        value = value * s + coefficient
    return value


def _first_root(polynomial: Polynomial) -> float:
    """Return the least root above 0, infinity if there is none."""
    roots = polynomial.trim().roots()
    positive = [root.real for root in roots if abs(root.imag) < 1e-9 and root.real > 0.0]
    return float(min(positive, default=float("inf")))
