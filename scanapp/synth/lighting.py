"""How bright things are: one lamp, the room, soft shadows, and highlights on glossy surfaces."""

from __future__ import annotations

import numpy as np

from scanapp.synth.motion import Floats, moved
from scanapp.synth.scene import Light
from scanapp.synth.shapes import Hits

_FACING = np.array([0.0, 0.0, -1.0])


def illumination(light: Light, hits: Hits, t: float) -> Floats:
    """(…) factors on reflectance; ``light.level`` for something at the world's origin that faces the camera."""
    level = light.level * (light.ambient + (1 - light.ambient) * direct_light(light, hits, t))
    for shade in light.shades:
        place = moved(shade.at, shade.moves, t)[0]
        share = np.clip(1 - np.linalg.norm(hits.world - place, axis=-1) / shade.radius, 0.0, 1.0)
        level = level * (1 - shade.depth * share**2 * (3 - 2 * share))
    return np.asarray(level)


def lamp_at(light: Light, t: float) -> Floats:
    """(3,) where the lamp is at ``t``, millimetres."""
    return np.asarray(moved(light.at, light.moves, t)[0])


def direct_light(light: Light, hits: Hits, t: float) -> Floats:
    """(…) the lamp's light alone: 1 for something at the world's origin that faces the camera, 4 at most."""
    lamp = lamp_at(light, t)
    near = np.linalg.norm(lamp)
    towards = lamp - hits.world
    distance = np.linalg.norm(towards, axis=-1)
    slant = np.einsum("...i,...i->...", towards, hits.normal) / distance
    straight = max(1e-3, float(lamp @ _FACING) / near)
    return np.asarray(np.minimum(np.maximum(slant, 0.0) / straight * (near / distance) ** 2, 4.0))


def highlight(light: Light, hits: Hits, eyes: Floats, gloss: float, polish: float, t: float = 0.0) -> Floats:
    """(…) light added by the lamp's mirror image (Phong 1975), in units of ``light.level``·white."""
    towards = lamp_at(light, t) - hits.world
    towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
    viewer = eyes[:, None, :] - hits.world
    viewer /= np.linalg.norm(viewer, axis=-1, keepdims=True)
    mirrored = 2 * np.einsum("...i,...i->...", towards, hits.normal)[..., None] * hits.normal - towards
    share = np.maximum(np.einsum("...i,...i->...", mirrored, viewer), 0.0)
    return np.asarray(4.0 * light.level * gloss * share**polish)
