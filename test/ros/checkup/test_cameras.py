from vmloc_ros.ros.checkup.cameras import judge_cameras
from vmloc_ros.ros.checkup.finding import Level
from vmloc_ros.ros.checkup.observation import Sample


def info(size=(640, 480), frame_id="optical"):
    return Sample(frame_id=frame_id, what="…", size=size)


def test_a_calibration_of_another_size_is_an_error(hearing):
    (found,) = judge_cameras([hearing(), hearing("camera_info", sample=info((1280, 720)))], "")
    assert (found.level, found.check) == (Level.ERROR, "camera_info")
    assert found.message == (
        "/camera/camera_info is of an image of 1280×720; /camera/image is 640×480"
    )
    assert "--camera-info" in found.mend


def test_a_calibration_of_another_frame_warns(hearing):
    heard = [hearing(), hearing("camera_info", sample=info(frame_id="other"))]
    (found,) = judge_cameras(heard, "")
    assert found.level == Level.WARN
    assert "frame other; that of /camera/image is optical" in found.message


def test_images_of_another_frame_than_the_bundle_warn(hearing):
    (found,) = judge_cameras([hearing()], "left_optical")
    assert found.level == Level.WARN
    assert "frame optical; the bundle was trained on left_optical" in found.message


def test_what_belongs_together_is_not_mentioned(hearing):
    assert list(judge_cameras([hearing(), hearing("camera_info", sample=info())], "optical")) == []


def test_without_colour_the_depth_image_is_compared(hearing):
    depth = hearing("depth", sample=Sample(frame_id="optical", size=(320, 240)))
    (found,) = judge_cameras([depth, hearing("camera_info", sample=info())], "")
    assert found.message.endswith("/depth/image is 320×240")


def test_without_an_image_nothing_is_compared(hearing):
    assert list(judge_cameras([hearing("camera_info", sample=info())], "optical")) == []
