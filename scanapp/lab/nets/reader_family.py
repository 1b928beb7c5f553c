"""The card reader's elastic dimensions: channels of the stem, width, layers, heads and hidden units of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from scanapp.errors import UsageError
from scanapp.lab.nets.reader import HEAD, CardReader
from scanapp.lab.supernet.space import Space

_STEM = 4
_SHARES = (1 / 3, 1 / 2, 2 / 3, 1.0)


@dataclass(frozen=True)
class ReaderFamily:
    """All readers up to ``stem``, ``width``, ``deep``; see `CardReader`.

    Channels go in eights, which is what a processor's registers take.
    """

    stem: tuple[int, int, int, int] = (24, 48, 64, 96)
    width: int = 128
    deep: int = 2
    local: bool = True
    refined: bool = False

    @cached_property
    def space(self) -> Space:
        """Channels from a third, widths from half, one layer, one head and a quarter of the hidden units up."""
        choices = {f"stem{place + 1}": _eights(most) for place, most in enumerate(self.stem)}
        choices["width"] = tuple(range(self.width // 2, self.width + 1, HEAD))
        choices["depth"] = tuple(range(1, self.deep + 1))
        needs: dict[str, tuple[str, int]] = {}
        for layer in range(1, self.deep + 1):
            choices[f"heads{layer}"] = tuple(range(1, self.width // HEAD + 1))
            choices[f"hidden{layer}"] = tuple(self.width * quarter // 2 for quarter in (1, 2, 3, 4))
            needs |= {f"{name}{layer}": ("depth", layer) for name in ("heads", "hidden") if layer > 1}
        return Space(choices, needs)

    @property
    def groups(self) -> Mapping[str, int]:
        """Queries, keys and values stand below each other in one weight."""
        return {"queries.weight": 3, "queries.bias": 3}

    def largest(self) -> CardReader:
        """The largest reader, untrained."""
        return self.plain(self.space.named(self.space.largest))

    def plain(self, values: Mapping[str, int]) -> CardReader:
        """An untrained reader with these values."""
        layers = range(1, values["depth"] + 1)
        first, second, third, fourth = (values[f"stem{place + 1}"] for place in range(_STEM))
        return CardReader(
            (first, second, third, fourth),
            values["width"],
            values["depth"],
            local=self.local,
            refined=self.refined,
            heads=[values[f"heads{layer}"] for layer in layers],
            hidden=[values[f"hidden{layer}"] for layer in layers],
        )


def _eights(most: int) -> tuple[int, ...]:
    return tuple(sorted({max(8, round(most * part / 8) * 8) for part in _SHARES}))


FAMILIES = {
    "student": ReaderFamily(),
    "large": ReaderFamily(deep=3),
    "xlarge": ReaderFamily((32, 64, 96, 144), deep=4, refined=True),
    "huge": ReaderFamily((48, 96, 128, 192), deep=6, refined=True),
    "teacher": ReaderFamily((32, 64, 96, 144), 160, 3, local=False),
}
"""The families whose largest member is one of the readers known by name."""


def family(size: str) -> ReaderFamily:
    """A family by the name of its largest member; UsageError for an unknown one."""
    if size not in FAMILIES:
        raise UsageError(f"card-reader: size must be one of {', '.join(FAMILIES)}, not '{size}'")
    return FAMILIES[size]


def reader(size: str) -> CardReader:
    """An untrained reader: a family's largest by its name, or "FAMILY@SUBNET", see `Space.parse`."""
    name, _, subnet = size.partition("@")
    space = family(name).space
    return family(name).plain(space.named(space.parse(subnet or "largest")))
