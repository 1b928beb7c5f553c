"""``python -m scanapp.lab.resident FILE SHAPES``: the bytes that a model adds to a fresh process.

SHAPES is a JSON object, input name → shape. Prints how much more is resident after the model was opened and has
answered once than after onnxruntime was loaded and has answered with the smallest of networks.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from scanapp.errors import ModelError


def resident_bytes(file: Path, shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Measured in a process of its own. ModelError when that process fails."""
    command = [sys.executable, "-m", "scanapp.lab.resident", str(file), json.dumps(dict(shapes))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ModelError(f"{file}: its memory could not be measured: {' '.join(done.stderr.split())[-300:]}")
    return int(done.stdout)


def _measure(file: Path, shapes: Mapping[str, tuple[int, ...]]) -> int:
    import onnxruntime  # noqa: F401
    import psutil

    from scanapp.inference.session import open_session

    process = psutil.Process()
    feeds = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    data = file.read_bytes()
    before = process.memory_info().rss
    session = open_session(data, file.name)
    session.run(feeds)
    return int(process.memory_info().rss - before)


if __name__ == "__main__":
    print(_measure(Path(sys.argv[1]), json.loads(sys.argv[2])))
