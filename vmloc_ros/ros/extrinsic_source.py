"""`Extrinsic`: the robot's body as seen from the camera, from the parameters or from tf."""

from typing import Protocol

import numpy as np

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import ConfigError, VmlocError
from vmloc_ros.pose import Pose
from vmloc_ros.ros.transforms import TransformError, Transforms

CAMERA_ITSELF = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))

PATIENCE_S = 0.1
"""How long the transform of a moving camera may lag behind its image."""


class Extrinsic(Protocol):
    """Knows where the body is as seen from the camera."""

    @property
    def source(self) -> str:
        """Where the last answer came from: "parameter", "tf" or "camera" (the body itself)."""
        ...

    @property
    def missing(self) -> str:
        """Why the last question had no answer; names both frames."""
        ...

    def at(self, camera_frame: str, stamp_ns: int) -> Pose | None:
        """Return T_camera_body at the time of an image; None while it is not known."""
        ...


class FixedExtrinsic:
    """An extrinsic from the parameters."""

    missing = ""

    def __init__(self, source: str, T_camera_body: Pose) -> None:
        self.source = source
        self._T_camera_body = T_camera_body

    def at(self, camera_frame: str, stamp_ns: int) -> Pose:
        """Return T_camera_body, the same for every image."""
        return self._T_camera_body


class TfExtrinsic:
    """An extrinsic from tf, at the image's stamp. What is static is asked for once.

    The camera is the one that the images name in their frame_id: its place on the robot is what tf
    knows. Where they name none it is the camera they named last, and before that the bundle's. That
    name is from the training recording and may not exist on this robot.

    Call it from a thread of your own: a moving camera is waited for.

    Args:
        transforms: the tree of frames.
        body_frame: whose place is asked for.
        camera_frame: of the bundle.
        alone: nobody else needs `transforms`; they may rest once the answer is static.
    """

    def __init__(
        self, transforms: Transforms, body_frame: str, camera_frame: str, alone: bool = False
    ) -> None:
        self._transforms = transforms
        self._body_frame = body_frame
        self._camera_frame = camera_frame
        self._alone = alone
        self._static: dict[str, Pose] = {}
        self.source = ""
        self.missing = ""

    def at(self, camera_frame: str, stamp_ns: int) -> Pose | None:
        """Return T_camera_body at a time; None while tf does not know it.

        Args:
            camera_frame: of the image of the model's first sensor; empty where that is missing.
            stamp_ns: of the image.
        """
        self._camera_frame = camera_frame or self._camera_frame
        try:
            T_camera_body = self._find(self._camera_frame, stamp_ns)
        except TransformError as err:
            self.source, self.missing = "", str(err)
            return None
        self.source, self.missing = "tf", ""
        return T_camera_body

    def _find(self, camera: str, stamp_ns: int) -> Pose:
        if camera not in self._static:
            latest = self._transforms.lookup(camera, self._body_frame)
            if not self._transforms.is_static(camera, self._body_frame):
                return self._transforms.lookup(camera, self._body_frame, stamp_ns, PATIENCE_S)
            self._static[camera] = latest
            if self._alone:
                self._transforms.rest()
        return self._static[camera]


def fixed_extrinsic(config: NodeConfig) -> FixedExtrinsic | None:
    """Return the extrinsic that the parameters give; None where tf has to be asked.

    Raises:
        ConfigError: `extrinsic` is no pose.
    """
    if not config.base_frame:
        return FixedExtrinsic("camera", CAMERA_ITSELF)
    if not config.extrinsic:
        return None
    try:
        T_camera_body = Pose(np.array(config.extrinsic[:3]), np.array(config.extrinsic[3:]))
    except VmlocError as err:
        raise ConfigError(f"extrinsic: {err}") from err
    return FixedExtrinsic("parameter", T_camera_body)


def make_extrinsic(
    config: NodeConfig, camera_frame: str, transforms: Transforms | None
) -> FixedExtrinsic | TfExtrinsic:
    """Return the extrinsic that the parameters give, else that of tf.

    Args:
        config: the parameters.
        camera_frame: of the bundle.
        transforms: the tree of frames, where it is needed.

    Raises:
        ConfigError: `extrinsic` is no pose.
    """
    fixed = fixed_extrinsic(config)
    if fixed is not None:
        return fixed
    assert transforms is not None, "opened where the extrinsic is taken from tf"
    alone = config.tf_mode == "none" and config.odometry != "tf"
    return TfExtrinsic(transforms, config.base_frame, camera_frame, alone)


def place_unknown(body_frame: str, camera_frame: str) -> str:
    """Say that there is no extrinsic, and what would mend it."""
    return (
        f"the pose of '{body_frame}' in '{camera_frame}' is not known: set extrinsic to its "
        "x y z qx qy qz qw, or base_frame to '' to publish the camera's own pose"
    )
