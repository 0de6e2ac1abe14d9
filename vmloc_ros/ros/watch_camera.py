"""`CameraOnBody`: where the camera sits on the body whose pose a node publishes."""

import logging
from collections.abc import Sequence

import numpy as np
from rclpy.node import Node
from rclpy.parameter_client import AsyncParameterClient
from rclpy.task import Future

from vmloc_ros.errors import ConfigError, VmlocError
from vmloc_ros.pose import Pose
from vmloc_ros.ros.tf2 import Tf2Transforms
from vmloc_ros.ros.transforms import TransformError, Transforms

logger = logging.getLogger(__name__)

CAMERA_ITSELF = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
PARAMETERS = ["base_frame", "extrinsic"]


class CameraOnBody:
    """Asks the localizer for its parameters, and tf where these point there.

    Args:
        node: asks.
        localizer: full name of the node that is asked.
    """

    def __init__(self, node: Node, localizer: str) -> None:
        self._node = node
        self._client = AsyncParameterClient(node, localizer)
        self._asking: Future | None = None
        self._base_frame: str | None = None
        self._fixed: Pose | None = None
        self._transforms: Transforms | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the parameters are known."""
        return self._base_frame is not None

    def ask(self) -> None:
        """Ask, unless that was done; call it now and then, the node may come later."""
        if self.is_answered or self._asking is not None:
            return
        if self._client.services_are_ready():
            self._asking = self._client.get_parameters(PARAMETERS, self._on_answer)

    def place(self, camera_frame: str) -> Pose | None:
        """Return T_body_camera of a camera, or None where it is not known."""
        return self.place_other(camera_frame) if self._fixed is None else self._fixed

    def place_other(self, frame: str) -> Pose | None:
        """Return T_body_frame of another sensor, which only tf knows, or None."""
        if not self._base_frame or self._transforms is None:
            return None
        try:
            return self._transforms.lookup(self._base_frame, frame)
        except TransformError:
            return None

    def _on_answer(self, future: Future) -> None:
        self._asking = None
        result = future.result()
        if result is None or len(result.values) != len(PARAMETERS):
            return
        base_frame, extrinsic = result.values
        self._base_frame = base_frame.string_value
        if not self._base_frame:
            self._fixed = CAMERA_ITSELF
        elif len(extrinsic.double_array_value) == 7:
            self._fixed = self._inverse(extrinsic.double_array_value)
        else:
            self._transforms = self._open_tf()

    def _inverse(self, T_camera_base: Sequence[float]) -> Pose | None:
        try:
            return Pose(np.array(T_camera_base[:3]), np.array(T_camera_base[3:])).inverse()
        except VmlocError as err:
            logger.warning("the camera is not drawn: extrinsic: %s", err)
            return None

    def _open_tf(self) -> Transforms | None:
        try:
            return Tf2Transforms(self._node)
        except ConfigError as err:
            logger.warning("the camera is not drawn: its place on the robot is in tf, and %s", err)
            return None
