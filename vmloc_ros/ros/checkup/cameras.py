"""Judges what the cameras say of themselves: sizes and frames that have to belong together."""

from collections.abc import Iterator, Sequence

from vmloc_ros.ros.checkup.finding import Finding, error, warn
from vmloc_ros.ros.checkup.observation import Hearing, Sample
from vmloc_ros.ros.checkup.requirements import CAMERA_INFO


def judge_cameras(hearings: Sequence[Hearing], camera_frame: str) -> Iterator[Finding]:
    """Compare image, calibration and bundle.

    Args:
        hearings: what was heard.
        camera_frame: optical frame of the bundle, empty where none is known.
    """
    samples = {h.wanted.stream: h.sample for h in hearings if h.sample is not None}
    first = next((stream for stream in ("rgb", "depth") if stream in samples), "")
    if not first:
        return
    image, info = samples[first], samples.get(CAMERA_INFO)
    topics = {hearing.wanted.stream: hearing.wanted.topic for hearing in hearings}
    if info is not None:
        yield from _judge_calibration(topics[CAMERA_INFO], info, topics[first], image)
    if camera_frame and image.frame_id and image.frame_id != camera_frame:
        yield warn(
            first,
            f"{topics[first]}: frame {image.frame_id}; the bundle was trained on {camera_frame}",
            "fine if both name the optical frame of the same camera; else use that camera",
        )


def _judge_calibration(
    info_topic: str, info: Sample, image_topic: str, image: Sample
) -> Iterator[Finding]:
    mend = f"name the camera_info that belongs to {image_topic}: --camera-info TOPIC"
    if info.size and image.size and info.size != image.size:
        yield error(
            CAMERA_INFO,
            f"{info_topic} is of an image of {_size(info.size)}; {image_topic} is "
            f"{_size(image.size)}",
            mend,
        )
    if info.frame_id and image.frame_id and info.frame_id != image.frame_id:
        yield warn(
            CAMERA_INFO,
            f"{info_topic}: frame {info.frame_id}; that of {image_topic} is {image.frame_id}",
            mend,
        )


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
