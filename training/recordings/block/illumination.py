"""`Illumination`: the light that falls on a street at an hour, and the sky above it."""

import numpy as np
from numpy.random import Generator

from training.recordings.block.light import Colour, Light
from training.recordings.brush import Picture, noise, tint
from training.recordings.colour_sensor import TO_LINEAR
from training.recordings.point_light import PointLight, dot
from training.recordings.surroundings import Surroundings
from training.recordings.texture_atlas import TextureAtlas
from training.recordings.triangles import Bools, Floats, Hits
from vmloc_ros.pose import Pose

LAMP_COLOUR = np.array([1.3, 0.83, 0.4], np.float32)
LAMP_REACH_M, LAMP_RANGE_M = 5.0, 70.0
"""Where a street lamp's light has halved; how far from the camera lamps are counted."""
HEADLIGHT = np.array([1.5, 1.45, 1.3], np.float32)
HEADLIGHT_BELOW_M, HEADLIGHT_DIP = 0.9, 0.06
"""Below the camera; how much the beam falls per metre."""
HEADLIGHT_REACH_M = 14.0
HEADLIGHT_WIDTH, HEADLIGHT_HEIGHT = 0.35, 0.12
"""Half widths of the beam, as tangents."""

GROUND_SHARE, STREET_DEPTH_M = 0.55, 12.0
"""Light on what faces down or stands at the bottom of the street, of that on its roofs."""
HAZE_M = 450.0
SHADOW_RAY_M = 80.0
SKIN_M = 5e-3
"""Shadows are looked for from this far above a surface."""
CLOUD_SPAN = 0.06
CLOUD_FOOTPRINT = 0.004


class Illumination:
    """Light of an hour on a street with lamps. Only the sun casts shadows.

    Args:
        light: the hour.
        lamps_at: (L, 3) the street lamps.
        glow: what shines, by the names of the world's textures.
        rng: decides on the clouds.
    """

    def __init__(self, light: Light, lamps_at: Floats, glow: TextureAtlas, rng: Generator) -> None:
        self.light = light
        self._lamps = [PointLight(at, LAMP_COLOUR, LAMP_REACH_M) for at in lamps_at]
        self._glow = glow
        self._clouds = TextureAtlas({"clouds": _clouds(rng)})

    def seen(
        self,
        world: Surroundings,
        hits: Hits,
        directions: Floats,
        sample_m: Floats,
        T_map_camera: Pose,
    ) -> Floats:
        """Return the light (N, 3), linear, that comes to the camera from the places hit.

        Args:
            world: what was hit.
            hits: of N rays from the camera, all of which hit.
            directions: (N, 3) of the rays, map frame, 1 m long along the optical axis.
            sample_m: (N,) what a ray covers.
            T_map_camera: of the camera.
        """
        points = T_map_camera.position.astype(np.float32) + hits.reach[:, None] * directions
        normals = world.facing_normals(hits, directions)
        light = self._from_above(world, points, normals)
        if self.light.lamps:
            light += np.float32(self.light.lamps) * self._from_lamps(points, normals, T_map_camera)
        seen = light * TO_LINEAR[world.albedo(hits, sample_m)]
        if self.light.lamps:
            glow = TO_LINEAR[world.texels(self._glow, hits, sample_m)]
            seen += np.float32(self.light.lamps) * glow
        return self._through_haze(seen, hits.reach)

    def sky(self, directions: Floats) -> Floats:
        """Return the light (N, 3) of the sky along directions (N, 3), map frame."""
        up = directions[:, 2] / np.sqrt(dot(directions, directions))
        height = np.sqrt(np.clip(up, 0.0, 1.0))[:, None]
        horizon, zenith = _rgb(self.light.horizon), _rgb(self.light.zenith)
        clear = horizon + height * (zenith - horizon)
        cover = (self._cover(directions) * np.clip(8.0 * up, 0.0, 1.0))[:, None]
        return np.asarray(clear + cover * (_rgb(self.light.clouds) - clear), np.float32)

    def _from_above(self, world: Surroundings, points: Floats, normals: Floats) -> Floats:
        """Sky light, less at the bottom of the street, and the sun where it is not blocked."""
        deep = np.clip(points[:, 2] / np.float32(STREET_DEPTH_M), 0.0, 1.0)
        open_share = GROUND_SHARE + (1.0 - GROUND_SHARE) * (0.6 * deep + 0.4 * normals[:, 2])
        light = _rgb(self.light.ambient) * open_share[:, None]
        if any(self.light.sun):
            light += _rgb(self.light.sun) * self._sunshine(world, points, normals)[:, None]
        return np.asarray(light, np.float32)

    def _sunshine(self, world: Surroundings, points: Floats, normals: Floats) -> Floats:
        to_sun = self.light.to_sun
        cosine = np.maximum(normals @ to_sun, 0.0)
        lit: Bools = cosine > 0.0
        starts = points[lit] + np.float32(SKIN_M) * normals[lit]
        towards = np.broadcast_to(np.float32(SHADOW_RAY_M) * to_sun, starts.shape)
        cosine[lit] *= ~world.blocked(starts, towards)
        return np.asarray(cosine, np.float32)

    def _from_lamps(self, points: Floats, normals: Floats, T_map_camera: Pose) -> Floats:
        """Street lamps that are not far from the camera, and the car's headlights."""
        light = _headlights(points, normals, T_map_camera)
        for lamp in self._lamps:
            if np.linalg.norm(lamp.at - T_map_camera.position) < LAMP_RANGE_M:
                light += lamp.colour * lamp.on(points, normals)[:, None]
        return light

    def _through_haze(self, seen: Floats, distance_m: Floats) -> Floats:
        clear = np.exp(distance_m * np.float32(-1.0 / HAZE_M))[:, None]
        return np.asarray(clear * seen + (1.0 - clear) * _rgb(self.light.horizon))

    def _cover(self, directions: Floats) -> Floats:
        """Share (N,) of clouds: a layer above, seen in perspective."""
        flat = directions[:, :2] / (np.abs(directions[:, 2:]) + np.float32(0.2))
        texture = np.zeros(len(flat), np.int32)
        footprint = np.full(len(flat), CLOUD_FOOTPRINT, np.float32)
        cover = self._clouds.sample(texture, flat * np.float32(CLOUD_SPAN), footprint)[:, 0]
        return np.asarray(cover / np.float32(255.0))


def _headlights(points: Floats, normals: Floats, T_map_camera: Pose) -> Floats:
    """Light (N, 3) of the camera car's own lamps, dipped."""
    rotation = T_map_camera.rotation.as_matrix().astype(np.float32)
    below = T_map_camera.position - [0.0, 0.0, HEADLIGHT_BELOW_M]
    source = PointLight(below.astype(np.float32), HEADLIGHT, HEADLIGHT_REACH_M)
    x, y, z = ((points - source.at) @ rotation).T
    ahead = np.maximum(z, 0.1)
    across, down = x / ahead / HEADLIGHT_WIDTH, (y / ahead - HEADLIGHT_DIP) / HEADLIGHT_HEIGHT
    beam = np.where(z > 0.1, np.exp(-across * across - down * down), 0.0)
    return np.asarray(source.colour * (beam * source.on(points, normals))[:, None], np.float32)


def _rgb(colour: Colour) -> Floats:
    return np.array(colour, np.float32)


def _clouds(rng: Generator) -> Picture:
    """White on black; mirrored, so that the picture repeats without a seam."""
    cover = sum(0.5**octave * noise(rng, (256, 256), (4 << octave,) * 2) for octave in range(4))
    half = tint((255, 255, 255), np.clip(2.2 * (cover / 1.875 - 0.42), 0.0, 1.0))
    upper = np.concatenate([half, half[:, ::-1]], axis=1)
    return np.concatenate([upper, upper[::-1]])
