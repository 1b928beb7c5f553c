"""The PP-OCR models that rapidocr's wheel carries, run with onnxruntime sessions of our own.

rapidocr itself is never imported: its import pulls in shapely, requests and a logger that writes to stderr, its
default settings enlarge every picture and pad every line, and it downloads a model that it doesn't find. Its
folder is looked up, its files are opened, and nothing else happens; a missing file is an error, not a download.

Memory: onnxruntime's arena keeps the largest activations for good and a memory pattern is kept for each input
shape, and every line has another width. Both are off: on pages of 60 lines it halves the peak and costs nothing
that can be measured.
"""

from __future__ import annotations

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from scanapp.errors import ModelError

Floats = NDArray[np.float32]

_lock = threading.Lock()
_opened: dict[int, OcrModels] = {}


class OcrModels:
    """Text detection and line recognition, ready to run. Safe to share between threads."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._detector = _session(_model_file(folder, "det"), threads)
        self._recognizer = _session(_model_file(folder, "rec"), threads)
        self.charset = _charset(self._recognizer)
        self._detector_input: str = self._detector.get_inputs()[0].name
        self._recognizer_input: str = self._recognizer.get_inputs()[0].name

    def text_map(self, image: Floats) -> Floats:
        """``(1, 3, h, w)`` float32 in -1…1, sides multiples of 32 → ``(h, w)`` float32: is it text, 0…1."""
        (maps,) = self._detector.run(None, {self._detector_input: image})
        return cast(Floats, maps[0, 0])

    def line_posteriors(self, image: Floats) -> Floats:
        """``(1, 3, 48, w)`` float32 in -1…1 → ``(w / 8, len(charset))`` float32 probabilities; 0 is blank."""
        (posteriors,) = self._recognizer.run(None, {self._recognizer_input: image})
        return cast(Floats, posteriors[0])


def shared_models(threads: int) -> OcrModels:
    """The process's one set of models for this number of threads, opened on first use. Raises ModelError."""
    with _lock:
        if threads not in _opened:
            _opened[threads] = OcrModels(model_folder(), threads)
        return _opened[threads]


def model_folder() -> Path:
    """Where rapidocr keeps its models, found without importing it. Raises ModelError when it is not installed."""
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelError("text: rapidocr, whose wheel carries the models, is not installed (pip install rapidocr)")
    return Path(spec.origin).parent / "models"


def _model_file(folder: Path, task: str) -> Path:
    files = sorted(folder.glob(f"*_{task}_*.onnx"))
    if not files:
        raise ModelError(f"text: no *_{task}_*.onnx in {folder}; reinstall rapidocr (its wheel carries the models)")
    return files[-1]


def _session(path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no public base class
        raise ModelError(f"text: {path} cannot be opened: {error}; reinstall rapidocr") from error


def _charset(session: Any) -> tuple[str, ...]:
    """Characters by class: CTC's blank as "", those in the model's metadata, the space."""
    listed = session.get_modelmeta().custom_metadata_map.get("character")
    if listed is None:
        raise ModelError("text: the line recogniser's file lacks its list of characters; reinstall rapidocr")
    characters = (" " if c == "\u3000" else c for c in listed.splitlines())
    return ("", *characters, " ")
