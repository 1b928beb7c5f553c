"""A face in the making: text, boxes, bar codes and portraits put on it in millimetres, and the lines remembered."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.cards.art_colour import Bgr, Picture, Rng, colour, solid
from scanapp.synth.cards.artwork import artwork
from scanapp.synth.cards.glyphs import Font, FontSet
from scanapp.synth.cards.maps import Face, FieldLine
from scanapp.synth.cards.typeset import line_width, typeset

EMBOSSED_MM = 0.46


@dataclass(slots=True, eq=False)
class Sheet:
    """A face to draw on. Places and sizes are millimetres from the top left of the upright thing."""

    rng: Rng
    fonts: FontSet
    ppmm: float
    size_mm: tuple[float, float]
    albedo: Picture
    height: NDArray[np.float32]
    metal: NDArray[np.float32]
    font: Font
    lines: list[FieldLine] = field(default_factory=list)

    @staticmethod
    def new(
        rng: Rng, fonts: FontSet, ppmm: float, size_mm: tuple[float, float], ground: Bgr | str | None = None
    ) -> Sheet:
        """A sheet of one colour, of a kind of artwork, or (None) of any artwork."""
        width, tall = (max(16, round(n * ppmm)) for n in size_mm)
        base = solid(width, tall, ground) if isinstance(ground, tuple) else artwork(rng, width, tall, ground)
        zero = np.zeros((tall, width), np.float32)
        return Sheet(rng, fonts, ppmm, size_mm, base, zero, zero.copy(), fonts.text(rng))

    def face(self, layout: str) -> Face:
        """The finished face, without a card number."""
        return Face(
            size_mm=self.size_mm,
            ppmm=self.ppmm,
            albedo=self.albedo,
            height=self.height,
            metal=self.metal,
            lines=tuple(self.lines),
            pan="",
            style="embossed" if self.height.max() > 0.2 else "flat",
            layout=layout,
        )

    def px(self, *mm: float) -> list[int]:
        """Millimetres as whole pixels."""
        return [round(n * self.ppmm) for n in mm]

    def ink(self, x: float, y: float, wide: float = 20, tall: float = 4) -> Bgr:
        """A dark or a light colour that can be read at a place."""
        x0, y0, x1, y1 = (max(0, n) for n in self.px(x, y - tall, x + wide, y))
        part = self.albedo[y0 : y1 + 1, x0 : x1 + 1]
        if part.size and part.mean() > 120:
            return colour(self.rng, None, None, self.rng.uniform(0.0, 0.3))
        return colour(self.rng, None, 0.4 * self.rng.random(), self.rng.uniform(0.8, 1.0))

    def text(
        self,
        text: str,
        x: float,
        y: float,
        cap: float,
        *,
        ink: Bgr | None = None,
        font: Font | None = None,
        raised: bool = False,
        pitch: float | None = None,
    ) -> float:
        """Writes a line from ``x`` on the baseline ``y``, capitals ``cap`` tall; too long a line is set smaller.

        Returns where it ends. A line that would leave the sheet is not written.
        """
        font = font or self.font
        wide = cap * line_width(text, font, pitch=pitch, gap=0.4)
        cap *= min(1.0, max(0.1, self.size_mm[0] - 1.0 - x) / max(wide, 1e-3))
        shape = (self.albedo.shape[0], self.albedo.shape[1])
        setting = typeset(
            text,
            font,
            x=x * self.ppmm,
            baseline=y * self.ppmm,
            cap=cap * self.ppmm,
            pitch=pitch,
            gap=0.4,
            shape=shape,
        )
        if setting is None:
            return x
        window = setting.window
        colour_ = np.array(ink or self.ink(x, y, wide, cap), np.float32)
        mask = setting.mask[..., None] * np.float32(self.rng.uniform(0.3, 1.0) if raised else 1.0)
        self.albedo[window] = self.albedo[window] * (1 - mask) + colour_ * mask
        if raised:
            self.height[window] = np.maximum(self.height[window], setting.mask * EMBOSSED_MM)
        boxes = np.asarray(setting.boxes / self.ppmm, np.float32)
        self.lines.append(FieldLine("other", text, setting.chars, boxes))
        return float(boxes[:, 2].max())

    def box(self, x0: float, y0: float, x1: float, y1: float, bgr: Bgr, share: float = 1.0) -> None:
        """A filled rectangle, see-through by ``1 - share``."""
        a, b, c, d = (max(0, n) for n in self.px(x0, y0, x1, y1))
        part = self.albedo[b:d, a:c]
        part[...] = (1 - share) * part + share * np.array(bgr)

    def rule(self, x0: float, y0: float, x1: float, y1: float, bgr: Bgr, wide: float = 0.2) -> None:
        """A straight line ``wide`` mm thick, at least a pixel."""
        a, b, c, d = self.px(x0, y0, x1, y1)
        cv2.line(self.albedo, (a, b), (c, d), bgr, max(1, round(wide * self.ppmm)), cv2.LINE_AA)

    def bars(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A linear bar code on white: bars and gaps of one to four modules."""
        self.box(x0, y0, x1, y1, (250, 250, 250))
        a, b, c, d = self.px(x0 + 2, y0 + 0.8, x1 - 2, y1 - 0.8)
        if c - a < 8 or d <= b:
            return
        widths = self.rng.choice([1, 2, 3, 4], 90, p=[0.5, 0.28, 0.14, 0.08])
        dark = np.repeat(np.arange(90) % 2 == 0, widths)[:120]
        row = np.where(dark, 20, 250).astype(np.uint8)[None, :]
        self.albedo[b:d, a:c] = cv2.resize(row, (c - a, 1), interpolation=cv2.INTER_AREA)[..., None]

    def matrix(self, x0: float, y0: float, side: float) -> None:
        """What looks like a QR code: random modules and three finders."""
        count = int(self.rng.choice([21, 25, 29]))
        cells = (self.rng.random((count, count)) < 0.5).astype(np.uint8)
        for top, left in ((0, 0), (0, count - 7), (count - 7, 0)):
            cells[top : top + 7, left : left + 7] = 1
            cells[top + 1 : top + 6, left + 1 : left + 6] = 0
            cells[top + 2 : top + 5, left + 2 : left + 5] = 1
        self.box(x0 - 1, y0 - 1, x0 + side + 1, y0 + side + 1, (252, 252, 252))
        a, b, n = self.px(x0, y0, side)
        part = self.albedo[b : b + n, a : a + n]
        if part.size:
            shown = cv2.resize(250 - 235 * cells, (n, n), interpolation=cv2.INTER_NEAREST)[..., None]
            part[...] = shown[: part.shape[0], : part.shape[1]]

    def portrait(self, x0: float, y0: float, wide: float) -> None:
        """A head and shoulders before a plain ground, in colour or grey."""
        tall = wide * 1.28
        rng = self.rng
        self.box(x0, y0, x0 + wide, y0 + tall, colour(rng, None, 0.25, rng.uniform(0.6, 0.95)))
        a, b, c, d = self.px(x0, y0, x0 + wide, y0 + tall)
        part = self.albedo[max(0, b) : d, max(0, a) : c]
        if min(part.shape[:2]) < 8:
            return
        n = part.shape[1]
        skin = colour(rng, 0.06, rng.uniform(0.25, 0.6), rng.uniform(0.3, 0.95))
        hair = colour(rng, 0.08, rng.uniform(0.1, 0.7), rng.uniform(0.05, 0.6))
        drawn = part.copy()
        middle = n // 2
        cv2.ellipse(
            drawn, (middle, int(n * 1.35)), (int(n * 0.45), int(n * 0.4)), 0, 0, 360, colour(rng), -1, cv2.LINE_AA
        )
        cv2.ellipse(
            drawn, (middle, int(n * 0.52)), (int(n * 0.27), int(n * 0.34)), 0, 0, 360, hair, -1, cv2.LINE_AA
        )
        cv2.rectangle(drawn, (int(n * 0.42), int(n * 0.7)), (int(n * 0.58), int(n * 1.0)), skin, -1)
        cv2.ellipse(drawn, (middle, int(n * 0.6)), (int(n * 0.21), int(n * 0.28)), 0, 0, 360, skin, -1, cv2.LINE_AA)
        dark = [int(v * 0.45) for v in skin]
        for x in (0.42, 0.58):
            cv2.circle(drawn, (int(n * x), int(n * 0.56)), max(1, n // 40), dark, -1, cv2.LINE_AA)
        cv2.line(
            drawn,
            (int(n * 0.44), int(n * 0.75)),
            (int(n * 0.56), int(n * 0.75)),
            dark,
            max(1, n // 50),
            cv2.LINE_AA,
        )
        if rng.random() < 0.4:
            drawn[...] = drawn.mean(axis=2, keepdims=True)
        part[...] = drawn


def digits(rng: Rng, *groups: int) -> str:
    """Random digits in groups set apart by blanks."""
    return " ".join("".join(str(d) for d in rng.integers(0, 10, n)) for n in groups)
