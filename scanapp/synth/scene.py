"""The words in which a scene is declared: frozen dataclasses, nothing that computes.

World coordinates are millimetres: x right, y down, z away from the camera. A surface that is not turned faces
the camera; angles are degrees; time is seconds from the start of the recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vec3 = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Truth:
    """What a reader must find in an artwork.

    kind    "code", "text", "card" or "product"
    value   as in an event: ``{"format", "text"}``, ``{"text", "lines"}``, ``{"sku", "name"}`` (an empty sku: in no
            catalogue), or for a card what is printed on it of "pan" (all digits, no blanks), "expiry" ("2027-12")
            and "holder"
    box     (x0, y0, x1, y1) of the thing inside its artwork, millimetres from the artwork's top left
    detail  millimetres that a reader must resolve: a module of a code, the x-height of a text or of an item's names
    required  False for what may be read but need not be
    part    box of what a reader must read of it, where that is not all of it (a card's number)
    """

    kind: str
    value: Mapping[str, Any]
    box: tuple[float, float, float, float]
    detail: float
    required: bool = True
    part: tuple[float, float, float, float] | None = None


class Art(Protocol):
    """Something that can be printed. ``size`` is (width, height) in millimetres."""

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) in millimetres."""

    def paint(self, ppmm: float, rng: np.random.Generator) -> NDArray[np.uint8]:
        """(height·ppmm, width·ppmm, 4) uint8 RGBA, sRGB, straight alpha."""

    def truth(self) -> tuple[Truth, ...]:
        """What can be read in it; empty for decoration."""


@dataclass(frozen=True, slots=True)
class Label:
    """An artwork stuck on a surface.

    at        (x, y) of its centre on the surface, millimetres from the surface's centre (along the bend, if bent)
    turn      degrees, clockwise
    required  whether a replay must confirm it; False for text that may be read but need not be
    max_cer   text only: the share of wrong characters that still counts as found
    """

    art: Art
    at: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    id: str = ""
    required: bool = True
    max_cer: float = 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """Where a moving surface is at ``t``: its centre shifted by ``by`` (mm) from its place."""

    t: float
    by: Vec3


@dataclass(frozen=True, slots=True)
class Turn:
    """How far a turning surface is turned at ``t``: (yaw, pitch, roll) in degrees, from how it stands."""

    t: float
    by: Vec3


@dataclass(frozen=True, slots=True)
class Surface:
    """A printed rectangle in space, flat or bent round a vertical axis like a can.

    ground   what it is made of; painted over its whole size, labels on top (transparent ground: nothing there)
    at       world position of its centre (of its front-most point, if bent)
    turn     (yaw, pitch, roll): degrees about its vertical, horizontal and viewing axis
    bend     radius in millimetres, 0 for flat
    gloss    strength of its highlights: 0 paper, 0.3 glossy print, 0.8 wet or laminated
    polish   how small the highlights are (Phong exponent)
    shadow   millimetres of soft contact shadow around it, 0 for none
    corner   radius of rounded corners, millimetres
    moves    where it is over time
    turns    how it is turned over time, about ``pivot`` (a world position that moves with it; none: its centre)
    one_sided  it is not there for who looks at its back: a panel of a closed body
    """

    ground: Art
    labels: tuple[Label, ...] = ()
    at: Vec3 = (0.0, 0.0, 0.0)
    turn: Vec3 = (0.0, 0.0, 0.0)
    bend: float = 0.0
    gloss: float = 0.0
    polish: float = 60.0
    shadow: float = 0.0
    corner: float = 0.0
    moves: tuple[Move, ...] = ()
    turns: tuple[Turn, ...] = ()
    pivot: Vec3 | None = None
    one_sided: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """Where the camera stands at ``t``, what it looks at, and how it is rolled (degrees)."""

    t: float
    eye: Vec3
    target: Vec3
    roll: float = 0.0


@dataclass(frozen=True, slots=True)
class Tremor:
    """A hand: root-mean-square amplitudes of band-limited noise (``low`` to ``high`` hertz, weaker when faster).

    shift  millimetres, each axis
    turn   degrees, each axis; 0.15 is a calm hand, 0.5 a nervous one
    """

    shift: float = 1.0
    turn: float = 0.15
    low: float = 0.4
    high: float = 9.0


@dataclass(frozen=True, slots=True)
class CameraPath:
    """Keyframes, passed smoothly, plus a hand's tremor. ``hfov`` is the horizontal field of view in degrees."""

    keys: tuple[Key, ...]
    tremor: Tremor = field(default_factory=Tremor)
    hfov: float = 62.0


@dataclass(frozen=True, slots=True)
class Focus:
    """The focus distance (mm) that the lens reaches at ``t``; between two of them it moves smoothly."""

    t: float
    distance: float


@dataclass(frozen=True, slots=True)
class Hunt:
    """The autofocus loses itself: a damped swing of ``depth`` dioptres around the right focus."""

    t: float
    seconds: float = 0.8
    depth: float = 1.5


@dataclass(frozen=True, slots=True)
class Optics:
    """Lens and sensor.

    aperture  diameter of the pupil in millimetres; larger: less depth of field
    focus     explicit focus pulls; empty: the autofocus follows the target with a lag of ``lag`` seconds
    shutter   exposure time in seconds: longer means more motion blur and less noise
    readout   seconds from the first row's exposure to the last one's (rolling shutter)
    noise     factor on shot and read noise; 1 is a phone's main camera
    sharpen   strength of the phone's own sharpening
    """

    aperture: float = 2.4
    focus: tuple[Focus, ...] = ()
    hunts: tuple[Hunt, ...] = ()
    lag: float = 0.25
    shutter: float = 1 / 100
    readout: float = 0.018
    noise: float = 1.0
    sharpen: float = 0.5
    vignette: float = 0.25


@dataclass(frozen=True, slots=True)
class Shade:
    """A soft shadow (of the hand, of the phone) on everything around a world position; it may move."""

    at: Vec3
    radius: float
    depth: float = 0.5
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class Light:
    """One lamp and the room.

    at       the lamp's world position; it gives the fall-off of light and the highlights on glossy surfaces
    level    brightness: 1 is a bright room; below 0.1 the sensor's gain brings up noise
    ambient  share of light that comes from everywhere
    tint     (red, green, blue) factors of the light that white balance leaves
    moves    how far the lamp is shifted from its place at which instants
    """

    at: Vec3 = (-300.0, -500.0, -700.0)
    level: float = 0.6
    ambient: float = 0.55
    tint: Vec3 = (1.0, 1.0, 1.0)
    shades: tuple[Shade, ...] = ()
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """A recording to be made. ``surfaces`` are drawn in order, the farthest first.

    pipeline  the pipeline that a replay runs on it
    kinds     kinds that the truth speaks of, where that is not all
    exposure  factor by which the exposure is wrong at the start, until auto-exposure has settled
    max_bytes the encoder lowers quality until the video fits
    """

    name: str
    surfaces: tuple[Surface, ...]
    camera: CameraPath
    seconds: float = 5.0
    pipeline: str = "everything"
    kinds: tuple[str, ...] = ()
    size: tuple[int, int] = (1280, 720)
    fps: int = 30
    seed: int = 1
    optics: Optics = field(default_factory=Optics)
    light: Light = field(default_factory=Light)
    exposure: float = 1.0
    max_bytes: int = 1_200_000

    def at_rate(self, fps: int) -> Scene:
        """The same scene filmed at another rate; the byte limit grows with the frames."""
        return replace(self, fps=fps, max_bytes=round(self.max_bytes * max(1.0, fps / self.fps)))

    @property
    def frames(self) -> int:
        """How many frames the recording has."""
        return max(1, round(self.seconds * self.fps))
