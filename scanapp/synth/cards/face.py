"""A card face before any light falls on it: albedo, relief and metal, with the exact box of every character."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.cards import finish
from scanapp.synth.cards.artwork import artwork
from scanapp.synth.cards.canvas import Canvas
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.layout import LinePlan, Plan, plan_card
from scanapp.synth.cards.maps import Face, FieldLine
from scanapp.synth.cards.marks import decorate
from scanapp.synth.cards.shade import FaceLight, shade
from scanapp.synth.cards.typeset import Setting, typeset
from scanapp.synth.cards.wear import age

__all__ = ["Face", "FieldLine", "card_face"]

Float32 = NDArray[np.float32]
Rng = np.random.Generator


def card_face(rng: Rng, *, ppmm: float = 8.0, kind: str | None = None, fonts: FontSet) -> Face:
    """A random bank card with a number.

    ``kind``: embossed, flat, stacked, vertical or back; None mixes them (ValueError on others). The face is a
    function of the generator's state, the arguments and the fonts found on the machine.
    """
    plan = plan_card(rng, fonts, kind)
    canvas = _background(rng, plan, ppmm)
    settings = [(line, _set(rng, line, canvas)) for line in plan.lines]
    inked = [(line, setting) for line, setting in settings if setting is not None]
    _furniture(rng, fonts, plan, canvas, inked)
    _print(rng, fonts, plan, canvas, inked)
    age(rng, canvas)
    fields = tuple(FieldLine(line.field, line.text, s.chars, s.boxes / np.float32(ppmm)) for line, s in inked)
    face = Face(
        plan.size_mm,
        ppmm,
        canvas.albedo,
        canvas.height,
        canvas.metal,
        fields,
        plan.card.pan,
        plan.style,
        plan.layout,
    )
    return _pictured(rng, face) if rng.random() < 0.12 else face


def _pictured(rng: Rng, face: Face) -> Face:
    """The face as a flat picture of itself with its light printed on it: a print-out, a design, a screen."""
    level = np.zeros_like(face.height)
    return replace(face, albedo=shade(face, FaceLight.random(rng)), height=level, metal=level.copy())


def _background(rng: Rng, plan: Plan, ppmm: float) -> Canvas:
    width, height = (round(side * ppmm) for side in plan.size_mm)
    albedo = artwork(rng, width, height)
    if rng.random() < 0.25:  # many cards are quiet: pull the art towards one colour
        calm, share = rng.uniform(0, 255, 3), rng.uniform(0.5, 0.95)
        albedo = np.clip(albedo * (1 - share) + calm * share, 0, 255).astype(np.uint8)
    steel = rng.uniform(0.1, 0.45) if plan.style == "flat" and rng.random() < 0.07 else 0.0  # engraved metal cards
    metal = np.full((height, width), steel, np.float32)
    return Canvas(np.ascontiguousarray(albedo), np.zeros((height, width), np.float32), metal, ppmm)


def _set(rng: Rng, line: LinePlan, canvas: Canvas) -> Setting | None:
    k = canvas.ppmm
    wobble = abs(float(rng.normal(0, 0.05 if line.raised else 0.015))) * k
    return typeset(
        line.text, line.font, x=line.x * k, baseline=line.baseline * k, cap=line.cap * k, pitch=line.pitch,
        gap=line.gap, tracking=line.tracking, jitter=wobble, rng=rng, shape=canvas.shape,
    )  # fmt: skip


def _furniture(rng: Rng, fonts: FontSet, plan: Plan, canvas: Canvas, inked: list[tuple[LinePlan, Setting]]) -> None:
    """Chip and marks clear of the lines; on backs a stripe and a panel below them."""
    if plan.layout == "back":
        _stripe(rng, canvas, [s for line, s in inked if line.field == "pan"])
    boxes = [(s.x, s.y, s.x + s.mask.shape[1], s.y + s.mask.shape[0]) for _, s in inked]
    back = plan.layout == "back"
    decorate(rng, canvas.albedo, canvas.metal, canvas.height, canvas.ppmm, boxes, fonts=fonts, back=back)


def _stripe(rng: Rng, canvas: Canvas, numbers: list[Setting]) -> None:
    """The magnetic stripe, and a signature panel clear of the numbers or around them."""
    k, (rows, cols) = canvas.ppmm, canvas.shape
    high, low = min(s.y for s in numbers), max(s.y + s.mask.shape[0] for s in numbers)
    left, right = min(s.x for s in numbers), max(s.x + s.mask.shape[1] for s in numbers)
    top, tall = float(rng.uniform(2, 7)), float(rng.uniform(8, 13))
    tall = min(tall, high / k - top - 0.8)
    albedo = canvas.albedo
    if rows < cols and tall > 5:
        albedo[round(top * k) : round((top + tall) * k)] = rng.integers(8, 60)
        y = (top + tall + float(rng.uniform(1.5, 4))) * k
        x0, x1 = rng.uniform(0.02, 0.1) * cols, rng.uniform(0.5, 0.95) * cols
        # A number stands wholly on the signature panel or off it, never half.
        free = high > y + 10 * k or low < y or (x0 < left < right < x1 and y < high < low < y + 6 * k)
        if free and rng.random() < 0.7:
            albedo[round(y) : round(y + rng.uniform(6, 10) * k), round(x0) : round(x1)] = rng.integers(190, 250)


def _print(rng: Rng, fonts: FontSet, plan: Plan, canvas: Canvas, inked: list[tuple[LinePlan, Setting]]) -> None:
    main = finish.Finish.random(rng, raised=plan.style == "embossed")
    label = finish.Finish.random(rng, raised=False)
    for line, setting in inked:
        if line.field == "other" and not line.raised:
            finish.print_flat(rng, canvas, setting, label, line.cap)
    numbers = [(line, setting) for line, setting in inked if line.field != "other" or line.raised]
    raised = [(line, setting) for line, setting in numbers if line.raised]
    flat = [(line, setting) for line, setting in numbers if not line.raised]
    main = finish.suited(rng, canvas, [setting for _, setting in raised], main)
    for _, setting in raised:
        finish.emboss(rng, canvas, setting, main)
    joined = finish.shared_ground(rng, canvas, [s for line, s in flat if line.field == "pan"], main)
    for line, setting in flat:
        finish.print_flat(rng, canvas, setting, joined if line.field == "pan" else main, line.cap)
    if plan.layout == "back" and rng.random() < 0.3:
        _dents(rng, fonts, canvas, inked)
    elif not raised:
        return
    canvas.height[:] = cv2.GaussianBlur(canvas.height, (0, 0), max(0.6, 0.06 * canvas.ppmm))


def _dents(rng: Rng, fonts: FontSet, canvas: Canvas, inked: list[tuple[LinePlan, Setting]]) -> None:
    """What the front's embossing leaves on the back, beside the printed number."""
    lines = [s for line, s in inked if line.field != "other"]
    front = [line for line in plan_card(rng, fonts, "embossed").lines if line.raised]
    for line in front:
        setting = _set(rng, line, canvas)
        if setting is not None and all(
            abs(setting.y - s.y) > 1.2 * max(s.mask.shape[0], setting.mask.shape[0]) for s in lines
        ):
            finish.dent(canvas, setting, float(rng.uniform(0.15, 0.35)))
