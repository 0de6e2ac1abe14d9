"""Judges whether the place of the camera on the robot is known."""

from vmloc_ros.causes import CAUSES
from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import VmlocError
from vmloc_ros.ros.checkup.finding import Finding, error, ok, warn
from vmloc_ros.ros.checkup.observation import Transform

CHECK = "extrinsic"


def needs_transform(config: NodeConfig) -> bool:
    """Say whether the node takes the extrinsic from tf."""
    return bool(config.base_frame) and not config.extrinsic


def judge_extrinsic(
    config: NodeConfig, camera_frame: str, transform: Transform, is_decided: bool
) -> Finding:
    """Say where the pose of the body in the camera comes from.

    Args:
        config: parameters of the node.
        camera_frame: frame_id of the images, else of the bundle.
        transform: what tf knows.
        is_decided: the parameters are those of somebody, not the defaults.
    """
    base, camera = config.base_frame, camera_frame or "CAMERA_FRAME"
    if not base:
        return ok(CHECK, f"base_frame is empty: the pose of {camera} itself is published")
    if config.extrinsic:
        return _judge_numbers(config)
    if transform.is_known:
        return ok(CHECK, f"tf knows {base} in {camera}")
    reason = transform.reason
    if not transform.is_installed:
        reason = f"no parameter for '{base}' in '{camera}', and tf2_ros is not installed"
    message = CAUSES["no_extrinsic"].describe(missing=reason)
    mend = _mend(base, camera, transform)
    return (error if is_decided else warn)(CHECK, message, mend, "no_extrinsic")


def _judge_numbers(config: NodeConfig) -> Finding:
    import numpy as np

    from vmloc_ros.pose import Pose

    try:
        Pose(np.array(config.extrinsic[:3]), np.array(config.extrinsic[3:]))
    except VmlocError as err:
        mend = "extrinsic: [x, y, z, qx, qy, qz, qw], a quaternion of length 1"
        return error(CHECK, f"the parameter extrinsic is no pose: {err}", mend)
    numbers = ", ".join(f"{value:g}" for value in config.extrinsic)
    return ok(CHECK, f"parameter: {config.base_frame} in the camera at [{numbers}]")


def _mend(base: str, camera: str, transform: Transform) -> str:
    numbers = "set extrinsic: [x, y, z, qx, qy, qz, qw], or base_frame: '' for the camera's pose"
    if not transform.is_installed:
        return numbers
    frames = f"--frame-id {base} --child-frame-id {camera}"
    return f"ros2 run tf2_ros static_transform_publisher --x … {frames}; or {numbers}"
