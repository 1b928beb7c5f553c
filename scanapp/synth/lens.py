"""The camera as geometry: pixels to rays, places to pixels, with a rolling shutter.

Row ``y`` of a frame that starts at ``t`` is exposed from ``t + readout · y / height`` for ``shutter`` seconds;
truth speaks of the middle of that exposure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from scanapp.synth.motion import Floats, Path
from scanapp.synth.scene import Scene
from scanapp.synth.shapes import Shape


class Camera:
    """Intrinsics and path of one scene's camera."""

    def __init__(self, scene: Scene) -> None:
        self.width, self.height = scene.size
        self.focal = self.width / 2 / np.tan(np.radians(scene.camera.hfov) / 2)
        self.optics = scene.optics
        self.fps = scene.fps
        self.path = Path(scene.camera, np.random.default_rng([scene.seed, 1]))

    def row_times(self, frame: float, rows: ArrayLike, part: float = 0.5) -> Floats:
        """When ``rows`` are exposed, at ``part`` (0 to 1) of their exposure."""
        share = np.asarray(rows, float) / self.height
        return np.asarray(frame / self.fps + self.optics.readout * share + self.optics.shutter * part)

    def rays(self, xs: Floats, ys: Floats, times: Floats) -> tuple[Floats, Floats]:
        """Eyes (r, 3), rays (r, c, 3) through the columns ``xs`` (c,) of the rows ``ys`` (r,) at ``times`` (r,)."""
        eyes, turns = self.path.poses(times)
        x = np.broadcast_to((xs - (self.width - 1) / 2) / self.focal, (len(ys), len(xs)))
        y = np.broadcast_to(((ys - (self.height - 1) / 2) / self.focal)[:, None], x.shape)
        rays = np.stack([x, y, np.ones_like(x)], axis=-1)
        return eyes, np.asarray(np.einsum("rij,rcj->rci", turns, rays))

    def project(self, shape: Shape, uv: Floats, frame: float, part: float = 0.5) -> Floats:
        """Pixels (n, 2) of places (n, 2) on a surface; NaN behind the camera.

        Where a point lands decides when it is exposed, and that decides where it lands: three rounds suffice.
        """
        rows = np.full(len(uv), self.height / 2)
        pixels = np.empty((len(uv), 2))
        for _ in range(3):
            times = self.row_times(frame, np.clip(rows, 0, self.height), part)
            pixels = self._pinhole(shape.world(uv, times), times)
            rows = np.nan_to_num(pixels[:, 1], nan=self.height / 2)
        return pixels

    def _pinhole(self, world: Floats, times: Floats) -> Floats:
        eyes, turns = self.path.poses(times)
        local = np.einsum("nji,nj->ni", turns, world - eyes)
        depth = np.where(local[:, 2] > 1.0, local[:, 2], np.nan)
        x = local[:, 0] / depth * self.focal + (self.width - 1) / 2
        y = local[:, 1] / depth * self.focal + (self.height - 1) / 2
        return np.column_stack([x, y])
