"""`Profile`: what is known of a machine: cores, memory, instruction sets, how fast probes and decoding are on it.

`measure` finds out in some seconds, `save` and `load` keep it in the user's cache folder. A profile of a virtual or
simulated machine is made of the reference's times and a factor; nothing is measured then.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scanapp.devices.device import Device
from scanapp.errors import OutputError, UsageError

SCHEMA = 1
FOLDER_VARIABLE = "SCANAPP_CACHE"
"""Environment variable that names another folder for what is kept of this machine."""
REFERENCE_PROBES: Mapping[str, float] = {
    "conv": 0.52,
    "depth": 0.28,
    "product": 0.49,
    "conv8": 0.38,
    "depth8": 0.92,
    "product8": 0.39,
    "simple": 0.24,
    "curved": 0.134,
    "nodes": 0.061,
    "mixed": 0.37,
}
"""Milliseconds of the probes on the reference machine (AVX2, no VNNI), one thread."""
REFERENCE_DECODE_MS = 3.0
SECOND_THREAD = 0.6
"""Time with two threads over time with one, where nobody has measured it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One machine.

    features   instruction sets that matter to networks, e.g. ``("AVX2", "FMA3")``
    probe_ms   threads → probe → milliseconds
    decode_ms  one 1080p H.264 frame
    factor     how many times the reference's time anything takes here that is no network
    """

    name: str
    cores: int
    memory_mb: int
    machine: str
    features: tuple[str, ...]
    providers: tuple[str, ...]
    probe_ms: Mapping[int, Mapping[str, float]]
    decode_ms: float
    factor: float = 1.0

    def to_json(self) -> str:
        """As kept on disk."""
        return json.dumps({"schema": SCHEMA} | asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str) -> Profile:
        """As written by `to_json`. Raises UsageError."""
        try:
            table: dict[str, Any] = json.loads(text)
            if table.pop("schema") != SCHEMA:
                raise ValueError("another version's")
            table["probe_ms"] = {int(threads): dict(row) for threads, row in table["probe_ms"].items()}
            for key in ("features", "providers"):
                table[key] = tuple(table[key])
            return cls(**table)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UsageError(
                f"{where}: no device profile ({error}); run 'scanapp device' to measure anew"
            ) from error


def factor_of(probe_ms: Mapping[str, float]) -> float:
    """How many times the reference's time these probes took: the middle of them, without INT8."""
    plain = sorted(ms / REFERENCE_PROBES[name] for name, ms in probe_ms.items() if not name.endswith("8"))
    return plain[len(plain) // 2]


def virtual_profile(device: Device, *, cores: int = 4, memory_mb: int = 4096) -> Profile:
    """A profile of a virtual device: the reference's times, scaled."""
    one = {name: ms * device.factor for name, ms in REFERENCE_PROBES.items()}
    two = {name: ms * SECOND_THREAD for name, ms in one.items()}
    return Profile(
        name=device.name,
        cores=cores,
        memory_mb=memory_mb,
        machine="virtual",
        features=(),
        providers=("CPUExecutionProvider",),
        probe_ms={1: one, 2: two},
        decode_ms=REFERENCE_DECODE_MS * device.factor,
        factor=device.factor,
    )


def profile_path() -> Path:
    """Where this machine's profile is kept."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named) / "device.json"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "scanapp" / "device.json"


def load_profile(path: Path | None = None) -> Profile | None:
    """This machine's profile as last measured; None when it never was. Raises UsageError for a damaged file."""
    path = path or profile_path()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}; run 'scanapp device' to measure anew") from error
    return Profile.from_json(text, str(path))


def save_profile(profile: Profile, path: Path | None = None) -> Path:
    """Keep it; returns where. Raises OutputError."""
    path = path or profile_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(profile.to_json(), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def machine_name() -> str:
    """What the processor calls itself, where the system says."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
