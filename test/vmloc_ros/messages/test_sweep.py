"""Layouts that drivers publish; the numbers are made up, the sums done by hand."""

from array import array
from dataclasses import dataclass

import numpy as np
import pytest
from sensor_messages import XYZ, XYZ_TYPE, cloud, header

from vmloc_ros.errors import MessageError
from vmloc_ros.messages import decode_sweep
from vmloc_ros.messages.point_times import LONGEST_NS

DATATYPES = {"i1": 1, "u1": 2, "i2": 3, "u2": 4, "i4": 5, "u4": 6, "f4": 7, "f8": 8}
STAMP_S, STAMP_NS = 1_700_000_000, 250_000_000
MS = 1_000_000


@dataclass(frozen=True)
class Driver:
    """A layout, as names, places and types of its fields; and what two points in it say."""

    fields: str
    itemsize: int
    rows: list
    points: list
    offsets_ns: list
    tolerance_ns: int = 0


DRIVERS = {
    "Velodyne": Driver(
        "x 0 f4, y 4 f4, z 8 f4, intensity 12 f4, ring 16 u2, time 18 f4",
        22,
        [(1, 2, 3, 4, 0, -0.125), (5, 6, 7, 8, 31, 0.0)],
        [[1, 2, 3, 4], [5, 6, 7, 8]],
        [-125 * MS, 0],
    ),
    "Ouster": Driver(
        "x 0 f4, y 4 f4, z 8 f4, intensity 16 f4, t 20 u4, "
        "reflectivity 24 u2, ring 26 u2, ambient 28 u2, range 32 u4",
        48,
        [(1, 2, 3, 4, 0, 9, 0, 9, 9), (5, 6, 7, 8, 99_900_000, 9, 127, 9, 9)],
        [[1, 2, 3, 4], [5, 6, 7, 8]],
        [0, 99_900_000],
    ),
    "Livox, since 1970": Driver(
        "x 0 f4, y 4 f4, z 8 f4, intensity 12 f4, tag 16 u1, line 17 u1, timestamp 18 f8",
        26,
        [
            (1, 2, 3, 4, 0, 0, 1_700_000_000_250_000_000.0),
            (5, 6, 7, 8, 0, 3, 1_700_000_000_349_000_000.0),
        ],
        [[1, 2, 3, 4], [5, 6, 7, 8]],
        [0, 99 * MS],
        256,  # the step of a float64 there
    ),
    "Livox, since the stamp": Driver(
        "offset_time 0 u4, x 4 f4, y 8 f4, z 12 f4, reflectivity 16 u1, tag 17 u1, line 18 u1",
        19,
        [(5_000, 1, 2, 3, 9, 0, 0), (99_999_000, 5, 6, 7, 9, 0, 3)],
        [[1, 2, 3, 0], [5, 6, 7, 0]],
        [5_000, 99_999_000],
    ),
    "Hesai": Driver(
        "x 0 f4, y 4 f4, z 8 f4, intensity 16 f4, timestamp 24 f8, ring 32 u2",
        48,
        [(1, 2, 3, 4, 1_700_000_000.25, 0), (5, 6, 7, 8, 1_700_000_000.3125, 63)],
        [[1, 2, 3, 4], [5, 6, 7, 8]],
        [0, 62_500_000],
        300,  # a float64 of seconds since 1970 has steps of 238 ns
    ),
    "RoboSense": Driver(
        "x 0 f4, y 4 f4, z 8 f4, intensity 12 u1, ring 13 u2, timestamp 15 f8",
        23,
        [(1, 2, 3, 4, 0, 1_700_000_000.125), (5, 6, 7, 8, 31, 1_700_000_000.25)],
        [[1, 2, 3, 4], [5, 6, 7, 8]],
        [-125 * MS, 0],
        300,
    ),
    "Autoware": Driver(
        "x 0 f4, y 4 f4, z 8 f4, intensity 12 u1, return_type 13 u1, "
        "channel 14 u2, time_stamp 28 u4",
        32,
        [(1, 2, 3, 4, 1, 0, 7), (5, 6, 7, 8, 1, 5, 100 * MS)],
        [[1, 2, 3, 4], [5, 6, 7, 8]],
        [7, 100 * MS],
    ),
    "Aeva": Driver(
        "x 0 f4, y 4 f4, z 8 f4, velocity 12 f4, intensity 16 f4, time_offset_ns 20 i4",
        24,
        [(1, 2, 3, 9, 4, -50 * MS), (5, 6, 7, 9, 8, 49 * MS)],
        [[1, 2, 3, 4], [5, 6, 7, 8]],
        [-50 * MS, 49 * MS],
    ),
    "double precision": Driver(
        "x 0 f8, y 8 f8, z 16 f8, time 24 f8",
        32,
        [(1, 2, 3, 0.0), (5, 6, 7, 0.000_000_125)],
        [[1, 2, 3, 0], [5, 6, 7, 0]],
        [0, 125],
    ),
}


def message(driver, order="<", organised=False, row_padding=0):
    fields = [field.split() for field in driver.fields.split(", ")]
    dtype = np.dtype(
        {
            "names": [name for name, _, _ in fields],
            "formats": [order + kind for _, _, kind in fields],
            "offsets": [int(offset) for _, offset, _ in fields],
            "itemsize": driver.itemsize,
        }
    )
    places = [(name, int(offset), DATATYPES[kind]) for name, offset, kind in fields]
    rows = [[row] for row in driver.rows] if organised else driver.rows
    changes = {"is_bigendian": order == ">", "header": header("lidar", STAMP_S, STAMP_NS)}
    return cloud(places, rows, dtype, row_padding, **changes)


def timed(values, kind="f4", name="time", stamp=(STAMP_S, STAMP_NS)):
    """A cloud of points (1, 2, 3) with these values in its time field."""
    rows = [(1, 2, 3, value) for value in values]
    fields = [*XYZ, (name, 12, DATATYPES[kind])]
    dtype = [*XYZ_TYPE, (name, f"<{kind}")]
    return cloud(fields, rows, dtype, header=header("lidar", *stamp))


@pytest.fixture(params=["the package", "sensor_msgs_py"])
def decode(request):
    """`decode_sweep`, or sensor_msgs_py in its place, where it is installed."""
    if request.param == "the package":
        return decode_sweep
    pytest.importorskip("sensor_msgs_py", reason="sensor_msgs_py is not installed")
    from vmloc_ros.ros.converters import CloudReader

    reader = CloudReader()
    return lambda msg: reader.sweep(as_ros_cloud(msg))


def as_ros_cloud(msg):
    from sensor_msgs.msg import PointCloud2, PointField

    names = ("width", "height", "point_step", "row_step", "is_bigendian")
    ros = PointCloud2(**{name: getattr(msg, name) for name in names}, data=array("B", msg.data))
    ros.fields = [PointField(**vars(field)) for field in msg.fields]
    ros.header.stamp.sec, ros.header.stamp.nanosec = msg.header.stamp.sec, msg.header.stamp.nanosec
    return ros


@pytest.mark.parametrize("organised", [False, True], ids=["a row", "organised"])
@pytest.mark.parametrize("row_padding", [0, 5], ids=["packed", "padded"])
@pytest.mark.parametrize("order", ["<", ">"], ids=["little endian", "big endian"])
@pytest.mark.parametrize("name", DRIVERS)
def test_points_and_times_of_every_driver_are_read(decode, name, order, row_padding, organised):
    driver = DRIVERS[name]
    sweep = decode(message(driver, order, organised, row_padding))
    assert sweep.stamp_ns == STAMP_S * 10**9 + STAMP_NS
    assert sweep.points.tolist() == driver.points
    assert sweep.offsets_ns.dtype == np.int64
    np.testing.assert_allclose(sweep.offsets_ns, driver.offsets_ns, atol=driver.tolerance_ns)
    assert sweep.untimed == ""


def test_the_time_of_a_point_that_is_left_out_does_not_count(decode):
    driver = DRIVERS["Hesai"]
    lost = [(np.nan, 2, 3, 4, 0.0, 0), (1, np.inf, 3, 4, np.nan, 0)]  # as organised clouds have it
    msg = message(Driver(driver.fields, driver.itemsize, [*lost, *driver.rows], [], []))
    sweep = decode(msg)
    assert sweep.points.tolist() == driver.points
    np.testing.assert_allclose(sweep.offsets_ns, [0, 62_500_000], atol=300)


def test_a_cloud_without_times_has_none(decode):
    sweep = decode(cloud(XYZ, [(1, 2, 3)], XYZ_TYPE))
    assert sweep.points.tolist() == [[1, 2, 3, 0]]
    assert sweep.offsets_ns is None
    assert sweep.untimed == "the cloud has no field with the times of its points"
    assert sweep.last_ns == sweep.stamp_ns


def test_an_empty_cloud_is_an_empty_sweep(decode):
    msg = timed([0.5])
    msg.width, msg.row_step, msg.data = 0, 0, b""
    msg.height = 1
    sweep = decode(msg)
    assert sweep.points.shape == (0, 4)
    assert sweep.offsets_ns.shape == (0,)
    assert sweep.last_ns == sweep.stamp_ns


@pytest.mark.parametrize(
    ("values", "kind", "reason"),
    [
        ([0.0, np.nan], "f4", "numbers that are not finite"),
        ([0.0, np.inf], "f8", "numbers that are not finite"),
        ([0.0, 1.5], "f4", "no times within 1 s"),
        ([-0.6, 0.6], "f4", "no times within 1 s"),  # each near, but 1.2 s apart
        ([1.7e9, 1.7e9], "f4", "no times within 1 s"),  # a float32 has steps of 128 s there
        ([123.0, 123.1], "f8", "no times within 1 s"),  # since the lidar was switched on
        ([1.7e9, 1e300], "f8", "no times within 1 s"),
        ([0, 2**32 - 1], "u4", "no times within 1 s"),
    ],
)
def test_times_that_make_no_sense_cost_the_times_alone(decode, values, kind, reason):
    sweep = decode(timed(values, kind))
    assert sweep.points.tolist() == [[1, 2, 3, 0]] * 2
    assert sweep.offsets_ns is None
    assert reason in sweep.untimed
    assert "'time'" in sweep.untimed


def test_times_may_be_a_second_long_and_no_longer(decode):
    assert decode(timed([0, LONGEST_NS], "u4")).offsets_ns.tolist() == [0, LONGEST_NS]
    assert decode(timed([0, LONGEST_NS + 1], "u4")).offsets_ns is None


def test_in_the_first_second_of_a_simulation_the_name_tells_what_the_numbers_are(decode):
    start = (0, 250_000_000)
    of_day = decode(timed([0.25, 0.375], "f8", "timestamp", start))
    since_stamp = decode(timed([0.25, 0.375], "f8", "time", start))
    assert of_day.offsets_ns.tolist() == [0, 125 * MS]
    assert since_stamp.offsets_ns.tolist() == [250 * MS, 375 * MS]


def test_a_time_of_two_words_is_none(decode):
    """A lower word of 32 bits would look like a time of its own."""
    fields = [*XYZ, ("timestamp", 12, DATATYPES["u4"])]
    msg = cloud(fields, [(1, 2, 3, 5, 6)], [*XYZ_TYPE, ("low", "<u4"), ("high", "<u4")])
    msg.fields[3].count = 2
    assert decode(msg).offsets_ns is None


def test_of_coordinates_with_several_values_the_first_is_taken(decode):
    msg = cloud(
        [*XYZ, ("t", 16, DATATYPES["u4"])],
        [(1, 2, 3, b"", 9)],
        [*XYZ_TYPE, ("_", "V4"), ("t", "<u4")],
    )
    msg.fields[2].count = 2
    sweep = decode(msg)
    assert sweep.points.tolist() == [[1, 2, 3, 0]]
    assert sweep.offsets_ns.tolist() == [9]


@pytest.mark.parametrize("offset", [13, 2**32 - 1])
def test_a_time_that_lies_outside_the_point_is_refused(decode, offset):
    msg = timed([0.0])
    msg.fields[3].offset = offset
    with pytest.raises(MessageError, match=r"field 'time' of the cloud lies at byte"):
        decode(msg)


def test_a_time_of_unknown_type_is_refused():
    msg = timed([0.0])
    msg.fields[3].datatype = 9
    with pytest.raises(MessageError, match=r"field 'time' of the cloud has datatype 9"):
        decode_sweep(msg)


def test_a_sweep_without_a_stamp_is_refused(decode):
    with pytest.raises(MessageError, match="stamp is zero"):
        decode(timed([0.0], stamp=(0, 0)))


def test_the_last_point_ends_the_sweep_and_the_stamp_does_where_it_comes_later():
    assert decode_sweep(timed([0.0, 0.125])).last_ns == STAMP_S * 10**9 + 375 * MS
    assert decode_sweep(timed([-0.125, -0.0625])).last_ns == STAMP_S * 10**9 + STAMP_NS
