import numpy as np
import pytest
from drives import MS, START, S, placed

from vmloc_ros.errors import MessageError
from vmloc_ros.sweeps import RateIntegrator


def turned_left(rates_rad_s, period_ms=10):
    integrator = RateIntegrator()
    for number, rate in enumerate(rates_rad_s):
        pose = integrator.add(START + number * period_ms * MS, (0.0, 0.0, rate))
    return pose


def test_a_quarter_turn_a_second_is_a_quarter_turn_after_a_second():
    pose = turned_left([np.pi / 2] * 101)
    assert pose.angle_deg(placed(yaw_deg=90.0)) == pytest.approx(0.0, abs=1e-6)
    assert pose.position.tolist() == [0.0, 0.0, 0.0]


def test_of_a_rate_that_grows_the_mean_of_two_counts():
    """From 0 to 2 rad/s within a second: 1 rad."""
    pose = turned_left(np.linspace(0.0, 2.0, 101))
    assert pose.angle_deg(placed(yaw_deg=np.degrees(1.0))) == pytest.approx(0.0, abs=1e-6)


def test_rates_are_about_the_axes_of_the_gyroscope_itself():
    """A quarter turn about z, then one about its own new x, which is the y of before."""
    integrator = RateIntegrator()
    for number in range(101):
        integrator.add(START + number * 10 * MS, (0.0, 0.0, np.pi / 2))
    for number in range(101, 201):
        pose = integrator.add(START + number * 10 * MS, (np.pi / 2, 0.0, 0.0))
    np.testing.assert_allclose(pose.rotation.apply([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0], atol=0.01)
    np.testing.assert_allclose(pose.rotation.apply([0.0, 1.0, 0.0]), [0.0, 0.0, 1.0], atol=0.01)


def test_over_a_gap_and_after_a_jump_of_time_the_rotation_begins_anew():
    integrator = RateIntegrator()
    integrator.add(START, (0.0, 0.0, 1.0))
    integrator.add(START + 100 * MS, (0.0, 0.0, 1.0))
    assert integrator.began_ns == START
    integrator.add(START + 201 * MS, (0.0, 0.0, 1.0))
    assert integrator.began_ns == START + 201 * MS
    integrator.add(START - 60 * S, (0.0, 0.0, 1.0))
    assert integrator.began_ns == START - 60 * S


def test_a_late_rate_is_let_go():
    integrator = RateIntegrator()
    integrator.add(START, (0.0, 0.0, 1.0))
    assert integrator.add(START, (0.0, 0.0, 50.0)) is None
    assert integrator.add(START - 10 * MS, (0.0, 0.0, 50.0)) is None
    pose = integrator.add(START + 100 * MS, (0.0, 0.0, 1.0))
    assert np.radians(pose.angle_deg(placed())) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "rate", [(0.0, np.nan, 0.0), (0.0, 0.0, np.inf), (0.0, 0.0, 360.0), (1.0,)]
)
def test_what_is_no_rate_of_a_robot_is_refused(rate):
    with pytest.raises(MessageError, match="needs 3 numbers up to 100 rad/s, got"):
        RateIntegrator().add(START, rate)
