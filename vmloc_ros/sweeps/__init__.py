"""Sweeps of a lidar that moves: each point where it is seen from the lidar at one moment."""

from vmloc_ros.sweeps.sweep import Sweep

__all__ = ["Sweep"]
