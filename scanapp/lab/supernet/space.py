"""The subnets of a super-network: every combination of a few choices a dimension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod

import numpy as np

from scanapp.errors import UsageError, did_you_mean

Subnet = tuple[int, ...]
"""One value a dimension, in the order of the space."""


@dataclass(frozen=True, slots=True)
class Space:
    """choices  dimension → its values, ascending
    needs    dimension → (another one, its least value for which the first means anything): the width of a second
             layer needs a depth of two. What means nothing is held at its least value, so that equal networks are
             equal subnets
    """

    choices: Mapping[str, tuple[int, ...]]
    needs: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def largest(self) -> Subnet:
        """The greatest value in each dimension."""
        return self.subnet({name: values[-1] for name, values in self.choices.items()})

    @property
    def smallest(self) -> Subnet:
        """The least value in each dimension."""
        return self.subnet({name: values[0] for name, values in self.choices.items()})

    @property
    def middle(self) -> Subnet:
        """The middle value in each dimension, the lower one of two."""
        return self.subnet({name: values[(len(values) - 1) // 2] for name, values in self.choices.items()})

    def count(self) -> int:
        """Distinct subnets."""
        ruling = sorted({ruler for ruler, _ in self.needs.values()})
        total = 0
        for values in product(*(self.choices[name] for name in ruling)):
            held = {*ruling, *self._idle(dict(zip(ruling, values, strict=True)))}
            total += prod(len(options) for name, options in self.choices.items() if name not in held)
        return total

    def _idle(self, values: Mapping[str, int]) -> set[str]:
        return {name for name, (ruler, least) in self.needs.items() if values[ruler] < least}

    def subnet(self, values: Mapping[str, int]) -> Subnet:
        """The subnet with these values; UsageError for an unknown, missing or impossible one."""
        for name in values:
            if name not in self.choices:
                raise UsageError(f"subnet: unknown dimension '{name}'{did_you_mean(name, self.choices)}")
        for name, allowed in self.choices.items():
            if values.get(name) not in allowed:
                given = values.get(name, "nothing")
                raise UsageError(f"subnet: {name} takes one of {', '.join(map(str, allowed))}, got {given}")
        idle = self._idle(values)
        return tuple(self.choices[name][0] if name in idle else values[name] for name in self.choices)

    def named(self, subnet: Subnet) -> dict[str, int]:
        """Dimension → value."""
        return dict(zip(self.choices, subnet, strict=True))

    def parse(self, text: str) -> Subnet:
        """``largest``, ``middle``, ``smallest`` or ``name=value,name=value``: the rest as in the largest."""
        fixed = {"largest": self.largest, "middle": self.middle, "smallest": self.smallest}
        if text in fixed:
            return fixed[text]
        values = {name: options[-1] for name, options in self.choices.items()}
        for pair in text.split(","):
            name, equals, value = pair.partition("=")
            if not equals or not value.strip().isdigit():
                raise UsageError(f"subnet: '{text}' is none of {', '.join(fixed)} and no list of NAME=NUMBER")
            values[name.strip()] = int(value)
        return self.subnet(values)

    def text(self, subnet: Subnet) -> str:
        """``name=value,…``, which `parse` reads."""
        return ",".join(f"{name}={value}" for name, value in self.named(subnet).items())

    def sample(self, rng: np.random.Generator) -> Subnet:
        """Each dimension drawn evenly."""
        return self.subnet({name: values[int(rng.integers(len(values)))] for name, values in self.choices.items()})

    def mutated(self, subnet: Subnet, rng: np.random.Generator, chance: float = 0.2) -> Subnet:
        """Some dimensions drawn anew; always at least one."""
        values = self.named(subnet)
        names = list(values)
        chosen = {names[int(rng.integers(len(names)))], *(name for name in names if rng.random() < chance)}
        for name in sorted(chosen):
            values[name] = self.choices[name][int(rng.integers(len(self.choices[name])))]
        return self.subnet(values)

    def crossed(self, one: Subnet, other: Subnet, rng: np.random.Generator) -> Subnet:
        """Each dimension from one of the two."""
        pairs = zip(self.choices, one, other, strict=True)
        return self.subnet({name: a if rng.random() < 0.5 else b for name, a, b in pairs})

    def scaled(self, subnet: Subnet) -> list[float]:
        """Each value's place among its choices, 0 … 1: what a predictor is fed."""
        return [
            values.index(value) / max(1, len(values) - 1)
            for value, values in zip(subnet, self.choices.values(), strict=True)
        ]
