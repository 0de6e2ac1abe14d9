"""VMLoc on ROS 2: variational multimodal localisation, from synchronised sensors to a pose."""

__version__ = "0.1.0"
