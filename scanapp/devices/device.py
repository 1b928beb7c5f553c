"""`Device`: what a machine can afford.

Replay does not ask what this machine took: a job takes what the cost table says, scaled by the device's factor.
The table's costs (`Effort.cost_ms`, `Detector.cost_ms`) were measured on the reference machine, one core of a
2-core x86-64 server. Virtual devices are scale factors on that table, not measurements of a product.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanapp.errors import UsageError, did_you_mean

OBSERVE_MS = 1.0
TRACK_MS = 1.0
"""Milliseconds a 1080p frame on the reference machine: level 0, tracking. Decoding runs beside them."""


@dataclass(frozen=True, slots=True)
class Device:
    """factor: how many times the reference machine's time everything takes here.

    phases  (second, factor): from that second of the stream on it takes that factor instead: heat, or other
            programs
    """

    name: str
    description: str
    factor: float
    phases: tuple[tuple[float, float], ...] = ()

    def factor_at(self, now: float) -> float:
        """The factor at second ``now`` of the stream."""
        return next((factor for start, factor in reversed(self.phases) if now >= start), self.factor)

    def seconds(self, reference_ms: float, now: float = 0.0) -> float:
        """Seconds that ``reference_ms`` milliseconds of work, begun at ``now``, take on this device."""
        return reference_ms * self.factor_at(now) / 1000.0


REFERENCE = Device("reference", "one core of a 2-core x86-64 server", 1.0)

VIRTUAL = {
    device.name: device
    for device in (
        REFERENCE,
        Device("fast_phone", "virtual: a flagship phone, 1.3 times the reference's time", 1.3),
        Device("mid_phone", "virtual: a middle-class phone, 3 times the reference's time", 3.0),
        Device("slow_phone", "virtual: an entry-level phone, 8 times the reference's time", 8.0),
        Device(
            "hot_phone",
            "virtual: as mid_phone, but from 2 to 5 s it has throttled to a third of its speed",
            3.0,
            phases=((2.0, 9.0), (5.0, 3.0)),
        ),
    )
}


def virtual_device(name: str) -> Device:
    """The virtual device called ``name``; UsageError, with the nearest name, when there is none."""
    if name not in VIRTUAL:
        raise UsageError(f"unknown device '{name}'{did_you_mean(name, VIRTUAL)}")
    return VIRTUAL[name]
