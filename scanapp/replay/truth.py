"""What a recording really shows: the ``x.truth.json`` beside ``x.mp4``, written by whoever made the scene.

docs/replay.md describes the format. Never written by the engine: a truth that the engine wrote proves nothing.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanapp.errors import ReplayError, did_you_mean
from scanapp.geometry import Quad, as_quad
from scanapp.payloads.card_number import mask_digits
from scanapp.replay.fields import Fields

SCHEMA = 1
THINGS = ("code", "text", "card", "product")
"""Kinds of objects, and those that are judged where a truth does not say."""
KINDS = (*THINGS, "basket")
"""Kinds of events that can be judged; what a basket holds follows from the products in view."""
FARTHEST_PX = 1e9

Interval = tuple[float, float]
"""First and last moment, in seconds of media time."""


@dataclass(frozen=True, slots=True)
class TruthObject:
    """One thing in the scene.

    id        name of the object in reports
    kind      "code", "text", "card" or "product"
    value     code: {"format", "text"}; text: {"text", "lines"}; card: {"pan"}, all its digits, and what there is
              of "expiry" ("2027-12") and "holder"; product: {"sku", "name"}, its sku empty when no catalogue has it
    required  must be confirmed; a thing that is not required may be
    visible   whole and unhidden in the frame; None: not said, taken as the whole recording; () : never whole
    readable  a good reader could read it; None: not said
    max_cer   text: character error rate that a line may have and still count as found
    quads     (frame index, (4, 2) float32 quad in frame pixels, clockwise from the upright object's top left)
    """

    id: str
    kind: str
    value: Mapping[str, Any]
    required: bool = True
    visible: tuple[Interval, ...] | None = None
    readable: tuple[Interval, ...] | None = None
    max_cer: float = 0.0
    quads: tuple[tuple[int, Quad], ...] = field(default=(), compare=False)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of a text object, in reading order."""
        return tuple(self.value["lines"])


@dataclass(frozen=True, slots=True)
class Truth:
    """All things in a scene.

    pipeline  the pipeline that the scene was made for, None where the file does not say
    fps       frames a second, None where the file does not say (then latencies have no frames)
    kinds     kinds that this truth is complete for; events of other kinds are not judged
    """

    objects: tuple[TruthObject, ...]
    pipeline: str | None = None
    fps: float | None = None
    kinds: tuple[str, ...] = THINGS


def truth_path(recording: Path) -> Path:
    """Where the truth of a recording lies."""
    return recording.with_name(f"{recording.stem}.truth.json")


def load_truth(path: Path) -> Truth:
    """Reads and checks a truth file; ReplayError names file, place and what was expected."""
    try:
        data = json.loads(path.read_bytes().decode("utf-8"), parse_constant=_no_constant)
    except OSError as error:
        raise ReplayError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ReplayError(f"{path}: byte {error.start}: expected UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise ReplayError(
            f"{path}: line {error.lineno}, column {error.colno}: damaged JSON: {error.msg}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise ReplayError(f"{path}: damaged JSON: {error}") from error
    return parse_truth(data, str(path))


def parse_truth(data: Any, origin: str) -> Truth:
    """Checks a decoded truth file; ``origin`` is its name in messages."""
    root = Fields.of(data, origin, "")
    if (schema := root.integer("schema")) != SCHEMA:
        raise root.wrong("schema", f"schema {SCHEMA}", schema)
    _no_typing_errors(root, {"schema", "pipeline", "fps", "kinds", "objects"})
    kinds = tuple(root.texts("kinds", default=THINGS))
    for number, kind in enumerate(kinds):
        _known_kind(kind, root, f"kinds[{number}]", KINDS)
    fps = root.optional_number("fps", above=0.0)
    objects = tuple(_object(item, number) for number, item in enumerate(root.children("objects")))
    _unique_ids(objects, root)
    return Truth(
        objects=objects,
        pipeline=root.optional_text("pipeline"),
        fps=fps,
        kinds=kinds,
    )


_OBJECT_KEYS = {"id", "kind", "value", "required", "visible", "readable", "quads", "max_cer"}


def _object(item: Fields, number: int) -> TruthObject:
    _no_typing_errors(item, _OBJECT_KEYS)
    kind = item.text("kind")
    _known_kind(kind, item, "kind", THINGS)
    return TruthObject(
        id=item.text("id", default=f"{kind} {number + 1}"),
        kind=kind,
        value=_VALUES[kind](item.child("value")),
        required=item.flag("required", default=True),
        visible=_intervals(item, "visible"),
        readable=_intervals(item, "readable"),
        max_cer=item.number("max_cer", default=0.0),
        quads=_quads(item),
    )


def _code_value(value: Fields) -> dict[str, Any]:
    return {"format": value.text("format"), "text": value.text("text")}


def _text_value(value: Fields) -> dict[str, Any]:
    """Either of ``text`` and ``lines`` will do."""
    if not value.has("lines"):
        text = value.text("text")
        return {"text": text, "lines": text.splitlines()}
    lines = value.texts("lines")
    return {"text": value.text("text", default="\n".join(lines)), "lines": lines}


def _card_value(value: Fields) -> dict[str, Any]:
    pan = value.text("pan")
    if not (pan.isascii() and pan.isdigit()):
        raise value.wrong("pan", "all digits of the number, without blanks", mask_digits(pan))
    fields = {name: value.optional_text(name) for name in ("expiry", "holder")}
    return {"pan": pan} | {name: text for name, text in fields.items() if text is not None}


def _product_value(value: Fields) -> dict[str, Any]:
    return {"sku": value.text("sku"), "name": value.text("name", default="")}


_VALUES: Mapping[str, Callable[[Fields], dict[str, Any]]] = {
    "code": _code_value,
    "text": _text_value,
    "card": _card_value,
    "product": _product_value,
}


def _intervals(item: Fields, key: str) -> tuple[Interval, ...] | None:
    if not item.has(key):
        return None
    intervals = []
    for place, pair in item.items(key):
        if not _numbers(pair, 2) or pair[0] > pair[1]:
            raise item.wrong(place, "[first second, last second]", pair)
        intervals.append((float(pair[0]), float(pair[1])))
    return tuple(sorted(intervals))


def _quads(item: Fields) -> tuple[tuple[int, Quad], ...]:
    if not item.has("quads"):
        return ()
    quads = []
    for place, entry in item.items("quads"):
        if not _is_quad_entry(entry):
            raise item.wrong(place, "[frame index, [[x, y], [x, y], [x, y], [x, y]]]", entry)
        quads.append((int(entry[0]), as_quad(entry[1])))
    return tuple(sorted(quads, key=lambda entry: entry[0]))


def _is_quad_entry(entry: Any) -> bool:
    return (
        isinstance(entry, list)
        and len(entry) == 2
        and type(entry[0]) is int
        and isinstance(entry[1], list)
        and len(entry[1]) == 4
        and all(_numbers(corner, 2) and max(map(abs, corner)) < FARTHEST_PX for corner in entry[1])
    )


def _numbers(value: Any, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(type(number) in (int, float) and math.isfinite(number) for number in value)
    )


def _known_kind(kind: str, item: Fields, place: str, known: tuple[str, ...]) -> None:
    if kind not in known:
        raise item.wrong(place, f"a known kind{did_you_mean(kind, known)}", kind)


def _no_typing_errors(item: Fields, known: Iterable[str]) -> None:
    """Unknown keys are the scene script's own business, unless they look like a known key that is absent."""
    missing = [key for key in known if not item.has(key)]
    for key in item.names():
        if key not in known and (near := difflib.get_close_matches(key, missing, n=1, cutoff=0.85)):
            raise item.wrong(key, f"the key '{near[0]}' here", key)


def _unique_ids(objects: tuple[TruthObject, ...], root: Fields) -> None:
    seen: dict[str, int] = {}
    for number, thing in enumerate(objects):
        if thing.id in seen:
            raise root.wrong(
                f"objects[{number}].id", f"an id of its own (objects[{seen[thing.id]}] has it)", thing.id
            )
        seen[thing.id] = number


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON knows")
