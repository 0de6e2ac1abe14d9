import numpy as np

from training.recordings.texture_atlas import TextureAtlas

QUARTERS = np.array([[[10, 0, 0], [20, 0, 0]], [[30, 0, 0], [40, 0, 0]]], np.uint8)
GREY = np.full((4, 8, 3), 100, np.uint8)


def look_up(atlas: TextureAtlas, name: str, u: float, v: float, footprint: float) -> list[int]:
    texture = np.array([atlas.index[name]], np.int32)
    uv = np.array([[u, v]], np.float32)
    return list(atlas.sample(texture, uv, np.array([footprint], np.float32))[0].tolist())


def test_a_small_sample_sees_one_texel_u_to_the_right_and_v_down() -> None:
    atlas = TextureAtlas({"grey": GREY, "quarters": QUARTERS})
    assert look_up(atlas, "quarters", 0.25, 0.25, 0.1) == [10, 0, 0]
    assert look_up(atlas, "quarters", 0.75, 0.25, 0.1) == [20, 0, 0]
    assert look_up(atlas, "quarters", 0.25, 0.75, 0.1) == [30, 0, 0]
    assert look_up(atlas, "grey", 0.9, 0.9, 0.1) == [100, 100, 100]


def test_textures_repeat_in_both_directions() -> None:
    atlas = TextureAtlas({"quarters": QUARTERS})
    assert look_up(atlas, "quarters", 3.75, -0.75, 0.1) == [20, 0, 0]


def test_a_sample_as_wide_as_the_texture_sees_its_mean() -> None:
    atlas = TextureAtlas({"quarters": QUARTERS, "grey": GREY})
    assert look_up(atlas, "quarters", 0.1, 0.1, 1.0) == [25, 0, 0]
    assert look_up(atlas, "quarters", 0.1, 0.1, 1000.0) == [25, 0, 0]
