"""A *simulated* fleet: profiles drawn from distributions, none of them a product that was measured.

No public table says how thousands of devices run a network, so devices are drawn. What is published is used where
it could be found; the rest is assumed, and said to be.

    cores, memory of phones   AnTuTu's statistics of Android phones, 2018: eight cores 73.8 %, four 21.9 %; 4 GB
                              36.5 %, 6 GB 31.7 %. How the remaining third of memory divides is assumed
    cores, memory of PCs      Steam's hardware survey, February 2025: six cores 35.5 %, eight 20.5 %, four 11.8 %;
                              32 GB 46.9 %, 16 GB 36.7 %, 8 GB 6.6 %. The rest is assumed; gamers' PCs are better
                              than others
    speed                     Geekbench 6, one core: 899 (realme 10 Pro 5G), 1,056 (Nothing Phone 1), 1,450 (Pixel 7
                              Pro), 1,956 (Galaxy S23 Ultra), 2,548 (iPhone 14 Pro), as published by test sites;
                              Geekbench 5: 162 (Helio A22), 315 (Unisoc T606), 374 (Snapdragon 680), by
                              nanoreview.net, taken as 1.25 times that in Geekbench 6. Peak performance of phones
                              varies by more than an order of magnitude (Wu et al., Machine Learning at Facebook:
                              Understanding Inference at the Edge, 2019)
    assumed                   the mix of kinds, log-normal speeds through these points, the reference machine's
                              1,400 points, who has INT8 instructions, what they gain (2.8 times on dense
                              convolutions, 1.8 on products: measured on one x86 with VNNI), how much a second
                              thread gains, and that kinds of work differ by 15 % from what one number says
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scanapp.devices.profile import REFERENCE_DECODE_MS, REFERENCE_PROBES, Profile

REFERENCE_POINTS = 1400.0
UNLIKE = 0.15
"""Standard deviation, in logarithms, by which a machine is better or worse at one kind of work than at others."""
DOT_GAIN = {"conv8": 2.8, "depth8": 1.0, "product8": 1.8}
"""INT8 over fp32 where the processor multiplies bytes; elsewhere it is as on the reference machine."""
_PLAIN = {"conv8": "conv", "depth8": "depth", "product8": "product"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of device. Shares add up to 1; ``points``: median of Geekbench 6 on one core; ``spread`` of
    logarithms.

    dot  (points, chance): from so many points on it has INT8 instructions with this chance
    """

    name: str
    share: float
    cores: Mapping[int, float]
    memory_gb: Mapping[int, float]
    points: float
    spread: float
    dot: tuple[float, float]


KINDS: Sequence[Kind] = (
    Kind(
        "phone",
        0.65,
        {8: 0.738, 4: 0.219, 6: 0.043},
        {2: 0.06, 3: 0.12, 4: 0.365, 6: 0.317, 8: 0.138},
        680.0,
        0.65,
        (500.0, 0.9),
    ),
    Kind("tablet", 0.08, {8: 0.7, 4: 0.3}, {2: 0.1, 3: 0.2, 4: 0.4, 6: 0.2, 8: 0.1}, 600.0, 0.6, (500.0, 0.9)),
    Kind(
        "pc",
        0.22,
        {2: 0.05, 4: 0.118, 6: 0.355, 8: 0.205, 12: 0.272},
        {8: 0.066, 16: 0.367, 32: 0.469, 64: 0.098},
        1700.0,
        0.35,
        (1500.0, 0.5),
    ),
    Kind("board or kiosk", 0.05, {4: 0.8, 2: 0.2}, {1: 0.1, 2: 0.3, 4: 0.4, 8: 0.2}, 330.0, 0.5, (600.0, 0.8)),
)
SLOWEST, FASTEST = 130.0, 3000.0


def draw_fleet(count: int, seed: int = 0) -> list[Profile]:
    """``count`` profiles; the same for the same seed."""
    random = np.random.default_rng(seed)
    shares = [kind.share for kind in KINDS]
    picked = random.choice(len(KINDS), count, p=shares)
    return [_draw(KINDS[index], number, random) for number, index in enumerate(picked)]


def _draw(kind: Kind, number: int, random: np.random.Generator) -> Profile:
    points = float(np.clip(np.exp(random.normal(np.log(kind.points), kind.spread)), SLOWEST, FASTEST))
    factor = REFERENCE_POINTS / points
    cores = _pick(kind.cores, random)
    memory = _pick(kind.memory_gb, random)
    dot = points >= kind.dot[0] and random.random() < kind.dot[1]
    own = {name: float(np.exp(random.normal(0, UNLIKE))) for name in REFERENCE_PROBES}
    one = {name: ms * factor * own[name] for name, ms in REFERENCE_PROBES.items()}
    if dot:
        one |= {name: one[_PLAIN[name]] / gain for name, gain in DOT_GAIN.items()}
    second = float(random.uniform(0.55, 0.9))
    two = {name: ms if name == "nodes" else ms * second for name, ms in one.items()}
    return Profile(
        name=f"{kind.name} {number}",
        cores=cores,
        memory_mb=memory << 10,
        machine=f"simulated {kind.name}, {points:.0f} points",
        features=("INT8",) if dot else (),
        providers=("CPUExecutionProvider",),
        probe_ms={1: one, 2: two},
        decode_ms=REFERENCE_DECODE_MS * factor,
        factor=factor,
    )


def _pick(shares: Mapping[int, float], random: np.random.Generator) -> int:
    return int(random.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))
