"""scanapp beside zxing-cpp and zbar, which look at every frame: CPU, values read, false values.

    python benchmarks/peers.py                              sample videos with codes
    python benchmarks/peers.py --data ../shared/data/videos  and the recordings of that folder's manifest
    python benchmarks/peers.py my.mp4                       a recording without truth: no column of false values

scanapp replays with the pipeline `codes` and counts what it *confirms*. A peer has no notion of that: it counts
what it reads at least once in any frame, which is what a program that calls it on every frame would report. A value
is false when the truth file of a sample video does not list it, or the manifest lists it as a false read; a
manifest is not complete, so values that it does not know at all are "unlisted". Texts are compared without white
space, and formats are not, since each reader has its own names for them. CPU is that of all threads, decoding
included, a frame; "over decoding" the same in units of decoding alone. Peers get the luma plane that scanapp's own
source gives.

pyzbar needs the zbar library of the system (Debian: libzbar0); without it its rows are left out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import zxingcpp
from common import (
    Report,
    armed_scanner,
    confirmed_values,
    decode_cpu,
    frames_of,
    metered,
    parser,
    quiet_threads,
    sample_videos,
)

from scanapp.frame import Frame
from scanapp.replay.truth import load_truth, truth_path
from scanapp.scanner import Scanner

PeerReader = Callable[[Frame], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Recording:
    """A video and the texts of the codes in it.

    required  must be read; None: nothing is known
    right     all that are right
    wrong     known false reads; None: whatever is not right
    """

    path: Path
    required: frozenset[str] | None = None
    right: frozenset[str] = frozenset()
    wrong: frozenset[str] | None = None


@dataclass(slots=True)
class Result:
    """What one reader did with one recording."""

    cpu_s: float
    values: set[str] = field(default_factory=set)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("videos", nargs="*", type=Path, help="recordings (default: sample videos with codes)")
    arguments.add_argument("--data", type=Path, metavar="FOLDER", help="also a folder with manifest.jsonl")
    arguments.add_argument("--pipeline", default="codes")
    options = arguments.parse_args()
    quiet_threads()
    report = Report("peers")
    peers = _peers(report)
    scanner = armed_scanner(options.pipeline)
    totals: dict[str, list[float]] = {}
    for recording in _recordings(report, options.videos, options.data):
        decoding, frames = decode_cpu(recording.path)
        results = {f"scanapp, {options.pipeline}": ours(scanner, recording.path)}
        results |= {name: theirs(read, recording.path, decoding) for name, read in peers.items()}
        rows = [_row(name, result, recording, decoding, frames) for name, result in results.items()]
        report.table(f"{recording.path.name}: {frames} frames, {_truth_words(recording)}", rows)
        for name, result in results.items():
            missed, false = _missed(result, recording), _false(result, recording)
            if missed or false:
                report.say(f"  {name}: missed {_words(missed)}; false {_words(false)}")
            sums = totals.setdefault(name, [0.0, 0.0, 0.0, 0.0])
            for place, value in enumerate((result.cpu_s, frames, len(missed), len(false))):
                sums[place] += value
    report.table("all recordings", [_total(name, sums) for name, sums in totals.items()])
    report.write(options.json)


def ours(scanner: Scanner, path: Path) -> Result:
    """The cascade, and what it confirmed."""
    with metered() as meter:
        events = list(scanner.replay(path))
    kinds = [event for event in events if event.kind == "code"]
    return Result(meter.cpu_s, {value.split(":", 1)[1] for value in confirmed_values(kinds)})


def theirs(read: PeerReader, path: Path, decoding_s: float) -> Result:
    """A reader on every frame, and what it read at least once. Its CPU is measured alone, decoding added."""
    result = Result(decoding_s)
    for frame in frames_of(path):
        before = time.process_time()
        texts = set(read(frame))
        result.cpu_s += time.process_time() - before
        result.values |= texts
    return result


def _peers(report: Report) -> dict[str, PeerReader]:
    peers: dict[str, PeerReader] = {f"zxing-cpp {metadata.version('zxing-cpp')}": _zxing}
    try:
        from pyzbar import pyzbar  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:  # also when the system's zbar library is missing
        report.say(f"pyzbar: left out, {error}")
        return peers

    def zbar(frame: Frame) -> list[str]:
        return [found.data.decode("utf-8", "replace") for found in pyzbar.decode(frame.gray)]

    return peers | {f"pyzbar {metadata.version('pyzbar')}": zbar}


def _zxing(frame: Frame) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(frame.gray) if found.text]


def _recordings(report: Report, videos: list[Path], data: Path | None) -> list[Recording]:
    chosen = videos or [path for path in sample_videos() if truth_path(path).exists()]
    recordings = [_with_truth(path) for path in chosen]
    if not videos:
        recordings = [recording for recording in recordings if recording.required]
        if not recordings:
            report.say("no sample videos with codes: left out")
    if data is not None:
        if (data / "manifest.jsonl").is_file():
            recordings += _of_manifest(data)
        else:
            report.say(f"{data}: left out, it has no manifest.jsonl")
    return recordings


def _with_truth(path: Path) -> Recording:
    if not truth_path(path).exists():
        return Recording(path)
    codes = [thing for thing in load_truth(truth_path(path)).objects if thing.kind == "code"]
    texts = {id(thing): str(thing.value["text"]) for thing in codes}
    required = frozenset(texts[id(thing)] for thing in codes if thing.required)
    return Recording(path, required, frozenset(texts.values()))


def _of_manifest(folder: Path) -> list[Recording]:
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [
        Recording(
            folder / row["file"],
            frozenset(row["texts"]),
            frozenset(row["texts"]),
            frozenset(row.get("false_reads_of_a_single_frame_decoder", ())),
        )
        for row in rows
        if row.get("kind") == "code" and (folder / row["file"]).is_file()
    ]


def _same(listed: str, value: str) -> bool:
    """Equal but for what is written differently: white space, a UPC-A's leading zero, GS1 brackets and separators.

    The shared manifest calls a JSON text by its node's name and "json".
    """
    if listed.endswith("json") and value.startswith("{"):
        return listed.removesuffix("json") in value
    return _plain(listed) == _plain(value)


def _plain(text: str) -> str:
    bare = "".join(c for c in text if c not in "()\x1d" and not c.isspace())
    return bare[1:] if len(bare) == 13 and bare.isdigit() and bare[0] == "0" else bare


def _missed(result: Result, recording: Recording) -> list[str]:
    wanted = recording.required or frozenset()
    return sorted(text for text in wanted if not any(_same(text, value) for value in result.values))


def _false(result: Result, recording: Recording) -> list[str]:
    unlisted = _unlisted(result, recording)
    return unlisted if recording.wrong is None else [value for value in unlisted if value in recording.wrong]


def _unlisted(result: Result, recording: Recording) -> list[str]:
    if recording.required is None:
        return []
    return sorted(value for value in result.values if not any(_same(text, value) for text in recording.right))


def _row(name: str, result: Result, recording: Recording, decoding: float, frames: int) -> dict[str, object]:
    known = recording.required is not None
    wanted = len(recording.required or ())
    return {
        "reader": name,
        "CPU ms a frame": 1e3 * result.cpu_s / max(frames, 1),
        "over decoding": result.cpu_s / max(decoding, 1e-9),
        "values": len(result.values),
        "right of required": f"{wanted - len(_missed(result, recording))}/{wanted}" if known else None,
        "false": len(_false(result, recording)) if known else None,
        "unlisted": len(_unlisted(result, recording)) if recording.wrong is not None else None,
    }


def _total(name: str, sums: list[float]) -> dict[str, object]:
    cpu_s, frames, missed, false = sums
    per_frame = 1e3 * cpu_s / max(frames, 1)
    return {"reader": name, "CPU ms a frame": per_frame, "missed": int(missed), "false": int(false)}


def _truth_words(recording: Recording) -> str:
    return "no truth" if recording.required is None else f"{len(recording.required)} codes required"


def _words(texts: list[str]) -> str:
    return ", ".join(repr(text[:60]) for text in texts) or "nothing"


if __name__ == "__main__":
    main()
