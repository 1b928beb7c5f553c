"""A scene to frames, and to a video with its truth beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from scanapp.errors import OutputError, UsageError
from scanapp.frame import Bgr
from scanapp.sanitize import printable
from scanapp.synth.encode import encode
from scanapp.synth.layer import Float32, Grid, Rays, render_layer
from scanapp.synth.lens import Camera
from scanapp.synth.optics import focus_distance, lens_blur, vignette
from scanapp.synth.scene import Scene
from scanapp.synth.sensor import AutoExposure, Grain, expose
from scanapp.synth.shapes import Shape
from scanapp.synth.texture import Texture
from scanapp.synth.truth import trace

Progress = Callable[[int, int], None]
"""Called with (frames done, frames in all)."""

_PROBES = 24
_FINER = 1.2


def render(scene: Scene, path: str | Path, on_progress: Progress | None = None) -> Path:
    """Write the video ``path`` and, beside it, its ``.truth.json``; returns the truth's path.

    UsageError for a size that H.264 4:2:0 cannot hold, OutputError for what cannot be written.
    """
    if any(side < 16 or side % 2 for side in scene.size):
        raise UsageError(f"{scene.name}: a video's sides must be even and at least 16, got {scene.size}")
    video = Path(path)
    if not video.parent.is_dir():
        raise OutputError(f"{printable(str(video.parent))}: no such folder")
    studio = Studio(scene)
    encode(_counted(studio.frames(), scene.frames, on_progress), video, scene.size, scene.fps, scene.max_bytes)
    truth = video.with_suffix(".truth.json")
    try:
        truth.write_text(_readable_json(trace(scene, video.name, studio.textures)), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{printable(str(truth))}: cannot write the truth: {error}") from error
    return truth


class Studio:
    """A scene made ready: textures painted, camera in hand."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.camera = Camera(scene)
        self.grid = Grid(self.camera)
        self.shapes = [Shape(surface) for surface in scene.surfaces]
        self.textures = make_textures(scene, self.camera, self.grid, self.shapes)
        self._vignette = vignette(*scene.size, scene.optics.vignette)

    def frames(self) -> Iterator[Bgr]:
        """All frames as (height, width, 3) uint8 BGR; the same for the same scene."""
        grain = Grain(self.scene.size, np.random.default_rng([self.scene.seed, 4]))
        metering = AutoExposure(self.scene.fps, self.scene.exposure)
        for index in range(self.scene.frames):
            light = self.light(index)
            rng = np.random.default_rng([self.scene.seed, 2, index])
            yield expose(light, metering.gain(light), self.scene.optics, grain.field(rng))

    def light(self, index: int) -> Float32:
        """(height, width, 3) float32 linear RGB light that reaches the sensor in frame ``index``."""
        scene = self.scene
        exposure = self._exposure(index)
        focus = focus_distance(scene.optics, self.camera, float(self.camera.row_times(index, scene.size[1] / 2)))
        picture = np.zeros((scene.size[1], scene.size[0], 3), np.float32)
        for surface, shape, texture in zip(scene.surfaces, self.shapes, self.textures, strict=True):
            layer = render_layer(surface, shape, texture, self.grid, exposure, scene.light, focus)
            if layer is not None:
                layer.over(picture)
        return lens_blur(picture) * self._vignette

    def _exposure(self, index: int) -> list[Rays]:
        """Rays at as many instants of the exposure as the fastest surface needs."""
        parts = int(np.clip(np.ceil(self._fastest(index) / 1.2), 1, 16))
        return [self.grid.rays(index, (part + 0.5) / parts) for part in range(parts)]

    def _fastest(self, index: int) -> float:
        """Pixels that the centre of any surface in front of the camera moves during one exposure."""
        centre = np.zeros((1, 2))
        paths = [
            self.camera.project(shape, centre, index, 1.0) - self.camera.project(shape, centre, index, 0.0)
            for shape in self.shapes
        ]
        return float(np.nan_to_num(np.linalg.norm(np.concatenate(paths), axis=1)).max(initial=0.0))


def make_textures(scene: Scene, camera: Camera, grid: Grid, shapes: list[Shape]) -> list[Texture]:
    """Each surface painted as finely as its nearest view in the recording needs."""
    textures = []
    for number, (surface, shape) in enumerate(zip(scene.surfaces, shapes, strict=True)):
        rng = np.random.default_rng([scene.seed, 3, number])
        textures.append(Texture(surface, _FINER * _finest(scene, camera, grid, shape), rng))
    return textures


def _finest(scene: Scene, camera: Camera, grid: Grid, shape: Shape) -> float:
    """Pixels a millimetre at the nearest look that the camera takes at a surface."""
    half = np.array(shape.surface.ground.size) / 2
    best = 0.5
    for frame in np.unique(np.linspace(0, scene.frames - 1, _PROBES).astype(int)):
        rays = grid.rays(float(frame), 0.5)
        hits = shape.hit(rays.eyes, rays.rays, rays.times)
        seen = (np.abs(hits.uv) <= half).all(axis=-1) & hits.ahead & (hits.rim <= 0)
        if seen.any():
            away = np.linalg.norm(hits.world - rays.eyes[:, None, :], axis=-1)[seen]
            best = max(best, camera.focal / float(np.percentile(away, 5)))
    return best


def _counted(frames: Iterator[Bgr], total: int, on_progress: Progress | None) -> Iterator[Bgr]:
    for index, frame in enumerate(frames):
        yield frame
        if on_progress is not None:
            on_progress(index + 1, total)


def _readable_json(truth: dict[str, object]) -> str:
    """One object a line, so that a change of a scene is a short diff."""
    objects = truth.pop("objects")
    assert isinstance(objects, list)
    head = json.dumps(truth, ensure_ascii=False)[:-1]
    body = ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in objects)
    return f'{head},\n "objects": [\n  {body}\n ]}}\n' if objects else f'{head}, "objects": []}}\n'
