"""How a lens bends the picture of a pinhole camera."""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial


@dataclass(frozen=True, slots=True)
class Distortion:
    """Radial and tangential distortion, in the order of OpenCV and of sensor_msgs/CameraInfo.

    With x, y = X/Z, Y/Z of a point in the optical frame and s = x² + y², the lens shows it at

        q  = (1 + k1 s + k2 s² + k3 s³) / (1 + k4 s + k5 s² + k6 s³)
        x' = q x + 2 p1 x y + p2 (s + 2 x²)
        y' = q y + p1 (s + 2 y²) + 2 p2 x y

    `plumb_bob` has the first five numbers, `rational_polynomial` all eight.
    """

    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0
    k4: float = 0.0
    k5: float = 0.0
    k6: float = 0.0

    def squared_limit(self) -> float:
        """Return the s up to which the formula holds; infinity where it holds everywhere.

        Beyond it a point farther out is shown farther in: the polynomial was fitted to the picture
        and says nothing of what lies outside. This is where √s q(s) stops growing, or has a pole.
        """
        s = Polynomial([0.0, 1.0])
        top = Polynomial([1.0, self.k1, self.k2, self.k3])
        bottom = Polynomial([1.0, self.k4, self.k5, self.k6])
        growth = (top + 2.0 * s * top.deriv()) * bottom - 2.0 * s * top * bottom.deriv()
        roots = np.concatenate([polynomial.trim().roots() for polynomial in (growth, bottom)])
        real = roots.real[np.abs(roots.imag) <= 1e-9 * np.abs(roots)]
        return float(min(real[real > 0.0], default=np.inf))
