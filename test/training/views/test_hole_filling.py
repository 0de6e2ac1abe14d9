import torch

from training.views.hole_filling import fill_holes


def test_values_with_weight_stay_and_holes_are_filled_from_their_block_and_those_around() -> None:
    values = torch.tensor([[[[1.0, 99.0, 5.0, 5.0], [3.0, 2.0, 5.0, 5.0]]]])
    weight = torch.ones(1, 1, 2, 4)
    weight[0, 0, 0, 1] = 0.0
    filled = fill_holes(values, weight)
    kept = weight > 0.0
    torch.testing.assert_close(filled[kept], values[kept])
    # The left block has mean 2 and weight 3/4, the right one 5 and 1; both together 26/7 and 7/8.
    left = 6.0 / 7.0 * 2.0 + 1.0 / 7.0 * 26.0 / 7.0
    # Column 1 lies a quarter of the way from the middle of the left block to that of the right.
    assert abs(filled[0, 0, 0, 1] - (0.75 * left + 0.25 * 5.0)) < 1e-5


def test_a_hole_beside_light_pixels_takes_the_value_of_heavy_ones_behind_it() -> None:
    values, weight = torch.ones(1, 1, 16, 16), torch.ones(1, 1, 16, 16)
    values[..., 8:], weight[..., 8:] = 5.0, 16.0
    weight[..., 7:10] = 0.0
    assert (fill_holes(values, weight)[..., 7:10] > 3.5).all()


def test_an_image_of_odd_size_with_one_value_is_filled_with_it() -> None:
    values, weight = torch.zeros(1, 2, 21, 37), torch.zeros(1, 1, 21, 37)
    values[0, :, 20, 36], weight[0, 0, 20, 36] = torch.tensor([4.0, 7.0]), 1.0
    filled = fill_holes(values, weight)
    torch.testing.assert_close(filled[0, 0], torch.full((21, 37), 4.0))
    torch.testing.assert_close(filled[0, 1], torch.full((21, 37), 7.0))


def test_an_image_without_anything_is_zero_and_does_not_touch_others() -> None:
    values, weight = torch.ones(2, 1, 8, 8), torch.ones(2, 1, 8, 8)
    weight[0] = 0.0
    assert not fill_holes(values, weight)[0].any()
    assert (fill_holes(values, weight)[1] == 1.0).all()
