"""`measure_profile`: this machine, found out in some seconds."""

from __future__ import annotations

import io
import os
import platform
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np
import psutil

from scanapp.devices.probes import PROBES, probe_file
from scanapp.devices.profile import Profile, factor_of, machine_name
from scanapp.devices.timing import Run, least_ms
from scanapp.inference.session import open_session
from scanapp.inference.work import feeds_for

PROBE_S = 0.2
"""Seconds on each probe and number of threads: 10 probes on three numbers of threads take 6 seconds."""
MOST_THREADS = 4
"""Networks of a few milliseconds gain nothing from more."""
CLIP = 1920, 1080, 12
Progress = Callable[[str], None]


def measure_profile(on_step: Progress = lambda _what: None, *, probe_s: float = PROBE_S) -> Profile:
    """Everything about this machine. ``on_step`` is told what is being measured. Raises ModelError."""
    import onnxruntime

    cores = usable_cores()
    probe_ms = {}
    for threads in (count for count in (1, 2, MOST_THREADS) if count <= cores):
        on_step(f"probes on {threads} thread{'s' if threads > 1 else ''}")
        runs = {name: _probe(name, threads) for name in PROBES}
        probe_ms[threads] = least_ms(runs, seconds=probe_s, alone=threads == 1)
    on_step("decoding")
    return Profile(
        name="this machine",
        cores=cores,
        memory_mb=psutil.virtual_memory().total >> 20,
        machine=f"{machine_name()} ({platform.machine()})",
        features=instruction_sets(),
        providers=tuple(onnxruntime.get_available_providers()),
        probe_ms={threads: {name: round(ms, 4) for name, ms in row.items()} for threads, row in probe_ms.items()},
        decode_ms=round(decode_ms(), 3),
        factor=round(factor_of(probe_ms[1]), 3),
    )


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def instruction_sets() -> tuple[str, ...]:
    """What the processor has beyond its architecture's minimum, as OpenCV names it; VNNI where the system tells."""
    known = (word.lstrip("*") for word in cv2.getCPUFeaturesLine().split() if not word.endswith("?"))
    try:
        vnni = "_vnni" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        vnni = False
    return (*known, *(("VNNI",) if vnni else ()))


def decode_ms() -> float:
    """Milliseconds of one 1080p H.264 frame, by the decoder that recordings go through."""
    clip = _clip()
    frames = CLIP[2]
    return least_ms({"decode": partial(_decode, clip)}, seconds=0.6, rounds=2)["decode"] / frames


def _probe(name: str, threads: int) -> Run:
    session = open_session(probe_file(name), f"probe {name}", threads=threads)
    feeds = feeds_for(session.runtime, {})
    return lambda: session.run(feeds)


def _clip() -> bytes:
    """A short recording: noise that drifts, so that there is something to decode."""
    width, height, count = CLIP
    random = np.random.default_rng(0)
    noise = cv2.resize(random.integers(0, 255, (height // 60, width // 30, 3), np.uint8), (width * 2, height))
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("h264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, 30)
        for number in range(count):
            shown = np.ascontiguousarray(noise[:, number * 9 : number * 9 + width], np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="bgr24")))
        container.mux(stream.encode(None))
    return file.getvalue()


def _decode(clip: bytes) -> int:
    with av.open(io.BytesIO(clip), "r") as container:
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"
        return sum(1 for _ in container.decode(stream))
