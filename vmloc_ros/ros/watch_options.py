"""`WatchOptions`: the command line of `python -m vmloc_ros.ros.watch`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field

from vmloc_ros.viewer.options import ViewerOptions, add_viewer_options


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What to show. Names of topics are relative to the namespace; an empty one leaves it out."""

    view: ViewerOptions = field(default_factory=ViewerOptions)
    namespace: str = ""
    node_name: str = "vmloc"
    image: str = "camera/image"
    camera_info: str = "camera/camera_info"
    depth: str = "depth/image"
    points: str = "lidar/points"
    pose: str = ""
    """Empty: `pose_with_covariance` of the node."""
    ground_truth: str = "/ground_truth/pose"

    @property
    def pose_topic(self) -> str:
        """The topic of the poses."""
        return self.pose or f"{self.node_name}/pose_with_covariance"

    @property
    def path_topic(self) -> str:
        """The topic of the way so far."""
        return f"{self.node_name}/path"

    @property
    def lidar_image_topic(self) -> str:
        """The topic of the lidar's picture."""
        return f"{self.node_name}/debug/lidar_image"

    @property
    def node(self) -> str:
        """Full name of the node."""
        return "/".join(["", *filter(None, self.namespace.split("/")), self.node_name])


def parse_options(args: Sequence[str]) -> WatchOptions:
    """Read the command line.

    Raises:
        ConfigError: a value that cannot be used.
    """
    given = _parser().parse_args(args)
    return WatchOptions(
        view=ViewerOptions.of(given),
        namespace=given.namespace,
        node_name=given.node_name,
        image=given.image,
        camera_info=given.camera_info,
        depth=given.depth,
        points=given.points,
        pose=given.pose,
        ground_truth=given.ground_truth,
    )


def _parser() -> argparse.ArgumentParser:
    default = WatchOptions()
    parser = argparse.ArgumentParser(
        "vmloc watch",
        description="Show a running localizer with rerun.",
        epilog="A recording, without ROS: vmloc watch RECORDING --bundle BUNDLE (--help).",
    )
    add_viewer_options(parser)
    add = parser.add_argument
    add("--namespace", default=default.namespace, metavar="/NS", help="namespace of the node")
    add("--node-name", default=default.node_name, metavar="NAME", help="its name (%(default)s)")
    topics = {
        "image": "colour image; NAME/compressed is taken as such",
        "camera-info": "intrinsics",
        "depth": "depth image; NAME/compressedDepth is taken as such",
        "points": "point cloud of a lidar",
        "ground-truth": "true pose of the camera",
    }
    for name, meaning in topics.items():
        topic = getattr(default, name.replace("-", "_"))
        add(f"--{name}", default=topic, metavar="TOPIC", help=f"{meaning} (%(default)s)")
    add("--pose", default=default.pose, metavar="TOPIC", help="(NODE/pose_with_covariance)")
    return parser
