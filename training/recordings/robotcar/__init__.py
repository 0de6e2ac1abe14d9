"""The Oxford RobotCar data set as it is downloaded: drives through Oxford, one folder each.

Everything that is known here about its formats comes from its documentation
(robotcar-dataset.robots.ox.ac.uk/documentation) and from the tools that its authors publish
(github.com/ori-mrg/robotcar-dataset-sdk). `docs/robotcar.md` is the way from the download to a
trained model.

Frames:
    vehicle  x forward, y right, z down, at the stereo camera (the data set's own)
    ins      the same axes at the inertial unit
    image    optical: x right, y down, z forward
    base     x forward, y left, z up (REP-103), at the origin of vehicle; the points of a `Frame`
    map      x east, y north, z up (REP-103), metres, UTM zone 30U without an offset
"""

from training.recordings.robotcar.recording import RobotCarRecording, is_robotcar

__all__ = ["RobotCarRecording", "is_robotcar"]
