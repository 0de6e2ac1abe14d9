import numpy as np
import pytest
from sensor_messages import XYZ, XYZ_TYPE, cloud

from vmloc_ros.errors import MessageError
from vmloc_ros.messages import decode_points


def test_a_packed_cloud_gives_its_numbers():
    dtype = [*XYZ_TYPE, ("intensity", "<f4")]
    fields = [*XYZ, ("intensity", 12, 7)]
    points = decode_points(cloud(fields, [(1, 2, 3, 4), (5, 6, 7, 8)], dtype))
    assert points.dtype == np.float32
    assert points.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_a_cloud_without_intensity_has_zeros_there():
    assert decode_points(cloud(XYZ, [(1, 2, 3)], XYZ_TYPE)).tolist() == [[1, 2, 3, 0]]


def test_fields_are_found_by_name_offset_and_type_in_an_organised_padded_big_endian_cloud():
    dtype = np.dtype(
        {
            "names": ["ring", "z", "intensity", "x", "y"],
            "formats": [">u2", ">f8", "u1", ">f8", ">f8"],
            "offsets": [0, 3, 11, 16, 24],
            "itemsize": 35,
        }
    )
    fields = [("ring", 0, 4), ("z", 3, 8), ("intensity", 11, 2), ("x", 16, 8), ("y", 24, 8)]
    rows = [[(9, 3, 4, 1, 2), (9, 7, 8, 5, 6)], [(9, 11, 12, 9, 10), (9, 15, 16, 13, 14)]]
    msg = cloud(fields, rows, dtype, row_padding=5, is_bigendian=True)
    assert decode_points(msg).tolist() == [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 10, 11, 12],
        [13, 14, 15, 16],
    ]


def test_points_without_finite_coordinates_are_left_out():
    dtype = [("x", "<f8"), ("y", "<f8"), ("z", "<f8"), ("intensity", "<f8")]
    fields = [("x", 0, 8), ("y", 8, 8), ("z", 16, 8), ("intensity", 24, 8)]
    rows = [
        (np.nan, 0, 0, 1),
        (0, np.inf, 0, 1),
        (0, 0, -np.inf, 1),
        (1e300, 0, 0, 1),  # infinite as float32
        (1, 2, 3, np.nan),
    ]
    assert decode_points(cloud(fields, rows, dtype)).tolist() == [[1, 2, 3, 0]]


def test_an_empty_cloud_has_no_points():
    msg = cloud(XYZ, np.zeros((1, 0), XYZ_TYPE), XYZ_TYPE)
    assert decode_points(msg).shape == (0, 4)


def test_a_cloud_without_a_coordinate_is_refused_with_its_fields():
    with pytest.raises(MessageError, match=r"no field 'z'; its fields: 'x, y'"):
        decode_points(cloud(XYZ[:2], [(1, 2)], XYZ_TYPE[:2]))


@pytest.mark.parametrize("field", [("z", 9, 7), ("z", 8, 8), ("z", -1, 7), ("z", 2**32 - 1, 7)])
def test_a_field_that_lies_outside_the_point_is_refused(field):
    with pytest.raises(MessageError, match=r"field 'z' of the cloud lies at byte"):
        decode_points(cloud([*XYZ[:2], field], [(1, 2, 3)], XYZ_TYPE))


def test_a_field_of_unknown_type_is_refused():
    with pytest.raises(MessageError, match=r"field 'y' of the cloud has datatype 9"):
        decode_points(cloud([XYZ[0], ("y", 4, 9), XYZ[2]], [(1, 2, 3)], XYZ_TYPE))


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 3},
        {"height": 2},
        {"width": 0},
        {"point_step": 0, "row_step": 24, "width": 2**32 - 1},
        {"point_step": 13},
        {"row_step": 23},
        {"data": b""},
        {"data": bytes(25)},
        {"width": 2**32 - 1, "height": 2**32 - 1, "row_step": 2**32 - 1},
    ],
)
def test_a_cloud_whose_header_does_not_fit_its_data_is_refused(changes):
    with pytest.raises(MessageError, match="row_step"):
        decode_points(cloud(XYZ, [(1, 2, 3), (4, 5, 6)], XYZ_TYPE, **changes))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_of_a_field_with_several_values_the_first_is_taken(count):
    msg = cloud(XYZ, [(1, 2, 3, b"")], [*XYZ_TYPE, ("rest", "V8")])
    msg.fields[2].count = count
    assert decode_points(msg).tolist() == [[1, 2, 3, 0]]
