"""A recipe: what to train, on what, for how long, with which seeds, as a TOML file; perhaps arms to compare.

task = "card-reader"
seeds = [1, 2, 3]               # one run each; [1] when left out

[data]                          # [data], [network] and [distill] are settings of the task,
lines = "lines-training"        # in tables for the reader's sake
[network]
size = "student"
[schedule]                      # options of the run, see `RunOptions`
steps = 300

[[arm]]                         # optional: each arm is trained with every seed
name = "alone"
[[arm]]
name = "taught"
distill = { learn_from = "{teacher}" }     # {teacher}: what --teacher names
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from scanapp.errors import UsageError, did_you_mean
from scanapp.lab.run import RunOptions
from scanapp.lab.tasks import TASKS

SETTINGS = ("data", "network", "distill")
TEACHER = "{teacher}"
_SHIPPED = files("scanapp.lab.recipes")


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison: settings and options that it has of its own."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    schedule: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe as read; ``arms`` is never empty."""

    name: str
    task: str
    settings: Mapping[str, Any]
    schedule: Mapping[str, Any]
    seeds: tuple[int, ...]
    arms: tuple[Arm, ...]

    @property
    def wants_teacher(self) -> bool:
        """Whether a setting stands open until a teacher is named."""
        tables = [self.settings, *(arm.settings for arm in self.arms)]
        return any(value == TEACHER for table in tables for value in table.values())

    def with_teacher(self, reference: str) -> Recipe:
        """The recipe with its teacher filled in."""
        arms = tuple(replace(arm, settings=_filled(arm.settings, reference)) for arm in self.arms)
        return replace(self, settings=_filled(self.settings, reference), arms=arms)


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with scanapp."""
    return sorted(entry.name.removesuffix(".toml") for entry in _SHIPPED.iterdir() if entry.name.endswith(".toml"))


def is_recipe(name: str) -> bool:
    """Whether ``name`` is meant as a recipe, not as a task."""
    return name.endswith(".toml") or name in shipped_recipes()


def load_recipe(name: str) -> Recipe:
    """A TOML file, or a shipped recipe by its name; UsageError saying what is wrong and where."""
    if name.endswith(".toml"):
        path = Path(name)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{name}: cannot be read ({error})") from error
        return parse_recipe(text, path.stem, name)
    if name not in shipped_recipes():
        raise UsageError(f"unknown recipe '{name}'{did_you_mean(name, shipped_recipes())}")
    return parse_recipe((_SHIPPED / f"{name}.toml").read_text(encoding="utf-8"), name, name)


def parse_recipe(text: str, name: str, where: str) -> Recipe:
    """``where`` stands before messages."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where}: not valid TOML: {error}") from error
    _known(table, ("task", "seeds", "schedule", "arm", *SETTINGS), where)
    if table.get("task") not in TASKS:
        given = str(table.get("task", ""))
        raise UsageError(
            f"{where}: task must be one of {', '.join(TASKS)}, not '{given}'{did_you_mean(given, TASKS)}"
        )
    seeds = table.get("seeds", [1])
    if not isinstance(seeds, list) or not seeds or not all(type(seed) is int and seed >= 0 for seed in seeds):
        raise UsageError(f"{where}: seeds must be a list of whole numbers, not {seeds!r}")
    arms = table.get("arm", [{"name": ""}])
    if not isinstance(arms, list):
        raise UsageError(f"{where}: arm must be a list of tables; write [[arm]]")
    found = tuple(_arm(arm, f"{where}: [[arm]] {number}") for number, arm in enumerate(arms, 1))
    if len({arm.name for arm in found}) < len(found):
        raise UsageError(f"{where}: two arms have the same name")
    return Recipe(name, table["task"], _settings(table, where), _schedule(table, where), tuple(seeds), found)


def _arm(table: Mapping[str, Any], where: str) -> Arm:
    _known(table, ("name", "schedule", *SETTINGS), where)
    name = table.get("name")
    if not isinstance(name, str) or "/" in name:
        raise UsageError(f"{where}: name must be a word, not {name!r}")
    return Arm(name, _settings(table, where), _schedule(table, where))


def _settings(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for section in SETTINGS:
        result |= _table(table, section, where)
    return result


def _schedule(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    schedule = _table(table, "schedule", where)
    _known(schedule, [one.name for one in fields(RunOptions)], f"{where}: [schedule]")
    return schedule


def _table(table: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(f"{where}: {key} must be a table; write [{key}]")
    return value


def _known(table: Mapping[str, Any], allowed: Any, where: str) -> None:
    for key in table:
        if key not in allowed:
            raise UsageError(f"{where}: unknown key '{key}'{did_you_mean(key, allowed)}")


def _filled(settings: Mapping[str, Any], reference: str) -> dict[str, Any]:
    return {key: reference if value == TEACHER else value for key, value in settings.items()}
