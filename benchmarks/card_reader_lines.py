"""The shipped card reader on rendered number lines that training never saw: exact lines, INT8, milliseconds.

    python benchmarks/card_reader_lines.py [--lines 2048] [--seed 900002] [--split test] [--json FILE]

The lines are rendered from the seed (about 12 ms each), with fonts held out from training (``--split test``) or
with training's fonts and other seeds (``--split training``). One view a line, greedy reading, no check digit, no
prior: what the network alone does. Needs the lab extra. Columns:

    clean, moderate, severe   numbers read without an error, by level of degradation
    embossed, flat, groups    the same over clean and moderate: raised and printed numbers, groups of stacked ones
    expiry                    expiry dates without an error, clean and moderate
    silent                    places without a number where nothing was read
    errors                    edits per character of numbers, all levels
    ms                        one line, one thread, 20th percentile
"""

from __future__ import annotations

import tempfile
from pathlib import Path

try:
    import torch
except ImportError:
    raise SystemExit("this script needs the lab extra: pip install -e '.[lab]'") from None
from common import Bar, Report, parser, quiet_threads

from scanapp.inference import open_model
from scanapp.inference.manifest import read_manifest
from scanapp.inference.store import default_root
from scanapp.lab.export import example, milliseconds
from scanapp.lab.lines_cache import LinesCache, render_lines
from scanapp.lab.onnx_net import OnnxNet
from scanapp.lab.tasks.card_reader import CardReaderTask, evaluate_lines

COLUMNS = {
    "clean": "exact_clean",
    "moderate": "exact_moderate",
    "severe": "exact_severe",
    "embossed": "exact_embossed",
    "flat": "exact_flat",
    "groups": "exact_group",
    "expiry": "expiry",
    "silent": "none",
    "errors": "errors",
}


def main() -> None:
    """Render, read with each variant, print one table."""
    arguments = parser(__doc__)
    arguments.add_argument("--lines", type=int, default=2048)
    arguments.add_argument("--seed", type=int, default=900002)
    arguments.add_argument("--split", choices=("test", "training"), default="test")
    options = arguments.parse_args()
    quiet_threads()
    torch.set_num_threads(1)
    report = Report("card_reader_lines")
    with tempfile.TemporaryDirectory() as folder:
        render_lines(Path(folder), options.lines, seed=options.seed, split=options.split)
        cache = LinesCache.open(Path(folder))
        rows = [
            measured(entry.variant, cache) for entry in read_manifest(default_root()) if entry.name == "card_reader"
        ]
    report.table(f"{options.lines} lines, {options.split} fonts, seed {options.seed}", rows)
    for row in rows:
        report.hold(Bar(f"{row['variant']}: moderate, one view", float(str(row["moderate"])), 0.97, at_least=True))
        report.hold(Bar(f"{row['variant']}: a line", float(str(row["ms"])), 5.0, " ms"))
    report.write(options.json)


def measured(variant: str, cache: LinesCache) -> dict[str, object]:
    """One row of the table."""
    task = CardReaderTask()
    session = open_model("card_reader", variant=variant, threads=1)
    with torch.inference_mode():
        metrics = evaluate_lines(OnnxNet(session, task).eval(), cache)
    ms = milliseconds(session, {"lines": example(task)[0].numpy()})
    return {"variant": variant, **{title: metrics[key] for title, key in COLUMNS.items()}, "ms": ms}


if __name__ == "__main__":
    main()
