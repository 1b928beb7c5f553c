"""Replaying recordings and checking each against what lies beside it: truth and golden.

The truth says whether the events are right, the golden whether they are the same as before. A recording without
either is replayed all the same, and reported.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from scanapp.errors import OutputError, PipelineError, ScanError, UsageError
from scanapp.events import NOTICE, SUMMARY
from scanapp.privacy import mask_event
from scanapp.replay.discover import discover
from scanapp.replay.golden import encode_log, golden_path
from scanapp.replay.golden_check import check_golden
from scanapp.replay.judge import judge
from scanapp.replay.options import Options
from scanapp.replay.outcome import Outcome
from scanapp.replay.rows import Row, decode_row
from scanapp.replay.run import Engine, OnProgress, ScannerEngine
from scanapp.replay.truth import Truth, load_truth, truth_path
from scanapp.replay.verdicts import Judgement
from scanapp.replay.write import write_whole

DEFAULT_PIPELINE = "everything"


def replay_suite(
    paths: Iterable[str | os.PathLike[str]],
    options: Options | None = None,
    *,
    engine: Engine | None = None,
    on_progress: Callable[[Path, int, int | None], None] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Replays every recording in ``paths`` (see `discover`); one that fails is an `Outcome` with an error.

    Raises UsageError, and PipelineError for a pipeline that was asked for by name: these concern all recordings.
    OutputError when ``events_folder`` cannot be made.
    """
    options = options or Options()
    recordings = discover(paths)
    _prepare_outputs(recordings, options)
    outcomes = []
    for recording in recordings:
        progress = partial(on_progress, recording) if on_progress else _unheard
        outcomes.append(outcome := _guarded(recording, options, engine, progress))
        if on_outcome:
            on_outcome(outcome)
    return outcomes


def replay_one(
    recording: Path,
    options: Options,
    *,
    engine: Engine | None = None,
    on_progress: OnProgress | None = None,
) -> Outcome:
    """Replays one recording; ScanError when it or its truth cannot be read, or its golden or log not be written."""
    engine = engine or ScannerEngine()
    truth = load_truth(truth_path(recording)) if os.path.lexists(truth_path(recording)) else None
    pipeline = _pipeline(options, truth, recording)
    forget_s = engine.forget_s(pipeline)
    started = time.perf_counter()
    events = engine.run(recording, pipeline, options.device, options.workers, on_progress or _unheard)
    seconds = time.perf_counter() - started
    revealed = [event.to_dict() for event in events]
    lines = [mask_event(event).to_json() for event in events]
    log, rows = encode_log(lines), tuple(map(decode_row, lines))
    if options.events_folder is not None:
        write_whole(_events_path(recording, options.events_folder), log)
    judgement = judge(rows, truth, forget_s, revealed=revealed) if truth else None
    return Outcome(
        recording=recording,
        pipeline=str(pipeline),
        device=options.device,
        frames=_frames(rows),
        rows=rows,
        judgement=judgement,
        golden=check_golden(recording, log, judgement, truth, options),
        notes=_notes(rows, judgement),
        seconds=seconds,
    )


def _unheard(done: int, frames: int | None) -> None:
    """Nobody wants to know."""


def _guarded(recording: Path, options: Options, engine: Engine | None, progress: OnProgress) -> Outcome:
    try:
        return replay_one(recording, options, engine=engine, on_progress=progress)
    except UsageError:
        raise
    except ScanError as error:
        if isinstance(error, PipelineError) and options.pipeline is not None:
            raise
        return Outcome(recording, options.pipeline or "", options.device, error=str(error))
    except Exception as error:
        trace = tuple(traceback.format_exc().rstrip().split("\n"))
        name = type(error).__name__
        return Outcome(
            recording,
            options.pipeline or "",
            options.device,
            error=f"internal error: {name}: {error}",
            details=trace,
        )


def _pipeline(options: Options, truth: Truth | None, recording: Path) -> str | Path:
    """A name, or a file: a truth names files as seen from its own folder."""
    if options.pipeline is not None:
        return options.pipeline
    named = truth.pipeline if truth else None
    if named and named.endswith(".toml"):
        return recording.parent / named
    return named or DEFAULT_PIPELINE


def _frames(rows: Sequence[Row]) -> int | None:
    frames = rows[-1].get("frames") if rows and rows[-1]["type"] == SUMMARY else None
    return frames if isinstance(frames, int) else None


def _notes(rows: Sequence[Row], judgement: Judgement | None) -> tuple[str, ...]:
    notes = [f"notice: {row.get('message', row)}" for row in rows if row["type"] == NOTICE]
    if judgement and judgement.unjudged:
        notes.append(f"{judgement.unjudged} confirmed of kinds that the truth does not speak of: not judged")
    return tuple(notes)


def _prepare_outputs(recordings: Sequence[Path], options: Options) -> None:
    if options.update:
        _all_different("--update", {recording: golden_path(recording) for recording in recordings})
    if options.events_folder is None:
        return
    _all_different(
        "--events", {recording: _events_path(recording, options.events_folder) for recording in recordings}
    )
    try:
        options.events_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{options.events_folder}: cannot be made: {error.strerror or error}") from error


def _all_different(option: str, outputs: Mapping[Path, Path]) -> None:
    taken: dict[Path, Path] = {}
    for recording, output in outputs.items():
        if (other := taken.setdefault(output, recording)) is not recording:
            raise UsageError(f"{option}: {other} and {recording} would both be written to {output}: rename one")


def _events_path(recording: Path, folder: Path) -> Path:
    return folder / f"{recording.stem}.jsonl"
