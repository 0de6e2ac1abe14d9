import pytest
import torch

from vmloc_ros.lidar.z_buffer import CORE, ZBuffer, distance, hit, number, portions


def keys_of(places, distances, seen, device):
    """Let points fall on a picture of 1 × 3 cells with a rim; places are columns of the picture."""
    buffer = ZBuffer(1, 1, 3, device)
    column = torch.tensor([places], device=device) + 1.0
    row = torch.full_like(column, 1.5)
    depth = torch.tensor([distances], device=device)
    numbers = torch.arange(len(places), device=device)[None]
    buffer.add(row, column, depth, torch.tensor([seen], device=device), numbers)
    return buffer.keys()[0, 0].cpu()


def test_the_nearest_point_of_each_cell_wins_whatever_the_order(device):
    keys = keys_of([2.1, 0.5, 2.9, 2.0], [5.0, 1.0, 3.0, 4.0], [True] * 4, device)
    assert hit(keys).tolist() == [True, False, True]
    assert number(keys).tolist() == [1, 0, 2]
    assert distance(keys)[[0, 2]].tolist() == [1.0, 3.0]


def test_among_equally_near_points_the_first_wins(device):
    assert number(keys_of([0.5] * 3, [7.0, 2.0, 2.0], [True] * 3, device))[0] == 1


def test_a_point_that_does_not_count_hides_none_not_even_with_nan(device):
    keys = keys_of([0.5] * 3, [1.0, float("nan"), 3.0], [False, False, True], device)
    assert number(keys)[0] == 2


@pytest.mark.parametrize("place", [-0.5, 3.5, -1e30, 1e30, float("nan"), float("inf")])
def test_a_place_outside_the_picture_is_not_in_it(place, device):
    assert not hit(keys_of([place], [1.0], [True], device)).any()


def test_many_ties_are_resolved_alike_in_every_run(device):
    places = (torch.arange(50_001) % 3 + 0.5).tolist()
    keys = keys_of(places, [1.0] * 50_001, [True] * 50_001, device)
    assert number(keys).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("batch", "size"), [(1, 3), (2, CORE), (3, CORE + 1), (2 * CORE, 2)])
def test_portions_number_every_point_of_a_batch_once(batch, size, device):
    numbers = [number.cpu() for _, number in portions(batch, size, device)]
    assert torch.equal(torch.cat(numbers, dim=1), torch.arange(batch * size).view(batch, size))
