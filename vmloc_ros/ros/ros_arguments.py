"""`split_ros_arguments`: which words of a command line are for ROS."""

from collections.abc import Sequence

BEGIN, END = "--ros-args", "--"


def split_ros_arguments(args: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate a program's own arguments from those between --ros-args and --.

    --ros-args stays with what is for ROS; the -- that ends it belongs to nobody.
    """
    own: list[str] = []
    for_ros: list[str] = []
    taker = own
    for word in args:
        if word == BEGIN:
            taker = for_ros
        if word == END and taker is for_ros:
            taker = own
            continue
        taker.append(word)
    return own, for_ros
