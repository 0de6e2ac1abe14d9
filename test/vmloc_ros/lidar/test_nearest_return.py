import torch

from vmloc_ros.lidar.nearest_return import nearest_returns


def nearest(cells, distance, seen, count, device):
    found = nearest_returns(
        torch.tensor(cells, device=device),
        torch.tensor(distance, device=device),
        torch.tensor(seen, device=device),
        count,
    )
    return found.tolist()


def test_the_nearest_point_of_each_cell_wins_whatever_the_order(device):
    found = nearest([2, 0, 2, 2], [5.0, 1.0, 3.0, 4.0], [True] * 4, 3, device)
    assert found == [1, -1, 2]


def test_among_equally_near_points_the_first_wins(device):
    assert nearest([0, 0, 0], [7.0, 2.0, 2.0], [True] * 3, 1, device) == [1]


def test_a_point_that_does_not_count_hides_none_not_even_with_nan(device):
    distance = [1.0, float("nan"), 3.0]
    assert nearest([0, 0, 0], distance, [False, False, True], 1, device) == [2]


def test_many_ties_are_resolved_alike_on_every_run(device):
    cells = torch.arange(50_000, device=device) % 7
    same = torch.ones(50_000, device=device)
    assert nearest_returns(cells, same, same > 0, 7).tolist() == list(range(7))
