"""How long users of a low, a middle and a high device wait for a confirmed answer.

Replays sample videos as the virtual devices would: with the variants that suit them, frames lost where they are too
slow, and the controller's steps. Exact, so the table is the same on any machine, and part of the regression suite:
tests/test_replay_devices.py holds it against tests/devices.golden.json, which --update writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from common import ROOT, SAMPLES, Report, parser

from scanapp.events import CONFIRMED, NOTICE, SUMMARY
from scanapp.replay.truth import load_truth, truth_path
from scanapp.scanner import Scanner

DEVICES = {"low": "slow_phone", "middle": "mid_phone", "high": "fast_phone", "throttling": "hot_phone"}
GOLDEN = ROOT / "tests" / "devices.golden.json"


def waits(recording: Path, device: str) -> dict[str, object]:
    """When each thing was confirmed (seconds of the recording), frames lost, steps of the controller."""
    truth = load_truth(truth_path(recording))
    with Scanner(truth.pipeline or "everything") as scanner:
        events = list(scanner.replay(recording, device=device))
    summary = next(event for event in events if event.type == SUMMARY)
    steps = [event for event in events if event.type == NOTICE and event.data.get("what") == "pace"]
    return {
        "confirmed_s": [round(event.pts, 3) for event in events if event.type == CONFIRMED],
        "frames": summary.data["frames"],
        "dropped": summary.data["dropped"],
        "steps": len(steps),
    }


def main() -> None:
    """Replay, and show, write or compare."""
    arguments = parser(__doc__)
    arguments.add_argument("names", nargs="*", help="sample videos, e.g. payment_qr; all by default")
    arguments.add_argument("--update", action="store_true", help=f"write {GOLDEN.name}")
    given = arguments.parse_args()
    names = given.names or sorted(path.stem for path in SAMPLES.glob("*.mp4"))
    report = Report("devices")
    table: dict[str, dict[str, dict[str, object]]] = {}
    for name in names:
        table[name] = {kind: waits(SAMPLES / f"{name}.mp4", device) for kind, device in DEVICES.items()}
    report.table(
        "seconds until the first and the last answer were confirmed; frames lost; steps",
        [{"recording": name} | {kind: _words(row) for kind, row in kinds.items()} for name, kinds in table.items()],
    )
    known = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    if given.update:
        text = json.dumps(dict(sorted((known | table).items())), indent=1)
        GOLDEN.write_text(text + "\n", encoding="utf-8")
    report.write(given.json)
    changed = [name for name in names if name in known and known[name] != table[name]]
    if changed and not given.update:
        report.say(f"differs from {GOLDEN.name}: {', '.join(changed)}")
        sys.exit(1)


def _words(row: dict[str, object]) -> str:
    times = row["confirmed_s"]
    assert isinstance(times, list)
    when = (
        "nothing" if not times else f"{times[0]:.2f}" if len(times) == 1 else f"{times[0]:.2f} to {times[-1]:.2f}"
    )
    return f"{when}; {row['dropped']}/{row['frames']}; {row['steps']}"


if __name__ == "__main__":
    main()
