"""Decoders of sensor messages, the same for the robot and for bags.

Messages are read by their shape (attributes): those of rclpy and those that rosbags deserialises
both fit. Everything a header claims is checked against the data before anything is allocated; what
does not fit raises `MessageError`.
"""

from vmloc_ros.messages.camera_info import decode_camera, decode_distortion
from vmloc_ros.messages.decoders import BUILTIN, Decoders
from vmloc_ros.messages.frame_set import decode_frame, decode_partial_frame
from vmloc_ros.messages.header import stamp_ns
from vmloc_ros.messages.image import decode_depth_mm, decode_rgb
from vmloc_ros.messages.moving_lidar import MovingLidar
from vmloc_ros.messages.point_cloud import decode_points, decode_sweep

__all__ = [
    "BUILTIN",
    "Decoders",
    "MovingLidar",
    "decode_camera",
    "decode_depth_mm",
    "decode_distortion",
    "decode_frame",
    "decode_partial_frame",
    "decode_points",
    "decode_rgb",
    "decode_sweep",
    "stamp_ns",
]
