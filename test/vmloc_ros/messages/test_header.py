from array import array
from types import SimpleNamespace

import numpy as np
import pytest
from sensor_messages import header

from vmloc_ros.errors import MessageError
from vmloc_ros.messages import stamp_ns
from vmloc_ros.messages.header import payload, quoted


def test_a_stamp_is_whole_nanoseconds():
    msg = SimpleNamespace(header=header(sec=1_700_000_000, nanosec=123_456_789))
    assert stamp_ns(msg) == 1_700_000_000_123_456_789


def test_a_zero_stamp_is_refused():
    with pytest.raises(MessageError, match="stamp is zero"):
        stamp_ns(SimpleNamespace(header=header(sec=0, nanosec=0)))


@pytest.mark.parametrize(("sec", "nanosec"), [(-1, 0), (1, 1_000_000_000)])
def test_a_stamp_that_is_no_time_is_refused(sec, nanosec):
    with pytest.raises(MessageError, match="is no time"):
        stamp_ns(SimpleNamespace(header=header(sec=sec, nanosec=nanosec)))


@pytest.mark.parametrize(
    "container",
    [bytes, bytearray, memoryview, lambda data: array("B", data)],
    ids=["bytes", "bytearray", "memoryview", "array"],
)
def test_data_are_read_without_a_copy_whatever_holds_them(container):
    data = container(b"\x01\x02\xff")
    octets = payload(SimpleNamespace(data=data))
    assert octets.tolist() == [1, 2, 255]
    assert np.shares_memory(octets, np.frombuffer(data, np.uint8))


@pytest.mark.parametrize("data", [b"", array("B"), np.empty(0, np.uint8)])
def test_no_data_are_no_bytes(data):
    assert payload(SimpleNamespace(data=data)).tolist() == []


@pytest.mark.parametrize(
    "data", [np.zeros(2, np.float32), np.zeros((2, 2), np.uint8), [1, 2], None]
)
def test_data_that_are_no_bytes_are_refused(data):
    with pytest.raises(MessageError, match="data must be bytes, got"):
        payload(SimpleNamespace(data=data))


def test_a_text_of_a_message_is_quoted_on_one_line_and_cut_after_60_characters():
    assert quoted("rgb8\n") == r"'rgb8\n'"
    assert quoted("x" * 60) == f"'{'x' * 60}'"
    assert quoted("x" * 61) == f"'{'x' * 60}…'"
