from training.corruptions.dropout import Dropout
from vmloc_ros.frame import Frame


def test_about_the_share_is_lost_and_the_rest_keeps_its_order(full_frame: Frame) -> None:
    kept = Dropout(0.8)(full_frame, 0).points
    assert 110 < len(kept) < 180  # 144 of 720, ± 3.3 σ
    places = [full_frame.points.tolist().index(point) for point in kept.tolist()]
    assert places == sorted(places)


def test_losing_all_leaves_a_lidar_without_returns(full_frame: Frame) -> None:
    assert Dropout(1.0)(full_frame, 0).points.shape == (0, 4)


def test_losing_none_changes_nothing(full_frame: Frame) -> None:
    assert len(Dropout(0.0)(full_frame, 0).points) == 720
