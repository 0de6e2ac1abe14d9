"""`FrameMessages`: frames and poses as ROS messages, the reverse of `vmloc_ros.messages`."""

from dataclasses import astuple
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.typesys.store import Typestore

from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Pose

NS_PER_S = 1_000_000_000
MAX_SECONDS = 2**31 - 1

_FLOAT32 = 7
"""sensor_msgs/PointField.FLOAT32"""


class FrameMessages:
    """Makes messages of one moment.

    Args:
        store: the types that rosbags knows.
        stamp_ns: stamp of all the messages.

    Raises:
        RecordingError: the stamp cannot stand in a message.
    """

    def __init__(self, store: Typestore, stamp_ns: int) -> None:
        if not 0 < stamp_ns <= MAX_SECONDS * NS_PER_S:
            raise RecordingError(
                f"stamp {stamp_ns} ns does not fit a message: 1 ns to {MAX_SECONDS} s are possible"
            )
        self._types = store.types
        self._stamp_ns = stamp_ns

    def rgb(self, rgb: NDArray[np.uint8], frame_id: str) -> Any:
        """Return (H, W, 3) as sensor_msgs/Image, rgb8."""
        return self._image(rgb, "rgb8", frame_id)

    def depth(self, depth_mm: NDArray[np.uint16], frame_id: str) -> Any:
        """Return (H, W) millimetres as sensor_msgs/Image, 16UC1."""
        return self._image(depth_mm.astype("<u2", copy=False), "16UC1", frame_id)

    def camera_info(self, camera: Camera, frame_id: str) -> Any:
        """Return sensor_msgs/CameraInfo of the raw image."""
        K, lens = camera.matrix(), np.array(astuple(camera.distortion or Distortion()))
        is_plumb_bob = not lens[5:].any()
        return self._new(
            "sensor_msgs/msg/CameraInfo",
            header=self._header(frame_id),
            height=camera.height,
            width=camera.width,
            distortion_model="plumb_bob" if is_plumb_bob else "rational_polynomial",
            d=lens[:5] if is_plumb_bob else lens,
            k=K.ravel(),
            r=np.eye(3).ravel(),
            p=np.column_stack([K, np.zeros(3)]).ravel(),
            binning_x=0,
            binning_y=0,
            roi=self._new(
                "sensor_msgs/msg/RegionOfInterest",
                x_offset=0,
                y_offset=0,
                height=0,
                width=0,
                do_rectify=False,
            ),
        )

    def points(self, points: NDArray[np.float32], frame_id: str) -> Any:
        """Return (N, 4) as sensor_msgs/PointCloud2 with x, y, z, intensity."""
        names = ("x", "y", "z", "intensity")
        return self._new(
            "sensor_msgs/msg/PointCloud2",
            header=self._header(frame_id),
            height=1,
            width=len(points),
            fields=[
                self._new(
                    "sensor_msgs/msg/PointField",
                    name=name,
                    offset=4 * column,
                    datatype=_FLOAT32,
                    count=1,
                )
                for column, name in enumerate(names)
            ],
            is_bigendian=False,
            point_step=16,
            row_step=16 * len(points),
            data=_bytes(points.astype("<f4", copy=False)),
            is_dense=True,
        )

    def transform(self, T_parent_child: Pose, parent: str, child: str) -> Any:
        """Return tf2_msgs/TFMessage with one transform."""
        return self._new(
            "tf2_msgs/msg/TFMessage",
            transforms=[
                self._new(
                    "geometry_msgs/msg/TransformStamped",
                    header=self._header(parent),
                    child_frame_id=child,
                    transform=self._new(
                        "geometry_msgs/msg/Transform",
                        translation=self._vector("Vector3", T_parent_child.position),
                        rotation=self._quaternion(T_parent_child),
                    ),
                )
            ],
        )

    def pose(self, pose: Pose, frame_id: str) -> Any:
        """Return geometry_msgs/PoseStamped."""
        return self._new(
            "geometry_msgs/msg/PoseStamped",
            header=self._header(frame_id),
            pose=self._new(
                "geometry_msgs/msg/Pose",
                position=self._vector("Point", pose.position),
                orientation=self._quaternion(pose),
            ),
        )

    def _image(self, image: NDArray[Any], encoding: str, frame_id: str) -> Any:
        height, width = image.shape[:2]
        data = _bytes(image)
        return self._new(
            "sensor_msgs/msg/Image",
            header=self._header(frame_id),
            height=height,
            width=width,
            encoding=encoding,
            is_bigendian=0,
            step=data.size // height,
            data=data,
        )

    def _header(self, frame_id: str) -> Any:
        sec, nanosec = divmod(self._stamp_ns, NS_PER_S)
        stamp = self._new("builtin_interfaces/msg/Time", sec=sec, nanosec=nanosec)
        return self._new("std_msgs/msg/Header", stamp=stamp, frame_id=frame_id)

    def _vector(self, kind: str, xyz: NDArray[np.float64]) -> Any:
        x, y, z = xyz.tolist()
        return self._new(f"geometry_msgs/msg/{kind}", x=x, y=y, z=z)

    def _quaternion(self, pose: Pose) -> Any:
        x, y, z, w = pose.quat_xyzw.tolist()
        return self._new("geometry_msgs/msg/Quaternion", x=x, y=y, z=z, w=w)

    def _new(self, kind: str, **values: Any) -> Any:
        make: Any = self._types[kind]
        return make(**values)


def _bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
