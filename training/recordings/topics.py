"""`Topics`: the names of the topics of a bag, and which of a bag's topics take those roles."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields

from training.recordings.truth_source import TruthSource
from vmloc_ros.errors import RecordingError

logger = logging.getLogger(__name__)

IMAGE = "sensor_msgs/msg/Image"
COMPRESSED_IMAGE = "sensor_msgs/msg/CompressedImage"
CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
POINT_CLOUD = "sensor_msgs/msg/PointCloud2"
TRANSFORMS = "tf2_msgs/msg/TFMessage"
POSE = "geometry_msgs/msg/PoseStamped"
POSES = (
    POSE,
    "geometry_msgs/msg/PoseWithCovarianceStamped",
    "nav_msgs/msg/Odometry",
    "geometry_msgs/msg/TransformStamped",
    TRANSFORMS,
)
"""What can tell where the camera was."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Names of topics; an empty name leaves that sensor out."""

    image: str = "/camera/image"
    camera_info: str = "/camera/camera_info"
    depth: str = "/depth/image"
    points: str = "/lidar/points"
    tf_static: str = "/tf_static"
    ground_truth: str = "/ground_truth/pose"
    """Poses of the camera's optical frame in map, see `CameraPoses`; or a file, see
    `TruthSource`."""

    def resolve(self, types: Mapping[str, str], bag: str) -> "Topics":
        """Find the topics in a bag; the roles that it lacks get an empty name.

        Where a default name is missing, the only topic of the right type and kind takes its place
        (a depth image has "depth" in its name, a colour image has not). For the ground truth that
        is a PoseStamped; poses of other types may be an odometry's, and have to be named.

        Args:
            types: the message type of each topic in the bag.
            bag: named in errors.

        Raises:
            RecordingError: no image at all, several that could be meant, or a topic that was
                named but is missing or of another type.
        """
        names = {
            role.name: _find(role.name, getattr(self, role.name), types, bag)
            for role in fields(self)
        }
        if not names["camera_info"] and self.camera_info:
            sibling = names["image"].rpartition("/")[0] + "/camera_info"
            names["camera_info"] = sibling if types.get(sibling) == CAMERA_INFO else ""
        if not names["image"] and not names["depth"]:
            raise RecordingError(
                f"{bag}: no camera: expected {IMAGE} on {self.image or self.depth}; "
                + describe(types)
            )
        return Topics(**names)


def is_rectified(topic: str) -> bool:
    """Say whether an image is rectified by its name, as `image_rect_color` or `rectified/image`.

    A `CameraInfo` goes with the raw image and with the rectified one, and does not tell.
    """
    return any(part.startswith(("image_rect", "rect")) for part in topic.split("/"))


def describe(types: Mapping[str, str]) -> str:
    """List the topics of a bag for an error."""
    return "its topics: " + (", ".join(f"{n} ({t})" for n, t in sorted(types.items())) or "none")


_TYPES = {
    "image": (IMAGE, COMPRESSED_IMAGE),
    "camera_info": (CAMERA_INFO,),
    "depth": (IMAGE, COMPRESSED_IMAGE),
    "points": (POINT_CLOUD,),
    "tf_static": (TRANSFORMS,),
    "ground_truth": (POSE,),  # for guesses; what is named may be any of POSES
}
_SENSORS = ("image", "depth", "points")
"""For these a wrong guess would change the frames: several candidates are an error."""


def _find(role: str, name: str, types: Mapping[str, str], bag: str) -> str:
    if not name:
        return ""
    if role == "ground_truth" and name != Topics().ground_truth:
        return _find_truth(TruthSource(name), types, bag)
    if name in types:
        if types[name] not in _TYPES[role]:
            wanted = " or ".join(_TYPES[role])
            raise RecordingError(f"{bag}: {name} is {types[name]}, but {role} must be {wanted}")
        return name
    if name != getattr(Topics(), role):
        raise RecordingError(f"{bag}: no topic {name} ({role}); {describe(types)}")
    return _only_candidate(role, types, bag)


def _find_truth(source: TruthSource, types: Mapping[str, str], bag: str) -> str:
    """Check a ground truth that was named."""
    if source.file is not None or types.get(source.topic) in POSES:
        return source.text
    what = f"is {types[source.topic]}" if source.topic in types else "is not in the bag"
    candidates = {name: kind for name, kind in types.items() if kind in POSES}
    raise RecordingError(
        f"{bag}: {source.topic} {what}; ground truth is a .tum file or one of "
        + (", ".join(f"{n} ({t})" for n, t in sorted(candidates.items())) or "no topic here")
    )


def _only_candidate(role: str, types: Mapping[str, str], bag: str) -> str:
    for wanted in _TYPES[role]:  # a raw image goes before its compressed copy
        candidates = [n for n, kind in types.items() if kind == wanted and _fits(role, n)]
        if len(candidates) == 1:
            logger.info("%s: taking %s as %s", bag, candidates[0], role)
            return candidates[0]
        if candidates and role in _SENSORS:
            raise RecordingError(
                f"{bag}: which topic is {role}: {', '.join(sorted(candidates))}? Name one of "
                f"them; {describe(types)}"
            )
    return ""


def _fits(role: str, name: str) -> bool:
    if role in ("image", "depth"):
        return ("depth" in name.lower()) == (role == "depth")
    if role == "ground_truth":  # the localizer's own answers are no truth
        return not name.startswith("/vmloc/")
    return role != "tf_static" or name.endswith("/tf_static")
