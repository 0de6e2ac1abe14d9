"""`sensor_sets`: which sensors suffice for a pose."""

from vmloc_ros.bundle import BundleDescription
from vmloc_ros.calibration import key, subsets


def sensor_sets(description: BundleDescription) -> tuple[frozenset[str], ...]:
    """Return the sets of sensors whose modalities the bundle has a calibration for together.

    Two modalities may be made from one sensor: depth and picture of a lidar.
    """
    sensors, calibrated = description.sensors, description.calibration.sigma
    return tuple(
        frozenset(there)
        for there in subsets(sensors)
        if key(_modalities(description, there)) in calibrated
    )


def _modalities(description: BundleDescription, sensors: tuple[str, ...]) -> list[str]:
    """Return the modalities that can be made from these sensors."""
    of = description.preprocessing.sensors
    return [name for name in description.model.modalities if of((name,))[0] in sensors]
