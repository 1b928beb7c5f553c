"""The annotated frame: what is in view, where it is now, and what it says.

Frame pixels are shrunk first and then drawn on, labels are cached stamps: a 1080p frame with five tracks costs
about as much as shrinking it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanapp.events import CONFIRMED, Event
from scanapp.frame import Bgr
from scanapp.geometry import Quad, as_quad
from scanapp.snapshot import Snapshot, TrackState
from scanapp.views.base import RateMeter
from scanapp.views.card_panel import flat_card, lay_advice, lay_panel, leading_card
from scanapp.views.draw import Box, best_spot, box_around, faint_corners, fit_scale, outline, shrunk, tint, within
from scanapp.views.labels import WHITE, Color, Run, Stamp, pill
from scanapp.views.secrets import Secrets, present
from scanapp.views.steady import SteadyAdvice
from scanapp.views.veil import Patch, veil
from scanapp.views.wording import caption, drop_count, heading

COLORS: dict[str, Color] = {
    "seen": (235, 232, 228),
    "reading": (60, 190, 255),
    "found": (255, 170, 70),
    "confirmed": (110, 220, 80),
}
"""Blue, green, red: faint grey, amber, blue, green."""

_ORDER = ("confirmed", "found", "reading", "seen")
_MAX_LABELS = 14
_TOO_MUCH = 0.4
_DIM: Color = (205, 205, 205)


def draw_overlay(
    snapshot: Snapshot,
    *,
    max_side: int | None = None,
    toasts: Sequence[Event] = (),
    fps: float | None = None,
) -> Bgr:
    """The snapshot's frame with everything on it: a new ``(h, w, 3) uint8`` BGR image.

    max_side  pixels of the longer side at most; the frame is never enlarged
    toasts    confirmed events to show at the bottom, the newest last
    fps       frames a second for the status bar, None to leave it out
    """
    sheet = _sheet(snapshot, max_side, toasts, _status_words(snapshot, fps))
    return _draw(sheet, present(sheet.tracks), leading_card(sheet.tracks), {})


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One frame taken in, ready to be drawn on: without the frame, which is large.

    image  (h, w, 3) uint8 BGR, the frame's pixels at ``scale`` ≤ 1, its secrets *not* yet hidden
    """

    image: Bgr
    scale: float
    pts: float
    tracks: tuple[TrackState, ...]
    toasts: tuple[Event, ...]
    status: str


class OverlayPainter:
    """`draw_overlay` with a memory, for a stream: recent results stay readable, labels and advice stay in place.

    What was hidden in one frame stays hidden in the next ones (see `Secrets`). Who can wait uses `take` at once and
    `finish` later: then the secrets of the frames in between are hidden too.
    """

    def __init__(self, max_side: int | None = None, *, toast_seconds: float = 3.5, toasts: int = 3) -> None:
        self._max_side = max_side
        self._toast_seconds = toast_seconds
        self._recent: deque[Event] = deque(maxlen=toasts)
        self._rate = RateMeter()
        self._sides: dict[int, int] = {}  # by track id; minus the id for the corner of its panel
        self._status: tuple[float, str] | None = None
        self._secrets = Secrets()
        self._advice = SteadyAdvice()

    def paint(self, snapshot: Snapshot) -> Bgr:
        """The annotated frame; snapshots come in the order of the stream."""
        return self.finish(self.take(snapshot))

    def take(self, snapshot: Snapshot) -> Sheet:
        """The frame's pixels and all that will be drawn on them; snapshots come in the order of the stream."""
        now = snapshot.frame.pts
        self._rate.add(now, snapshot.delivered)
        self._secrets.see(now, snapshot.tracks)
        self._recent.extend(event for event in snapshot.events if event.type == CONFIRMED)
        fresh = [event for event in self._recent if abs(now - event.pts) <= self._toast_seconds]
        return _sheet(snapshot, self._max_side, fresh, self._status_at(snapshot))

    def finish(self, sheet: Sheet) -> Bgr:
        """Draws on the sheet, with all secrets hidden that are known by now; sheets come in the order taken."""
        here = {track.id for track in sheet.tracks}
        self._sides = {track: side for track, side in self._sides.items() if abs(track) in here}
        card = leading_card(sheet.tracks)
        if card is not None:
            card = self._advice.of(card, sheet.pts)
        return _draw(sheet, self._secrets.at(sheet.pts, sheet.tracks), card, self._sides)

    def _status_at(self, snapshot: Snapshot) -> str:
        # Figures that change thirty times a second cannot be read, and each change would be drawn anew.
        if self._status is None or not 0 <= snapshot.frame.pts - self._status[0] < 0.5:
            self._status = snapshot.frame.pts, _status_words(snapshot, self._rate.rate)
        return self._status[1]


def _sheet(snapshot: Snapshot, max_side: int | None, toasts: Sequence[Event], status: str) -> Sheet:
    frame = snapshot.frame
    scale = fit_scale(frame.width, frame.height, max_side)
    return Sheet(shrunk(frame.bgr, scale), scale, frame.pts, snapshot.tracks, tuple(toasts), status)


def _draw(sheet: Sheet, secrets: Sequence[Patch], card: TrackState | None, sides: dict[int, int]) -> Bgr:
    image, scale = sheet.image, sheet.scale
    veil(image, (patch.scaled(scale, scale) for patch in secrets))
    tracks = sorted(sheet.tracks, key=lambda track: _ORDER.index(track.status))
    quads = [as_quad(track.quad * scale) for track in tracks]
    size = max(11, round(min(image.shape[:2]) * 0.027))
    thickness = max(1, round(size / 9))
    roomy = min(image.shape[:2]) >= 4 * size
    flat = flat_card(image, as_quad(card.quad * scale), size) if card is not None and roomy else None
    seen = [quad for track, quad in zip(tracks, quads, strict=True) if track.status == "seen"]
    faint_corners(image, seen, COLORS["seen"], 0.8 * size)
    for track, quad in zip(reversed(tracks), reversed(quads), strict=True):
        if track.status != "seen":
            _mark(image, quad, track.status, thickness)
    if not roomy:
        return image  # no room for words
    taken = [*_lay_status(image, sheet.status, size), *_lay_toasts(image, sheet.toasts, size)]
    if card is not None:
        taken += lay_advice(image, card, size)
        spot = sides.get(-card.id)
        box, sides[-card.id] = lay_panel(image, card, as_quad(card.quad * scale), flat, taken, size, spot)
        taken.append(box)
    _lay_labels(image, tracks, quads, taken, size, sides)
    return image


def _mark(image: Bgr, quad: Quad, status: str, thickness: int) -> None:
    color = COLORS[status]
    if status == "confirmed":
        tint(image, quad, color, 0.12)
    outline(image, quad, color, thickness)


def _lay_labels(
    image: Bgr,
    tracks: Sequence[TrackState],
    quads: Sequence[Quad],
    taken: list[Box],
    size: int,
    sides: dict[int, int],
) -> None:
    """Labels beside their things, the most certain first; one that would hide too much is left out."""
    things = {
        track.id: box_around(quad) for track, quad in zip(tracks, quads, strict=True) if track.status != "seen"
    }
    labelled = [track for track in tracks if track.id in things and _visible(things[track.id], image)]
    room = min(image.shape[1] - size, max(round(image.shape[1] * 0.46), 26 * size))
    for track in labelled[:_MAX_LABELS]:
        stamp = _label(track, size, room)
        spots = _spots(things[track.id], stamp, image)
        order = sorted(range(len(spots)), key=lambda i: i != sides.get(track.id, 0))
        found, cost = best_spot([spots[i] for i in order], _obstacles(track.id, things, taken))
        if cost > _TOO_MUCH:
            continue
        sides[track.id] = order[found]
        stamp.lay_on(image, *spots[order[found]][:2])
        taken.append(spots[order[found]])


def _obstacles(own: int, things: Mapping[int, Box], taken: Sequence[Box]) -> list[tuple[Box, float]]:
    """What a label had better not cover: worst other words, then other things, then its own thing."""
    hidden = [(box, 0.3 if track == own else 0.6) for track, box in things.items()]
    return [*((box, 2.0) for box in taken), *hidden]


def _label(track: TrackState, size: int, max_width: int) -> Stamp:
    color = COLORS[track.status]
    said = caption(track.kind, track.value, 80)
    return pill((Run(heading(track.kind, track.value), color), Run(said)), size, max_width, mark=color)


def _spots(thing: Box, stamp: Stamp, image: Bgr) -> list[Box]:
    """Above and below the thing, both also flush right, then beside and at last inside it; each in the picture."""
    x0, y0, x1, y1 = thing
    w, h, gap = stamp.width, stamp.height, stamp.height // 4
    starts = [
        (x0, y0 - h - gap),
        (x0, y1 + gap),
        (x1 - w, y0 - h - gap),
        (x1 - w, y1 + gap),
        (x1 + gap, (y0 + y1 - h) // 2),
        (x0 - w - gap, (y0 + y1 - h) // 2),
        (x0 + gap, y0 + gap),
    ]
    return [within((x, y, x + w, y + h), image.shape[1], image.shape[0]) for x, y in starts]


def _visible(box: Box, image: Bgr) -> bool:
    return box[0] < image.shape[1] and box[1] < image.shape[0] and box[2] > 0 and box[3] > 0


def _lay_status(image: Bgr, words: str, size: int) -> list[Box]:
    if not words:
        return []
    margin = size // 2
    small = max(10, round(size * 0.8))
    stamp = pill((Run(words, _DIM),), small, image.shape[1] - 2 * margin)
    return [_lay(image, stamp, image.shape[1] - stamp.width - margin, margin)]


def _lay_toasts(image: Bgr, toasts: Sequence[Event], size: int) -> list[Box]:
    """From the bottom left up, the newest at the bottom."""
    margin, boxes = size // 2, []
    y = image.shape[0] - margin
    for event in reversed(toasts):
        color = COLORS["confirmed"]
        runs = (Run(heading(event.kind, event.value), color), Run(caption(event.kind, event.value), WHITE))
        stamp = pill(runs, round(size * 1.1), round(image.shape[1] * 0.7), mark=color, tick=True)
        y -= stamp.height
        boxes.append(_lay(image, stamp, margin, y))
        y -= margin // 2
    return boxes


def _lay(image: Bgr, stamp: Stamp, x: int, y: int) -> Box:
    stamp.lay_on(image, x, y)
    return x, y, x + stamp.width, y + stamp.height


def _status_words(snapshot: Snapshot, fps: float | None) -> str:
    words = [] if fps is None else [f"{fps:.0f} fps"]
    if snapshot.age > 0:
        words.append(f"{snapshot.age * 1000:.0f} ms")
    dropped = drop_count(snapshot.dropped)
    if dropped:
        words.append(f"{dropped} dropped")
    return "  ·  ".join(words)
