"""`Light`: the hour of the day."""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.random import Generator

from training.recordings.triangles import Floats

Colour = tuple[float, float, float]
"""Linear red, green, blue."""

CLOUDY = 0.6
"""Share of the sun's light that clouds take at most."""
AZIMUTH_RANGE_DEG, EXPOSURE_RANGE = 40.0, 0.12


@dataclass(frozen=True, slots=True)
class Light:
    """Sky, sun and lamps, and how the camera copes with them."""

    zenith: Colour
    horizon: Colour
    clouds: Colour
    ambient: Colour
    """Light from the sky on what lies open to it."""
    sun: Colour
    """Black when it is down."""
    azimuth_deg: float
    """Of the sun, counterclockwise from east."""
    elevation_deg: float
    lamps: float
    """Share of street lamps, lit windows and headlights in their full light; 0 by day."""
    exposure: float
    noise_levels: float

    @property
    def to_sun(self) -> Floats:
        """Unit vector (3,) towards the sun."""
        azimuth, elevation = np.deg2rad([self.azimuth_deg, self.elevation_deg])
        flat = np.cos(elevation)
        way = [flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)]
        return np.array(way, np.float32)

    def varied(self, rng: Generator) -> "Light":
        """Return the same hour of another day: other clouds, sun and exposure."""
        dimmed = 1.0 - CLOUDY * float(rng.random())
        red, green, blue = self.sun
        return replace(
            self,
            sun=(red * dimmed, green * dimmed, blue * dimmed),
            azimuth_deg=self.azimuth_deg + float(rng.uniform(-1.0, 1.0)) * AZIMUTH_RANGE_DEG,
            exposure=self.exposure * (1.0 + float(rng.uniform(-1.0, 1.0)) * EXPOSURE_RANGE),
        )


LIGHTS = MappingProxyType(
    {
        "day": Light(
            zenith=(0.26, 0.44, 0.80),
            horizon=(0.72, 0.80, 0.88),
            clouds=(0.90, 0.91, 0.93),
            ambient=(0.40, 0.44, 0.50),
            sun=(1.00, 0.94, 0.82),
            azimuth_deg=-110.0,
            elevation_deg=48.0,
            lamps=0.0,
            exposure=1.3,
            noise_levels=2.0,
        ),
        "dusk": Light(
            zenith=(0.05, 0.08, 0.20),
            horizon=(0.62, 0.28, 0.14),
            clouds=(0.30, 0.17, 0.17),
            ambient=(0.10, 0.10, 0.15),
            sun=(0.42, 0.18, 0.07),
            azimuth_deg=165.0,
            elevation_deg=9.0,
            lamps=0.6,
            exposure=1.5,
            noise_levels=4.0,
        ),
        "night": Light(
            zenith=(0.002, 0.003, 0.008),
            horizon=(0.014, 0.013, 0.018),
            clouds=(0.010, 0.009, 0.011),
            ambient=(0.006, 0.007, 0.011),
            sun=(0.0, 0.0, 0.0),
            azimuth_deg=0.0,
            elevation_deg=45.0,
            lamps=1.0,
            exposure=1.5,
            noise_levels=8.0,
        ),
    }
)
