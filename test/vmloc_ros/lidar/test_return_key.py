import torch

from vmloc_ros.lidar.return_key import NOTHING, distance, hit, number, return_keys


def keys_of(distances, device):
    numbers = torch.arange(len(distances), device=device)[None]
    return return_keys(torch.tensor([distances], device=device), numbers)[0]


def test_keys_are_ordered_by_distance_and_then_by_number(device):
    keys = keys_of([7.0, 2.0, 0.0, 2.0, 1e30, 1e-30], device)
    assert keys.argsort().tolist() == [2, 5, 1, 3, 0, 4]


def test_a_key_tells_distance_and_number(device):
    keys = keys_of([7.0, 2.5, 80.0], device)
    assert distance(keys).tolist() == [7.0, 2.5, 80.0]
    assert number(keys, 3).tolist() == [0, 1, 2]


def test_a_hit_is_up_to_the_farthest_distance_and_finite(device):
    keys = keys_of([0.0, 80.0, 80.00001, torch.inf, torch.nan], device)
    assert hit(keys, 80.0).tolist() == [True, True, False, False, False]
    assert not hit(torch.tensor([NOTHING], device=device), 1e38).any()


def test_the_number_of_what_is_no_point_is_still_that_of_one(device):
    assert number(torch.tensor([NOTHING], device=device), 5).tolist() == [4]
