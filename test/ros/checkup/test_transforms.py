from vmloc_ros.config import NodeConfig
from vmloc_ros.ros.checkup.finding import Level
from vmloc_ros.ros.checkup.observation import Transform
from vmloc_ros.ros.checkup.transforms import judge_extrinsic, needs_transform

NO_TF = Transform(is_installed=False)


def test_without_tf_and_parameter_a_chosen_configuration_publishes_nothing():
    found = judge_extrinsic(NodeConfig(), "optical", NO_TF, is_decided=True)
    assert (found.level, found.cause) == (Level.ERROR, "no_extrinsic")
    assert "'base_link' in 'optical', and tf2_ros is not installed" in found.message
    assert "set extrinsic" in found.mend


def test_where_nobody_has_chosen_yet_it_is_a_warning():
    found = judge_extrinsic(NodeConfig(), "optical", NO_TF, is_decided=False)
    assert found.level == Level.WARN


def test_a_frame_that_tf_does_not_know_is_told_in_the_words_of_tf():
    unknown = Transform(is_installed=True, reason="no frame 'optical' on /tf")
    found = judge_extrinsic(NodeConfig(), "optical", unknown, is_decided=True)
    assert "no frame 'optical' on /tf" in found.message
    assert "--frame-id base_link --child-frame-id optical" in found.mend


def test_a_transform_that_tf_knows_is_well():
    known = Transform(is_installed=True, is_known=True)
    found = judge_extrinsic(NodeConfig(), "optical", known, is_decided=True)
    assert (found.level, found.message) == (Level.OK, "tf knows base_link in optical")


def test_a_parameter_that_is_a_pose_needs_no_tf():
    config = NodeConfig(extrinsic=(0.1, 0.0, -0.2, 0.5, -0.5, 0.5, 0.5))
    found = judge_extrinsic(config, "optical", NO_TF, is_decided=True)
    assert found.level == Level.OK
    assert "[0.1, 0, -0.2, 0.5, -0.5, 0.5, 0.5]" in found.message


def test_a_parameter_that_is_no_pose_is_an_error():
    config = NodeConfig(extrinsic=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    found = judge_extrinsic(config, "optical", NO_TF, is_decided=True)
    assert found.level == Level.ERROR
    assert found.message.startswith("the parameter extrinsic is no pose: ")


def test_the_pose_of_the_camera_itself_needs_none():
    config = NodeConfig(base_frame="")
    assert not needs_transform(config)
    assert judge_extrinsic(config, "optical", NO_TF, is_decided=True).level == Level.OK
