"""What can be trained: one task a model, found by name.

A task's settings are the fields of a frozen dataclass, so that ``--set name=value`` and a run's
config.json can name them.
"""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

from scanapp.errors import UsageError, did_you_mean
from scanapp.lab.run import Task

TASKS = {
    "card-reader": "scanapp.lab.tasks.card_reader:CardReaderTask",
    "card-reader-supernet": "scanapp.lab.tasks.card_reader_supernet:CardReaderSupernetTask",
    "card-locator": "scanapp.lab.tasks.card_locator:CardLocatorTask",
    "card-layout": "scanapp.lab.tasks.card_layout:CardLayoutTask",
    "scout": "scanapp.lab.tasks.scout:ScoutTask",
    "product-embedder": "scanapp.lab.tasks.product_embedder:ProductEmbedderTask",
}


def task(name: str, settings: dict[str, Any]) -> Task:
    """The task ``name`` with ``settings`` (text or typed) over its defaults; UsageError for unknown ones."""
    if name not in TASKS:
        raise UsageError(f"unknown task '{name}'{did_you_mean(name, TASKS)}")
    module, _, kind = TASKS[name].partition(":")
    made = getattr(import_module(module), kind)
    known = {field.name: field for field in fields(made)}
    for key in settings:
        if key not in known:
            raise UsageError(f"{name}: unknown setting '{key}'{did_you_mean(key, known)}")
    typed = {key: _typed(name, key, value, known[key].default) for key, value in settings.items()}
    result: Task = made(**typed)
    return result


def _typed(name: str, key: str, value: Any, default: Any) -> Any:
    """``value`` in the type of the setting's default; text comes from the command line."""
    if not isinstance(value, str) or isinstance(default, str):
        return value
    try:
        if isinstance(default, bool):
            return {"true": True, "1": True, "false": False, "0": False}[value.lower()]
        return type(default)(value)
    except (KeyError, ValueError) as error:
        kind = type(default).__name__
        raise UsageError(f"{name}: setting '{key}' takes a value of type {kind}, got '{value}'") from error


def smoke_settings(name: str, folder: Path) -> dict[str, Any]:
    """Settings for a run of seconds, after making a little data in ``folder``."""
    if name not in TASKS:
        raise UsageError(f"unknown task '{name}'{did_you_mean(name, TASKS)}")
    module, _, kind = TASKS[name].partition(":")
    settings: dict[str, Any] = getattr(import_module(module), kind).smoke(folder)
    return settings
