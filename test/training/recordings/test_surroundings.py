import numpy as np
import pytest
import trimesh

from training.recordings.solid import Solid, box
from training.recordings.surroundings import Surroundings
from training.recordings.texture_atlas import TextureAtlas
from training.recordings.triangles import Floats, Triangles


def plain(*rgb: int) -> np.ndarray:
    return np.full((1, 1, 3), rgb, np.uint8)


ATLAS = TextureAtlas({"red": plain(200, 0, 0), "green": plain(0, 200, 0)})
FAR_WALL = box((10.0, 0.0, -5.0), (0.2, 10.0, 10.0), "red")
"""Its near side is 9.9 m east of the origin."""
NEAR_POST = box((4.0, 0.0, -1.0), (0.2, 0.2, 2.0), "green")
ORIGIN = np.zeros(3, np.float32)


@pytest.fixture
def world() -> Surroundings:
    parts = [Triangles([FAR_WALL], ATLAS), Triangles([], ATLAS), Triangles([NEAR_POST], ATLAS)]
    return Surroundings(parts, ATLAS)


def rays(*directions: tuple[float, float, float]) -> Floats:
    return np.array(directions, np.float32)


def test_the_nearest_of_all_parts_is_hit(world: Surroundings) -> None:
    hits = world.cast(ORIGIN, rays((1, 0, 0), (1, 0.1, 0), (-1, 0, 0)))
    assert hits.found.tolist() == [True, True, False]
    np.testing.assert_allclose(hits.reach[:2], [3.9, 9.9], rtol=1e-5)
    # A box has 12 triangles: those of the second part with any follow on them.
    assert hits.triangle[0] >= 12 > hits.triangle[1] >= 0
    colours = world.albedo(hits[hits.found], np.array([0.1, 0.1], np.float32))
    assert colours.tolist() == [[0, 200, 0], [200, 0, 0]]


def test_another_atlas_is_looked_up_at_the_same_places(world: Surroundings) -> None:
    glow = TextureAtlas({"red": plain(0, 0, 0), "green": plain(9, 9, 9)})
    hits = world.cast(ORIGIN, rays((1, 0, 0), (1, 0.1, 0)))
    assert world.texels(glow, hits, np.ones(2, np.float32)).tolist() == [[9, 9, 9], [0, 0, 0]]


def test_a_ray_is_blocked_by_what_lies_before_its_end(world: Surroundings) -> None:
    ways = rays((3.8, 0, 0), (4.0, 0, 0), (9.8, 0.98, 0), (10.0, 1.0, 0))
    assert world.blocked(np.zeros_like(ways), ways).tolist() == [False, True, False, True]


def test_normals_face_the_one_who_looks(world: Surroundings) -> None:
    ways = rays((1, 0, 0), (1, 0.1, 0))
    normals = world.facing_normals(world.cast(ORIGIN, ways), ways)
    np.testing.assert_allclose(normals, [[-1, 0, 0], [-1, 0, 0]], atol=1e-6)


def test_texture_coordinates_of_its_own_take_the_place_of_the_projection() -> None:
    halves = np.concatenate([plain(10, 0, 0), plain(20, 0, 0)], axis=1)
    corners = [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [4.0, 4.0, 0.0]]
    mesh = trimesh.Trimesh(corners, [[0, 1, 2]], process=False)
    uv = np.array([[[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]], np.float32)
    atlas = TextureAtlas({"halves": halves})
    part = Triangles([Solid(mesh, (0.0, 0.0, 0.0), "halves", uv=uv)], atlas)
    world = Surroundings([part], atlas)
    above = np.array([[3.0, 0.4, 1.0], [3.0, 2.8, 1.0]], np.float32)
    hits = world.cast(above, rays((0, 0, -1), (0, 0, -1)))
    assert world.albedo(hits, np.full(2, 0.01, np.float32))[:, 0].tolist() == [10, 20]
    # 8 m² show half a repeat squared: 1 repeat in 4 m each way.
    assert part.repeats_per_m.tolist() == [0.25]
