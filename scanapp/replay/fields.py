"""Reading decoded JSON with errors that name file, place, what was expected and what came."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanapp.errors import ReplayError
from scanapp.sanitize import printable


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object; ``place`` is the way to it from the root, e.g. "objects[2].value"."""

    data: Mapping[str, Any]
    origin: str
    place: str

    @classmethod
    def of(cls, data: Any, origin: str, place: str) -> Fields:
        """``data`` as an object; ReplayError when it is something else."""
        if not isinstance(data, dict):
            raise ReplayError(f"{origin}: {place or 'the whole file'}: expected an object, got {shown(data)}")
        return cls(data, origin, place)

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.data.get(key) is not None

    def names(self) -> list[str]:
        """All keys."""
        return list(self.data)

    def wrong(self, key: str, expected: str, got: Any) -> ReplayError:
        """The error to raise for the value at ``key``."""
        return ReplayError(f"{self.origin}: {self._at(key)}: expected {expected}, got {shown(got)}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default the key must be there."""
        value = self._value(key, "a text", default)
        if not isinstance(value, str):
            raise self.wrong(key, "a text", value)
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, None where the key is not there."""
        return self.text(key) if self.has(key) else None

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._value(key, "true or false", default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false", value)
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A finite number, 0 or more."""
        value = self._value(key, "a number", default)
        if type(value) not in (int, float) or not math.isfinite(value) or value < 0:
            raise self.wrong(key, "a number, 0 or more", value)
        return float(value)

    def optional_number(self, key: str, above: float) -> float | None:
        """A number greater than ``above``, None where the key is not there."""
        if not self.has(key):
            return None
        if (value := self.number(key)) <= above:
            raise self.wrong(key, f"a number above {above:g}", value)
        return value

    def integer(self, key: str) -> int:
        """A whole number, 0 or more."""
        value = self._value(key, "a whole number", None)
        if type(value) is not int or value < 0:
            raise self.wrong(key, "a whole number, 0 or more", value)
        return value

    def texts(self, key: str, default: Sequence[str] | None = None) -> list[str]:
        """A list of texts."""
        if default is not None and not self.has(key):
            return list(default)
        texts = []
        for place, value in self.items(key):
            if not isinstance(value, str):
                raise self.wrong(place, "a text", value)
            texts.append(value)
        return texts

    def child(self, key: str) -> Fields:
        """An object."""
        value = self._value(key, "an object", None)
        return Fields.of(value, self.origin, self._at(key))

    def children(self, key: str) -> list[Fields]:
        """A list of objects."""
        return [Fields.of(value, self.origin, self._at(place)) for place, value in self.items(key)]

    def items(self, key: str) -> Iterator[tuple[str, Any]]:
        """The members of a list, each with its place."""
        value = self._value(key, "a list", None)
        if not isinstance(value, list):
            raise self.wrong(key, "a list", value)
        return ((f"{key}[{number}]", member) for number, member in enumerate(value))

    def _value(self, key: str, expected: str, default: Any) -> Any:
        if self.has(key):
            return self.data[key]
        if default is not None:
            return default
        raise ReplayError(f"{self.origin}: {self._at(key)}: missing, expected {expected}")

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


def shown(value: Any) -> str:
    """A JSON value as a message shows it: short, on one line, nothing that a terminal would act on."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    return printable(json.dumps(value, ensure_ascii=False, default=str), 60)
