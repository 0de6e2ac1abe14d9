import pytest
import torch

from vmloc_ros.lidar.z_buffer import CORE, ZBuffer, portions


@pytest.fixture
def nothing(device):
    return torch.tensor(torch.inf, device=device)


def least_of(places, keys, nothing):
    """Let points fall on a picture of 1 × 3 cells with a rim; places are columns of the picture."""
    buffer = ZBuffer(1, 1, 3, nothing)
    column = torch.tensor([places], device=nothing.device) + 1.0
    row = torch.full_like(column, 1.5)
    buffer.add(row, column, torch.tensor([keys], device=nothing.device))
    ((_, least),) = buffer.strips()
    return least[0].tolist()


def test_the_least_key_of_each_cell_is_kept_whatever_the_order(nothing):
    least = least_of([2.1, 0.5, 2.9, 2.0], [5.0, 1.0, 3.0, 4.0], nothing)
    assert least == [1.0, torch.inf, 3.0]


@pytest.mark.parametrize("place", [-0.5, 3.5, -1e30, 1e30, float("nan"), float("inf")])
def test_a_place_outside_the_picture_is_not_in_it(place, nothing):
    assert least_of([place], [1.0], nothing) == [torch.inf] * 3


@pytest.mark.parametrize(("batch", "size"), [(1, 3), (2, CORE), (3, CORE + 1), (2 * CORE, 2)])
def test_portions_number_every_point_of_a_batch_once(batch, size, device):
    numbers = [number.cpu() for _, number in portions(batch, size, device)]
    assert torch.equal(torch.cat(numbers, dim=1), torch.arange(batch * size).view(batch, size))


def test_strips_are_all_rows_of_all_pictures_without_their_rims(nothing):
    strips = list(ZBuffer(2, 300, 200, nothing).strips())
    assert [row for rows, _ in strips for row in range(600)[rows]] == list(range(600))
    assert all(keys.shape[1] == 200 and (keys == nothing).all() for _, keys in strips)
