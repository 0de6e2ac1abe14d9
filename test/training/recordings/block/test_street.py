import numpy as np
import pytest

from training.recordings.block.street import Street

RADIUS_M = 10.0


@pytest.fixture
def street() -> Street:
    """A rectangle of 60 m × 40 m with round corners, the first of them in the south-west."""
    return Street([(0.0, 0.0), (60.0, 0.0), (60.0, 40.0), (0.0, 40.0)], RADIUS_M)


def test_its_length_is_that_of_straight_pieces_and_quarter_circles(street: Street) -> None:
    assert street.length_m == pytest.approx(2 * 40 + 2 * 20 + 2 * np.pi * RADIUS_M, abs=0.01)


def test_after_its_length_it_is_where_it_began(street: Street) -> None:
    along = np.array([0.0, 33.3, 100.0])
    np.testing.assert_allclose(street.at(along), street.at(along + street.length_m), atol=1e-9)


def test_it_starts_down_into_the_first_corner_and_goes_counterclockwise(street: Street) -> None:
    np.testing.assert_allclose(street.at(0.0), [[0.0, 10.0]], atol=1e-9)
    first = street.spot(np.pi / 2.0 * RADIUS_M + 20.0, 0.0)
    assert (first.x, first.y) == pytest.approx((30.0, 0.0), abs=0.01)
    assert first.heading_deg % 360.0 == pytest.approx(0.0, abs=1e-6)


def test_the_inside_is_to_the_left(street: Street) -> None:
    along = np.pi / 2.0 * RADIUS_M + 20.0
    np.testing.assert_allclose(street.at(along, 4.0), [[30.0, 4.0]], atol=0.01)
    np.testing.assert_allclose(street.at(along, -4.0), [[30.0, -4.0]], atol=0.01)


def test_positions_and_directions_belong_together_everywhere(street: Street) -> None:
    along = np.arange(0.0, street.length_m, 0.05)
    steps = np.diff(street.at(along), axis=0)
    middle = street.heading(along[:-1] + 0.025)
    ahead = np.stack([np.cos(middle), np.sin(middle)], axis=1)
    assert np.linalg.norm(steps, axis=1) == pytest.approx(0.05, abs=1e-4)
    assert (np.einsum("ij,ij->i", steps, ahead) / 0.05).min() > 0.9999


def test_the_distance_to_it_is_that_to_its_centre_line(street: Street) -> None:
    points = np.array([[30.0, 3.0], [30.0, -7.0], [30.0, 20.0], [-2.0, 20.0]])
    np.testing.assert_allclose(street.distance_to_m(points), [3.0, 7.0, 20.0, 2.0], atol=0.02)


def test_a_corner_to_the_right_is_rounded_on_the_other_side() -> None:
    corners = [(0.0, 0.0), (90.0, 0.0), (90.0, 90.0), (60.0, 90.0), (60.0, 45.0), (0.0, 45.0)]
    street = Street(corners, RADIUS_M)
    # 5 quarters to the left and 1 to the right; tangents take 10 m at both ends of each side.
    sides_m = 90 + 90 + 30 + 45 + 60 + 45 - 6 * 2 * RADIUS_M
    assert street.length_m == pytest.approx(sides_m + 6 * np.pi / 2 * RADIUS_M, abs=0.02)
    middle = np.array([[60.0 - RADIUS_M, 45.0 + RADIUS_M]])
    assert street.distance_to_m(middle)[0] == pytest.approx(RADIUS_M, abs=0.02)
