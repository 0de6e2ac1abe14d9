"""Sweeps of a lidar that moves: each point where it is seen from the lidar at one moment.

A `Sweep` says when its points were seen, a `Motion` where the lidar was then; `deskew` brings one
to the moment of an image, a `SweepAssembler` several.
"""

from vmloc_ros.sweeps.deskewing import deskew
from vmloc_ros.sweeps.motion import Motion, MotionSource
from vmloc_ros.sweeps.mounted_motion import MountedMotion, MountedSource
from vmloc_ros.sweeps.pose_track import PoseTrack
from vmloc_ros.sweeps.poses import Poses
from vmloc_ros.sweeps.rate_integrator import RateIntegrator
from vmloc_ros.sweeps.sweep import Sweep
from vmloc_ros.sweeps.sweep_assembler import SweepAssembler

__all__ = [
    "Motion",
    "MotionSource",
    "MountedMotion",
    "MountedSource",
    "PoseTrack",
    "Poses",
    "RateIntegrator",
    "Sweep",
    "SweepAssembler",
    "deskew",
]
