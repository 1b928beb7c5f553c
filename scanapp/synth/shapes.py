"""Flat and bent surfaces: from rays to places on them, and back.

A place on a surface is (u, v) in millimetres from its centre, u along the bend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanapp.synth.motion import Floats, moved, rotations, smooth
from scanapp.synth.scene import Surface

_BEHIND = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Where rays meet a surface; all arrays share the rays' shape (…).

    uv      (…, 2) millimetres on the surface
    world   (…, 3) millimetres
    normal  (…, 3) unit vectors towards the viewer's side
    rim     (…) millimetres by which the ray misses a bent surface's silhouette (negative: hits); -1 if flat, far
            beside it for who looks at the back of what has one side
    reach   (…) how many rays long the way is; negative behind the camera
    """

    uv: Floats
    world: Floats
    normal: Floats
    rim: Floats
    reach: Floats

    @property
    def ahead(self) -> NDArray[np.bool_]:
        """(…) whether the place is in front of the camera."""
        return np.asarray(self.reach > 1.0)


class Shape:
    """The geometry of one surface."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.turn: Floats = rotations(surface.turn)[0]

    def hit(self, eyes: Floats, rays: Floats, t: Floats) -> Hits:
        """``eyes`` (r, 3) and ``rays`` (r, c, 3) at the instants ``t`` (r,), one a row."""
        place, turn = self._pose(t)
        origin = (eyes - place)[:, None, :] @ turn
        ray = rays @ turn
        hits = self._bent(origin, ray) if self.surface.bend else self._flat(origin, ray)
        uv, local, normal, rim, reach = hits
        back = np.swapaxes(turn, -1, -2)
        world = local @ back + place[:, None, :]
        return Hits(uv, world, normal @ back, rim, reach)

    def world(self, uv: Floats, t: Floats) -> Floats:
        """World positions (n, 3) of places (n, 2) at instants (n,)."""
        u, v = uv[:, 0], uv[:, 1]
        bend = self.surface.bend
        if bend:
            local = np.column_stack([bend * np.sin(u / bend), v, bend * (1 - np.cos(u / bend))])
        else:
            local = np.column_stack([u, v, np.zeros_like(u)])
        place, turn = self._pose(t)
        return np.asarray((local[:, None, :] @ np.swapaxes(turn, -1, -2))[:, 0] + place)

    def _pose(self, t: Floats) -> tuple[Floats, Floats]:
        """Where its centre is (m, 3), and its rotation to the world, (3, 3) or one an instant (m, 3, 3)."""
        surface = self.surface
        if not surface.turns:
            return moved(surface.at, surface.moves, t), self.turn
        spin = rotations(smooth([turn.t for turn in surface.turns], [turn.by for turn in surface.turns], t))
        pivot = surface.at if surface.pivot is None else surface.pivot
        arm = np.asarray(surface.at, float) - np.asarray(pivot, float)
        return moved(pivot, surface.moves, t) + spin @ arm, spin @ self.turn

    def _flat(self, origin: Floats, ray: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        depth = np.where(np.abs(ray[..., 2]) < 1e-9, 1e-9, ray[..., 2])
        reach = -origin[..., 2] / depth
        local = origin + reach[..., None] * ray
        facing = np.where(origin[..., 2] < 0, -1.0, 1.0)
        normal = np.zeros_like(local)
        normal[..., 2] = facing
        hidden = self.surface.one_sided & (origin[..., 2] > 0)
        rim = np.broadcast_to(np.where(hidden, _BEHIND, -1.0), reach.shape)
        return local[..., :2], local, normal, rim, reach

    def _bent(self, origin: Floats, ray: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        bend = self.surface.bend
        ox, oz = origin[..., 0], origin[..., 2] - bend
        a = ray[..., 0] ** 2 + ray[..., 2] ** 2
        half = ox * ray[..., 0] + oz * ray[..., 2]
        root = half**2 - a * (ox**2 + oz**2 - bend**2)
        rim = np.abs(ox * ray[..., 2] - oz * ray[..., 0]) / np.sqrt(a) - bend
        reach = (-half - np.sqrt(np.maximum(root, 0.0))) / a
        local = origin + reach[..., None] * ray
        angle = np.arctan2(local[..., 0], bend - local[..., 2])
        normal = np.stack([np.sin(angle), np.zeros_like(angle), -np.cos(angle)], axis=-1)
        return np.stack([angle * bend, local[..., 1]], axis=-1), local, normal, rim, reach
