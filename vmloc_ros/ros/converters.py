"""`choose_decoders`: ROS's own converters, where they are installed and give the package's arrays.

cv_bridge's compiled part does not always fit the NumPy and OpenCV that it meets: it raises, or ends
the process. So a child process tries it before this one imports it.
"""

import importlib.util
import logging
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import ConfigError, MessageError
from vmloc_ros.messages import (
    BUILTIN,
    Decoders,
    decode_depth_mm,
    decode_points,
    decode_rgb,
    decode_sweep,
)
from vmloc_ros.messages.depth import metres_to_mm, valid_mm
from vmloc_ros.messages.encoding import Encoding, read_pixels
from vmloc_ros.messages.image import is_compressed
from vmloc_ros.messages.point_cloud import cloud_layout, points_of, sweep_of, time_field
from vmloc_ros.ros.converter_probe import (
    BRIDGED_COLOUR,
    BRIDGED_DEPTH,
    cloud_difference,
    image_difference,
)
from vmloc_ros.sweeps.sweep import Sweep

logger = logging.getLogger(__name__)

MODULE = "vmloc_ros.ros.converters"
PROBE_TIMEOUT_S = 30.0


def choose_decoders(backend: Literal["auto", "cv_bridge", "builtin"]) -> Decoders:
    """Return what decodes the messages; the arrays are the same whatever is returned.

    Raises:
        ConfigError: cv_bridge is asked for and cannot be used; says why.
    """
    if backend == "builtin":
        return BUILTIN
    try:
        images, images_by = open_bridge(), "cv_bridge"
    except ConfigError as err:
        if backend == "cv_bridge":
            raise ConfigError(
                f"image_backend is 'cv_bridge', but {err}; 'auto' and 'builtin' decode the same "
                "images without it"
            ) from err
        images, images_by = BUILTIN, f"the package itself ({err})"
    try:
        clouds, clouds_by = open_cloud_reader(), "sensor_msgs_py"
    except ConfigError as err:
        clouds, clouds_by = BUILTIN, f"the package itself ({err})"
    logger.info("images are decoded by %s, clouds by %s", images_by, clouds_by)
    return Decoders(images.rgb, images.depth_mm, clouds.points, clouds.sweep)


def open_bridge() -> Decoders:
    """Return decoders of images that use cv_bridge, after a child process has tried it.

    Raises:
        ConfigError: it cannot be used; says why.
    """
    if importlib.util.find_spec("cv_bridge") is None:
        raise ConfigError("cv_bridge is not installed")
    fault = _try_bridge()
    if fault:
        raise ConfigError(f"cv_bridge cannot be used: {fault}")
    try:
        bridge = ImageBridge()
    except Exception as err:  # compiled code: anything can come
        raise ConfigError(f"cv_bridge cannot be used: {err}") from err
    return Decoders(rgb=bridge.rgb, depth_mm=bridge.depth_mm)


def open_cloud_reader() -> Decoders:
    """Return decoders of clouds that use sensor_msgs_py.

    Raises:
        ConfigError: it cannot be used; says why.
    """
    if importlib.util.find_spec("sensor_msgs_py") is None:
        raise ConfigError("sensor_msgs_py is not installed")
    try:
        reader = CloudReader()
        fault = cloud_difference(reader.read)
    except Exception as err:  # not only ImportError comes from a package that does not fit
        raise ConfigError(f"sensor_msgs_py cannot be used: {err}") from err
    if fault:
        raise ConfigError(f"sensor_msgs_py cannot be used: {fault}")
    return Decoders(points=reader.points, sweep=reader.sweep)


class ImageBridge:
    """cv_bridge, for those raw images that it reads as the package does: rows without padding."""

    def __init__(self) -> None:
        from cv_bridge import CvBridge  # may end the process: only after the probe

        self._bridge = CvBridge()

    def rgb(self, msg: Any) -> NDArray[np.uint8]:
        """Decode a colour image as `decode_rgb` does."""
        if not _is_plain(msg, BRIDGED_COLOUR):
            return decode_rgb(msg)
        return np.ascontiguousarray(self._convert(msg, "rgb8"))

    def depth_mm(self, msg: Any) -> NDArray[np.uint16]:
        """Decode a depth image as `decode_depth_mm` does."""
        if not _is_plain(msg, BRIDGED_DEPTH):
            return decode_depth_mm(msg)
        pixels = self._convert(msg, "passthrough")
        return metres_to_mm(pixels) if msg.encoding == "32FC1" else valid_mm(pixels)

    def _convert(self, msg: Any, encoding: str) -> NDArray[Any]:
        try:
            pixels: NDArray[Any] = self._bridge.imgmsg_to_cv2(msg, encoding)
        except Exception as err:  # compiled code: anything can come
            raise MessageError(f"cv_bridge cannot read a {msg.encoding} image: {err}") from err
        return pixels


class CloudReader:
    """sensor_msgs_py, for those clouds that it reads as the package does.

    It knows no padding between rows, and swaps the bytes of a big-endian message in the message.
    """

    def __init__(self) -> None:
        from sensor_msgs_py.point_cloud2 import read_points

        self._read_points = read_points

    def points(self, msg: Any) -> NDArray[np.float32]:
        """Decode a cloud as `decode_points` does."""
        if not _is_packed(msg):
            return decode_points(msg)
        try:
            return self.read(msg)
        except Exception:  # noqa: BLE001  # it insists on fields that the package does not read
            return decode_points(msg)

    def sweep(self, msg: Any) -> Sweep:
        """Decode a cloud as `decode_sweep` does."""
        if not _is_packed(msg):
            return decode_sweep(msg)
        try:
            return self.read_sweep(msg)
        except Exception:  # noqa: BLE001  # as above; an error of the message comes once more
            return decode_sweep(msg)

    def read(self, msg: Any) -> NDArray[np.float32]:
        """Read a cloud with sensor_msgs_py, which may raise anything."""
        names = list(cloud_layout(msg).fields)
        values = self._read_points(msg, field_names=names)
        return points_of([values[name] for name in names])

    def read_sweep(self, msg: Any) -> Sweep:
        """Read a cloud with the times of its points, as `read` does."""
        names, field = list(cloud_layout(msg).fields), time_field(msg)
        wanted = names if field is None else [*names, field.name]
        values = self._read_points(msg, field_names=wanted)
        times = None if field is None else values[field.name]
        return sweep_of(msg, [values[name] for name in names], field, times)


def _is_packed(msg: Any) -> bool:
    layout = cloud_layout(msg)
    return layout.byte_order == "<" and layout.row_step == layout.width * layout.point_step


def _is_plain(msg: Any, bridged: Mapping[str, Encoding]) -> bool:
    """Whether cv_bridge is to read an image; it does not check what the header claims."""
    if is_compressed(msg) or str(msg.encoding) not in bridged:
        return False
    return read_pixels(msg, bridged[str(msg.encoding)]).flags.c_contiguous


def _try_bridge() -> str:
    """Let a child process convert images with cv_bridge; say what went wrong, if anything."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", MODULE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it did not convert an image within {PROBE_TIMEOUT_S:g} s"
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return f"it crashed ({name}), as it does under another NumPy than it was built for"
    said = done.stderr.decode(errors="replace").split("\n")
    return next((line for line in reversed(said) if line), "") if done.returncode else ""


def main() -> int:
    """Try cv_bridge in this process; the last line on stderr says what is wrong with it."""
    try:
        bridge = ImageBridge()
        fault = image_difference(Decoders(rgb=bridge.rgb, depth_mm=bridge.depth_mm))
    except Exception as err:  # noqa: BLE001  # the parent is to hear of it, whatever it is
        fault = f"{type(err).__name__}: {err}"
    sys.stderr.write(f"\n{' '.join(fault.split())}")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
