"""What can be seen in a scene, frame by frame: from geometry alone, never from a reader.

Visible: all of it is in the frame and nothing covers it. Readable: visible, large enough, and not too blurred by
motion, defocus or glare (thresholds measured on zxing-cpp and PP-OCR, see docs/synth.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from scanapp.synth.lens import Camera
from scanapp.synth.lighting import highlight
from scanapp.synth.motion import Floats
from scanapp.synth.optics import confusion, focus_distance
from scanapp.synth.scene import Label, Scene, Truth
from scanapp.synth.shapes import Shape
from scanapp.synth.texture import Texture, label_transform

EVERY = 5
"""A quad is written for every fifth frame."""

_LENS_SIGMA = 0.6
_COVERED = 0.6
_GLARE = 0.6
_SAMPLES = 9
_LINEAR = frozenset({"EAN13", "EAN8", "UPCA", "UPCE", "Code128", "Code39", "Code93", "ITF", "Codabar", "DataBar"})


@dataclass(frozen=True, slots=True)
class _Need:
    """Pixels that the detail must have, and the blur (sigma) that it stands, in details."""

    pixels: float
    blur: float


_NEEDS = {
    "linear": _Need(1.1, 0.5),
    "matrix": _Need(1.7, 0.5),
    "text": _Need(8.0, 0.2),
    "card": _Need(16.0, 0.1),
    "product": _Need(5.0, 0.3),
}
"""Of a card's number the detail is the height of its digits; below 16 pixels video compression eats them."""


@dataclass(slots=True)
class _Watched:
    """One object of the truth, and what has been noted of it."""

    id: str
    truth: Truth
    label: Label
    surface: int
    visible: list[bool] = field(default_factory=list)
    readable: list[bool] = field(default_factory=list)
    quads: list[list[object]] = field(default_factory=list)

    @property
    def sort(self) -> str:
        if self.truth.kind != "code":
            return self.truth.kind
        return "linear" if self.truth.value["format"] in _LINEAR else "matrix"

    def places(self, along: int) -> Floats:
        """(along², 2) places on the surface, evenly over the object, row by row."""
        return self._spread(self.truth.box, along)

    @property
    def part(self) -> tuple[float, float, float, float]:
        """The box of what must be read."""
        return self.truth.part or self.truth.box

    def read_places(self, along: int) -> Floats:
        """The same over what must be read of it."""
        return self._spread(self.part, along)

    def _spread(self, box: tuple[float, float, float, float], along: int) -> Floats:
        x0, y0, x1, y1 = box
        steps = np.linspace(0, 1, along)
        x, y = np.meshgrid(x0 + (x1 - x0) * steps, y0 + (y1 - y0) * steps)
        points = np.column_stack([x.ravel(), y.ravel(), np.ones(along**2)])
        return np.asarray(points @ label_transform(self.label).T)


def trace(scene: Scene, video: str, textures: Sequence[Texture]) -> dict[str, object]:
    """The truth file of a scene as a JSON-ready dictionary (schema 1)."""
    camera = Camera(scene)
    shapes = [Shape(surface) for surface in scene.surfaces]
    watched = list(_objects(scene))
    for frame in range(scene.frames):
        for thing in watched:
            _note(thing, frame, scene, camera, shapes, textures)
    spoken = {"kinds": list(scene.kinds)} if scene.kinds else {}
    return {
        "schema": 1,
        "video": video,
        "pipeline": scene.pipeline,
        **spoken,
        "size": list(scene.size),
        "fps": float(scene.fps),
        "frames": scene.frames,
        "duration": round(scene.frames / scene.fps, 3),
        "scene": scene.name,
        "seed": scene.seed,
        "objects": [_entry(thing, scene.fps) for thing in watched if thing.quads],
    }


def _objects(scene: Scene) -> Iterator[_Watched]:
    used: set[str] = set()
    for number, surface in enumerate(scene.surfaces):
        for label in surface.labels:
            for truth in label.art.truth():
                if scene.kinds and truth.kind not in scene.kinds:
                    continue
                base = label.id or truth.kind
                name = (
                    base
                    if base not in used
                    else next(f"{base}{n}" for n in range(2, 999) if f"{base}{n}" not in used)
                )
                used.add(name)
                yield _Watched(name, truth, label, number)


def _note(
    thing: _Watched, frame: int, scene: Scene, camera: Camera, shapes: list[Shape], textures: Sequence[Texture]
) -> None:
    shape = shapes[thing.surface]
    corners = thing.places(2)[[0, 1, 3, 2]]
    quad = camera.project(shape, corners, frame)
    width, height = scene.size
    seen = bool(np.isfinite(quad).all()) and _overlaps(quad, width, height)
    if seen and frame % EVERY == 0:
        thing.quads.append([frame, np.round(quad, 1).tolist()])
    whole = seen and bool((quad >= 0).all() and (quad <= (width - 1, height - 1)).all())
    pixels = camera.project(shape, thing.read_places(_SAMPLES), frame) if whole else quad
    thing.visible.append(whole and not _covered(thing, pixels, frame, camera, shapes, textures))
    if thing.truth.part is not None:
        corners = thing.read_places(2)[[0, 1, 3, 2]]
        quad = camera.project(shape, corners, frame)
    thing.readable.append(thing.visible[-1] and _sharp(thing, corners, quad, frame, scene, camera, shape))


def _overlaps(quad: Floats, width: int, height: int) -> bool:
    low, high = quad.min(axis=0), quad.max(axis=0)
    return bool(low[0] < width and low[1] < height and high[0] > 0 and high[1] > 0)


def _covered(
    thing: _Watched,
    pixels: Floats,
    frame: int,
    camera: Camera,
    shapes: list[Shape],
    textures: Sequence[Texture],
) -> bool:
    """Whether any surface drawn later hides any of the object's sample points, or the object turns its back."""
    times = camera.row_times(frame, pixels[:, 1])
    eyes, rays = _rays_through(camera, pixels, times)
    own = shapes[thing.surface]
    if own.surface.bend and _turned_away(own, thing, eyes, rays, times):
        return True
    if own.surface.one_sided and (own.hit(eyes, rays, times).rim > 0).any():
        return True
    for shape, texture in zip(shapes[thing.surface + 1 :], textures[thing.surface + 1 :], strict=True):
        hits = shape.hit(eyes, rays, times)
        opacity = texture.alpha(hits.uv[:, 0]) * (hits.ahead & (hits.rim <= 0))[:, 0]
        if (opacity > _COVERED).any():
            return True
    return False


def _rays_through(camera: Camera, pixels: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Eyes (n, 3) and rays (n, 1, 3) through single pixels (n, 2)."""
    eyes, turns = camera.path.poses(times)
    x = (pixels[:, 0] - (camera.width - 1) / 2) / camera.focal
    y = (pixels[:, 1] - (camera.height - 1) / 2) / camera.focal
    local = np.column_stack([x, y, np.ones_like(x)])
    return eyes, np.asarray(np.einsum("nij,nj->ni", turns, local))[:, None, :]


def _turned_away(shape: Shape, thing: _Watched, eyes: Floats, rays: Floats, times: Floats) -> bool:
    """On a bent surface: whether the ray to a point meets another point first."""
    hits = shape.hit(eyes, rays, times)
    return bool((np.abs(hits.uv[:, 0] - thing.read_places(_SAMPLES)).max(axis=1) > 2.0).any())


def _sharp(
    thing: _Watched, corners: Floats, quad: Floats, frame: int, scene: Scene, camera: Camera, shape: Shape
) -> bool:
    edges = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    x0, y0, x1, y1 = thing.part
    scale = [min(edges[0], edges[2]) / (x1 - x0), min(edges[1], edges[3]) / (y1 - y0)]
    if thing.sort == "linear":
        scale = scale[:1]
    detail = thing.truth.detail * min(scale)
    need = _NEEDS[thing.sort]
    if detail < need.pixels:
        return False
    blur = np.hypot(
        _LENS_SIGMA,
        np.hypot(_smear(thing, corners, quad, frame, camera, shape), _fuzz(corners, frame, scene, camera, shape)),
    )
    return bool(blur <= need.blur * detail) and not _glaring(thing, frame, scene, camera, shape)


def _smear(thing: _Watched, corners: Floats, quad: Floats, frame: int, camera: Camera, shape: Shape) -> float:
    """Standard deviation in pixels of the motion blur; for a linear code across its bars only."""
    path = camera.project(shape, corners, frame, 1.0) - camera.project(shape, corners, frame, 0.0)
    if thing.sort == "linear":
        along = (quad[1] - quad[0]) / max(float(np.linalg.norm(quad[1] - quad[0])), 1e-6)
        return float(np.abs(path @ along).max() / np.sqrt(12))
    return float(np.linalg.norm(path, axis=1).max() / np.sqrt(12))


def _fuzz(corners: Floats, frame: int, scene: Scene, camera: Camera, shape: Shape) -> float:
    """Standard deviation in pixels of the defocus."""
    time = camera.row_times(frame, np.full(4, camera.height / 2))
    eyes, _ = camera.path.poses(time)
    distance = float(np.linalg.norm(shape.world(corners, time) - eyes, axis=1).mean())
    focus = focus_distance(scene.optics, camera, float(time[0]))
    return confusion(scene.optics, camera, focus, distance) / 4


def _glaring(thing: _Watched, frame: int, scene: Scene, camera: Camera, shape: Shape) -> bool:
    """Whether a highlight washes out more than a tenth of the object."""
    surface = shape.surface
    if not surface.gloss:
        return False
    pixels = camera.project(shape, thing.read_places(_SAMPLES), frame)
    times = camera.row_times(frame, pixels[:, 1])
    eyes, rays = _rays_through(camera, pixels, times)
    now = float(times.mean())
    shine = highlight(scene.light, shape.hit(eyes, rays, times), eyes, surface.gloss, surface.polish, now)
    return bool((shine > _GLARE * scene.light.level).mean() > 0.1)


def _entry(thing: _Watched, fps: int) -> dict[str, object]:
    visible = _intervals(thing.visible, fps)
    known = thing.truth.kind != "product" or bool(thing.truth.value["sku"])
    required = thing.label.required and thing.truth.required and known and bool(visible)
    entry: dict[str, object] = {
        "id": thing.id,
        "kind": thing.truth.kind,
        "value": dict(thing.truth.value),
        "required": required,
    }
    if thing.truth.kind == "text":
        entry["max_cer"] = thing.label.max_cer
    return {**entry, "visible": visible, "readable": _intervals(thing.readable, fps), "quads": thing.quads}


def _intervals(flags: list[bool], fps: int) -> list[list[float]]:
    """Runs of true frames as [first, last] seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.array(flags, int), [0]])))
    return [
        [round(int(a) / fps, 3), round((int(b) - 1) / fps, 3)] for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
