"""The three measurements of one recording: decoding alone, the cascade, brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from scanapp.bench.meter import Meter, metered
from scanapp.errors import RecognizerError
from scanapp.events import CONFIRMED, UPDATED, Event
from scanapp.frame import Frame
from scanapp.pipeline import Pipeline, load_pipeline
from scanapp.replay.judge import judge
from scanapp.replay.truth import Truth, load_truth, truth_path
from scanapp.replay.verdicts import Judgement
from scanapp.results import Reading, Recognizer, Value, whole_view
from scanapp.scanner import Scanner
from scanapp.snapshot import StageTime
from scanapp.sources.open import open_source
from scanapp.workers import warm_up

Progress = Callable[[str, int, int | None], None]


@dataclass(slots=True)
class Brute:
    """Brute force over every ``every``-th frame. ``cpu_s`` is scaled to all frames, decoding included.

    values  what it read at least once
    """

    cpu_s: float
    every: int
    values: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Measurement:
    """One recording. Times in seconds of this machine; ``values`` are what the cascade confirmed."""

    name: str
    pipeline: str
    frames: int
    decode: Meter
    cascade: Meter
    stages: dict[str, StageTime]
    stage_cpu_s: dict[str, float]
    values: set[str]
    judgement: Judgement | None
    brute: Brute | None = None

    @property
    def over_decoding(self) -> float:
        """CPU of the whole cascade, decoding included, over decoding alone."""
        return self.cascade.cpu_s / max(self.decode.cpu_s, 1e-9)

    @property
    def brute_ratio(self) -> float | None:
        """CPU of brute force over that of the cascade, decoding included in both."""
        return None if self.brute is None else self.brute.cpu_s / max(self.cascade.cpu_s, 1e-9)


def measure(
    path: Path, pipeline: str | None, *, brute_every: int, workers: int, on_progress: Progress
) -> Measurement:
    """All three, in one run. ``brute_every`` 0 leaves brute force out.

    Models are loaded before the clock starts. SourceError, PipelineError as `Scanner.replay`.
    """
    truth = load_truth(truth_path(path)) if truth_path(path).exists() else None
    chosen = load_pipeline(pipeline or (truth.pipeline if truth and truth.pipeline else "everything"))
    scanner = Scanner(chosen)
    recognizers = chosen.make_recognizers()
    for recognizer in recognizers:
        warm_up(recognizer)
    decode, frames = decode_alone(path, on_progress)
    with metered() as cascade:
        events = list(scanner.replay(path, workers=workers, on_progress=lambda i, n: on_progress("cascade", i, n)))
    result = Measurement(
        path.name,
        chosen.name,
        frames,
        decode,
        cascade,
        scanner.stats.times(),
        {name: ms / 1e3 for name, ms in scanner.stats.cpu_ms().items()},
        confirmed_values(events),
        _judged(events, truth, chosen),
    )
    if brute_every:
        result.brute = brute_force(path, recognizers, brute_every, decode, frames, on_progress)
    return result


def decode_alone(path: Path, on_progress: Progress) -> tuple[Meter, int]:
    """Decode every frame and do nothing with it."""
    count = 0
    with metered() as meter:
        source = open_source(path)
        for item in source:
            count += isinstance(item, Frame)
            on_progress("decode", count, source.info.frames)
    return meter, count


def brute_force(
    path: Path,
    recognizers: Sequence[Recognizer],
    every: int,
    decode: Meter,
    frames: int,
    on_progress: Progress,
) -> Brute:
    """Every recognizer on every full frame: what a program without cascade, tracks or fusion would do.

    Codes get what zxing-cpp's defaults do (no rescues), text one plain look.
    """
    values: set[str] = set()
    looked = 0
    spent = 0.0
    for item in open_source(path):
        if not isinstance(item, Frame):
            continue
        if item.index % every == 0:
            with metered() as meter:
                for recognizer in recognizers:
                    for reading in _read_whole(recognizer, item):
                        values |= _values(reading.kind, reading.value)
            spent += meter.cpu_s
            looked += 1
        on_progress("brute force", item.index + 1, frames)
    return Brute(decode.cpu_s + spent * frames / max(looked, 1), every, values)


def confirmed_values(events: Sequence[Event]) -> set[str]:
    """What the cascade reported; the newest text of a track stands for the ones before."""
    newest: dict[int | None, set[str]] = {}
    reported = {event.track for event in events if event.type == CONFIRMED}
    for event in events:
        if event.type in (CONFIRMED, UPDATED) and event.track in reported and event.value is not None:
            newest[event.track] = _values(event.kind, event.value)
    return set().union(*newest.values()) if newest else set()


def _values(kind: str, value: Value) -> set[str]:
    if kind == "text":
        return {f"text:{''.join(str(line['text']).split())}" for line in value.get("lines", ())}
    return {f"{value.get('format', kind)}:{value.get('text', '')}"}


def _read_whole(recognizer: Recognizer, frame: Frame) -> Iterator[Reading]:
    """One plain call: the cheapest rung, or those that the recognizer says make up one (`single_shot_efforts`)."""
    for effort in getattr(recognizer, "single_shot_efforts", (0,)):
        with suppress(RecognizerError):
            yield from recognizer.recognize(whole_view(frame, effort))


def _judged(events: Sequence[Event], truth: Truth | None, pipeline: Pipeline) -> Judgement | None:
    if truth is None:
        return None
    return judge([event.to_dict() for event in events], truth, pipeline.policy.forget_s)
