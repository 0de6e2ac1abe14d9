from collections.abc import Callable

import cv2
import numpy as np
import pytest

from training.corruptions.depth_holes import DepthHoles
from vmloc_ros.frame import Frame


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_the_holes_cover_the_share_that_is_asked_for(
    frame_of: Callable[..., Frame], share: float
) -> None:
    image = np.full((480, 640), 1234, np.uint16)
    holed = DepthHoles(share)(frame_of(depth_mm=image), 0).depth_mm
    assert np.mean(holed == 0) == pytest.approx(share, abs=1e-4)
    assert set(np.unique(holed)) == {0, 1234}


def test_holes_are_patches_and_not_single_pixels(frame_of: Callable[..., Frame]) -> None:
    image = np.full((480, 640), 1234, np.uint16)
    hole = DepthHoles(0.2)(frame_of(depth_mm=image), 0).depth_mm == 0
    patches, _ = cv2.connectedComponents(hole.astype(np.uint8))
    assert 2 < patches < 60
