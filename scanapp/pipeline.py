"""`Pipeline`: a scenario, declared in TOML: which detectors and recognizers, budgets, what is expected.

    name = "codes"
    description = "QR codes and barcodes"
    [policy]     forget_s, lost_after_s, region
    [expect]     mode = "all" | "one" | "set", count, texts
    [basket]     kind, by, settle_s: count what is in view
    [[detect]]   use = NAME, and the detector's own options
    [[recognize]] use = NAME, fusion, budget_ms_per_s, speculative_ms_per_s, sweep_s, steady, and its own options
    [recognize.fusion]  use = NAME, and the rule's own options, where fusion = "NAME" is not enough

In a file of your own, a text option that begins with ./ or ../ is a path as seen from that file's folder.
Every error names the file, the place and the nearest valid word.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from scanapp import registry
from scanapp.errors import PipelineError, did_you_mean
from scanapp.results import Detector, Fusion, Recognizer


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in seconds; ``region`` is the part of the frame to look at: x0, y0, x1, y1 as shares of its sides."""

    forget_s: float = 3.0
    lost_after_s: float = 1.0
    region: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Expect:
    """What ends a scan: ``all`` never, ``one`` the first confirmed thing, ``set`` count or texts (regular
    expressions, each to be matched by one confirmed thing).
    """

    mode: str = "all"
    count: int = 0
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted: confirmed things of ``kind``, by the field ``by`` of their value. A count is told when it
    has stood for ``settle_s`` seconds.
    """

    kind: str = "product"
    by: str = "sku"
    settle_s: float = 0.6


@dataclass(frozen=True, slots=True)
class Stage:
    """What to use, and its own options: one ``[[detect]]``, or the fusion rule of a ``[[recognize]]``."""

    use: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecognizeStage:
    """One ``[[recognize]]``.

    fusion                rule that fuses its readings
    budget_ms_per_s       milliseconds of recognition a second of stream, over all
    speculative_ms_per_s  of these, for proposals that nothing has been read of yet
    sweep_s               look at the whole frame at most this often while nothing holds (0: never)
    steady                wait until the thing stands still
    """

    use: str
    fusion: Stage = Stage("votes")
    budget_ms_per_s: float = 400.0
    speculative_ms_per_s: float = 40.0
    sweep_s: float = 0.0
    steady: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A scenario. ``source`` is the file it came from, for messages."""

    name: str
    detect: tuple[Stage, ...]
    recognize: tuple[RecognizeStage, ...]
    description: str = ""
    policy: Policy = Policy()
    expect: Expect = Expect()
    basket: Counting | None = None
    source: str = ""

    def make_detectors(self) -> list[Detector]:
        """The detectors, new; PipelineError for an unknown one or a bad option."""
        return [self.make_detector(index) for index in range(len(self.detect))]

    def make_recognizers(self) -> list[Recognizer]:
        """The recognizers, new; PipelineError for an unknown one or a bad option."""
        return [self.make_recognizer(index) for index in range(len(self.recognize))]

    def make_detector(self, index: int) -> Detector:
        """Detector number ``index`` (from 0), new."""
        stage, where = self.detect[index], self._place("detect", index + 1)
        made: Detector = registry.create(registry.DETECTORS, stage.use, stage.options, where)
        return made

    def make_recognizer(self, index: int) -> Recognizer:
        """Recognizer number ``index`` (from 0), new."""
        stage, where = self.recognize[index], self._place("recognize", index + 1)
        made: Recognizer = registry.create(registry.RECOGNIZERS, stage.use, stage.options, where)
        return made

    def make_fusion(self, index: int) -> Fusion:
        """A new fusion for one track of recognizer number ``index`` (from 0)."""
        stage = self.recognize[index]
        where = self._place("recognize", index + 1)
        made: Fusion = registry.create(registry.FUSIONS, stage.fusion.use, stage.fusion.options, where)
        return made

    def _place(self, table: str, number: int) -> str:
        return f"{self.source or self.name}: [[{table}]] {number}"


def pipeline_folder() -> Path:
    """The folder of the shipped pipelines: beside the package in a checkout, inside it when installed."""
    inside = Path(__file__).parent / "_pipelines"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "pipelines"


def shipped_pipelines() -> dict[str, Path]:
    """Name → file of the shipped pipelines."""
    return {path.stem: path for path in sorted(pipeline_folder().glob("*.toml"))}


def load_pipeline(name: str | Path) -> Pipeline:
    """A shipped pipeline by name, or one of your own by path (anything ending in .toml)."""
    path = Path(name)
    if path.suffix != ".toml":
        shipped = shipped_pipelines()
        if str(name) not in shipped:
            raise PipelineError(f"unknown pipeline '{name}'{did_you_mean(str(name), shipped)}")
        path = shipped[str(name)]
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PipelineError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    own = Path(name).suffix == ".toml"
    pipeline = parse_pipeline(text, source=str(name) if own else path.name, name=path.stem)
    return _at_home(pipeline, path.parent) if own else pipeline


def _at_home(pipeline: Pipeline, folder: Path) -> Pipeline:
    """Relative paths among the options of its stages as seen from ``folder``."""

    def placed(options: Mapping[str, Any]) -> Mapping[str, Any]:
        return {key: _placed(value, folder) for key, value in options.items()}

    detect = tuple(replace(stage, options=placed(stage.options)) for stage in pipeline.detect)
    recognize = tuple(replace(stage, options=placed(stage.options)) for stage in pipeline.recognize)
    return replace(pipeline, detect=detect, recognize=recognize)


def _placed(value: Any, folder: Path) -> Any:
    return str(folder / value) if isinstance(value, str) and value.startswith(("./", "../")) else value


def parse_pipeline(text: str, *, source: str = "", name: str = "pipeline") -> Pipeline:
    """A pipeline from TOML; PipelineError for anything that does not fit, before any stage is made."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PipelineError(f"{source}: not valid TOML: {error}") from error
    _known_keys(table, ("name", "description", "policy", "expect", "basket", "detect", "recognize"), source)
    pipeline = Pipeline(
        name=_text(table, "name", source, name),
        description=_text(table, "description", source, ""),
        detect=tuple(_stage(row, where) for row, where in _rows(table, "detect", source)),
        recognize=tuple(_recognize(row, where) for row, where in _rows(table, "recognize", source)),
        policy=_policy(_table(table, "policy", source), f"{source}: [policy]"),
        expect=_expect(_table(table, "expect", source), f"{source}: [expect]"),
        basket=_counting(_table(table, "basket", source), f"{source}: [basket]") if "basket" in table else None,
        source=source,
    )
    if not pipeline.recognize:
        raise PipelineError(f"{source}: needs at least one [[recognize]]")
    _check_stages(pipeline)
    return pipeline


def _check_stages(pipeline: Pipeline) -> None:
    """Unknown names and options are found now, not at the first frame."""
    for number, detect in enumerate(pipeline.detect, 1):
        _check_stage(registry.DETECTORS, detect, f"{pipeline.source}: [[detect]] {number}")
    for number, recognize in enumerate(pipeline.recognize, 1):
        where = f"{pipeline.source}: [[recognize]] {number}"
        _check_stage(registry.RECOGNIZERS, recognize, where)
        _check_stage(registry.FUSIONS, recognize.fusion, where)


def _check_stage(group: str, stage: Stage | RecognizeStage, where: str) -> None:
    make = registry.factory(group, stage.use, where)
    registry.check_options(make, stage.options, f"{where} ({stage.use})")


def _stage(row: Mapping[str, Any], where: str) -> Stage:
    return Stage(_use(row, where), {key: value for key, value in row.items() if key != "use"})


_OWN_KEYS = {f.name for f in fields(RecognizeStage)} - {"use", "options"}


def _recognize(row: Mapping[str, Any], where: str) -> RecognizeStage:
    own: dict[str, Any] = {}
    for key in _OWN_KEYS & row.keys():
        if key == "fusion":
            by_name = isinstance(row[key], str)
            own[key] = Stage(row[key]) if by_name else _stage(_table(row, key, where), f"{where} fusion")
        elif key == "steady":
            own[key] = _flag(row, key, where)
        else:
            own[key] = _number(row, key, where)
    options = {key: value for key, value in row.items() if key not in _OWN_KEYS and key != "use"}
    return RecognizeStage(use=_use(row, where), options=options, **own)


def _policy(row: Mapping[str, Any], where: str) -> Policy:
    _known_keys(row, [f.name for f in fields(Policy)], where)
    values: dict[str, Any] = {key: _number(row, key, where) for key in row if key != "region"}
    if "region" in row:
        values["region"] = _region(row["region"], where)
    return Policy(**values)


def _region(value: object, where: str) -> tuple[float, float, float, float]:
    if isinstance(value, list) and len(value) == 4 and all(isinstance(v, int | float) for v in value):
        x0, y0, x1, y1 = (float(v) for v in value)
        if 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1:
            return x0, y0, x1, y1
    raise PipelineError(f"{where}: region must be [x0, y0, x1, y1] between 0 and 1, got {value!r}")


def _expect(row: Mapping[str, Any], where: str) -> Expect:
    _known_keys(row, [f.name for f in fields(Expect)], where)
    mode = _text(row, "mode", where, "all")
    if mode not in ("all", "one", "set"):
        raise PipelineError(f"{where}: unknown mode '{mode}'{did_you_mean(mode, ('all', 'one', 'set'))}")
    count = int(_number(row, "count", where)) if "count" in row else 0
    texts = row.get("texts", [])
    if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise PipelineError(f"{where}: texts must be a list of regular expressions, got {texts!r}")
    for pattern in texts:
        try:
            re.compile(pattern)
        except re.error as error:
            raise PipelineError(f"{where}: texts: '{pattern}' is not a regular expression: {error}") from error
    if mode == "set" and not count and not texts:
        raise PipelineError(f"{where}: mode 'set' needs count or texts")
    return Expect(mode, count, tuple(texts))


def _counting(row: Mapping[str, Any], where: str) -> Counting:
    _known_keys(row, [f.name for f in fields(Counting)], where)
    plain = Counting()
    settle = _number(row, "settle_s", where) if "settle_s" in row else plain.settle_s
    return Counting(_text(row, "kind", where, plain.kind), _text(row, "by", where, plain.by), settle)


def _rows(table: Mapping[str, Any], key: str, source: str) -> list[tuple[Mapping[str, Any], str]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PipelineError(f"{source}: {key} must be written as [[{key}]] tables")
    return [(row, f"{source}: [[{key}]] {number}") for number, row in enumerate(rows, 1)]


def _table(table: Mapping[str, Any], key: str, source: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise PipelineError(f"{source}: {key} must be a [{key}] table, got {value!r}")
    return value


def _known_keys(row: Mapping[str, Any], valid: Any, where: str) -> None:
    for key in row:
        if key not in valid:
            raise PipelineError(f"{where}: unknown key '{key}'{did_you_mean(key, valid)}")


def _use(row: Mapping[str, Any], where: str) -> str:
    if "use" not in row:
        raise PipelineError(f'{where}: needs use = "NAME"')
    return _text(row, "use", where, "")


def _text(row: Mapping[str, Any], key: str, where: str, default: str) -> str:
    value = row.get(key, default)
    if not isinstance(value, str):
        raise PipelineError(f"{where}: {key} must be a text, got {value!r}")
    return value


def _number(row: Mapping[str, Any], key: str, where: str) -> float:
    value = row[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise PipelineError(f"{where}: {key} must be a number of at least 0, got {value!r}")
    return float(value)


def _flag(row: Mapping[str, Any], key: str, where: str) -> bool:
    if not isinstance(row[key], bool):
        raise PipelineError(f"{where}: {key} must be true or false, got {row[key]!r}")
    return bool(row[key])
