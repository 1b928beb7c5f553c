"""What README and docs promise: commands parse, Python runs, links lead somewhere, events are of the schema."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import typer
import zxingcpp
from videos import make_video

from scanapp import registry
from scanapp.cli.main import _mount, app
from scanapp.devices.device import VIRTUAL
from scanapp.events import SCHEMA
from scanapp.pipeline import Expect, Policy, RecognizeStage, load_pipeline, parse_pipeline, shipped_pipelines

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
MINE = [ROOT / "README.md"] + [
    ROOT / "docs" / f"{name}.md"
    for name in ("architecture", "cli", "embedding", "events", "extending", "pipelines")
]
NOT_RUN = "<!-- not run: "
"""Stands before a Python block that needs what a test machine does not have, and says what that is."""


def _blocks(page: Path, language: str) -> Iterator[tuple[str, str]]:
    """(the line before, the body) of a page's fenced blocks in ``language``."""
    text = "\n" + page.read_text(encoding="utf-8")
    inside, before, tag = False, "", ""
    body: list[str] = []
    for line in text.splitlines():
        if line.startswith("```") and not inside:
            inside, tag, body = True, line[3:].strip(), []
        elif line.startswith("```"):
            inside = False
            if tag == language:
                yield before, "\n".join(body) + "\n"
        elif inside:
            body.append(line)
        elif line.strip():
            before = line


def _commands(page: Path) -> Iterator[str]:
    """Lines that begin with ``scanapp`` in fenced blocks; not synopses, which hold brackets or dots."""
    for language in ("", "sh", "console"):
        for _, body in _blocks(page, language):
            for line in body.splitlines():
                line = re.split(r"\s[|>]\s", line.strip())[0]
                if line.startswith("scanapp ") and not re.search(
                    r"[\[\]]|\.\.\.|…|\b[A-Z]{4,}\b", line.split("#")[0]
                ):
                    yield line


ALL_COMMANDS = [(page.name, line) for page in PAGES for line in _commands(page)]


@pytest.mark.parametrize(("page", "line"), ALL_COMMANDS)
def test_commands_are_such_that_the_cli_takes_them(page: str, line: str) -> None:
    del page
    _mount()
    words = re.split(r"\s{3,}", line)[0]
    arguments = shlex.split(words, comments=True)[1:]
    command: Any = typer.main.get_command(app)
    context = command.make_context("scanapp", list(arguments))
    while hasattr(command, "resolve_command") and (rest := _left_over(context)):
        name, command, left = command.resolve_command(context, rest)
        assert command is not None, f"no such command: {name}"
        context = command.make_context(name, left, parent=context)
    options = context.params
    pipeline = options.get("pipeline")
    if pipeline is not None and not str(pipeline).endswith(".toml"):
        assert pipeline in shipped_pipelines()
    if options.get("device") not in (None, "auto"):
        assert options["device"] in VIRTUAL


def _left_over(context: Any) -> list[str]:
    """What a group has not parsed itself; click has renamed the first part of it."""
    first = getattr(context, "_protected_args", None)
    return [*(context.protected_args if first is None else first), *context.args]


def test_commands_are_found_at_all() -> None:
    pages = {page for page, _ in ALL_COMMANDS}
    assert {"README.md", "cli.md", "events.md", "pipelines.md"} <= pages


def test_a_wrong_option_would_be_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        test_commands_are_such_that_the_cli_takes_them("", "scanapp replay videos --pipline codes")


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the snippets talk about: a video, a picture, a pipeline of one's own."""
    folder = tmp_path_factory.mktemp("visit")
    code = np.asarray(
        zxingcpp.create_barcode("https://shop.example/7", zxingcpp.BarcodeFormat.QRCode).to_image(scale=5)
    )
    picture = np.full((240, 320, 3), 225, np.uint8)
    y, x = (240 - code.shape[0]) // 2, (320 - code.shape[1]) // 2
    picture[y : y + code.shape[0], x : x + code.shape[1]] = code[:, :, None]
    cv2.imwrite(str(folder / "shelf.jpg"), picture)
    make_video(folder / "visit.mp4", [picture] * 12)
    shutil.copy(ROOT / "pipelines" / "codes.toml", folder / "my_shop.toml")
    shutil.copy(ROOT / "examples" / "plugin" / "tiles.toml", folder)
    (folder / "out").mkdir()
    return folder


@pytest.mark.parametrize("page", MINE, ids=lambda page: page.name)
def test_python_in_the_docs_runs(
    page: Path, visit: Path, monkeypatch: pytest.MonkeyPatch, scan_replay: Callable[..., Any], plugin: None
) -> None:
    """The blocks of a page in one namespace, in a folder with the recordings that they name."""
    del plugin
    monkeypatch.chdir(visit)
    names: dict[str, Any] = {"__name__": "docs"}
    for before, body in _blocks(page, "python"):
        if before.startswith(NOT_RUN):
            compile(body, page.name, "exec")
            continue
        exec(compile(body, page.name, "exec"), names)
        for name in re.findall(r"^def (test_\w+)\(scan_replay\)", body, re.MULTILINE):
            names[name](scan_replay)


@pytest.mark.parametrize("page", MINE, ids=lambda page: page.name)
def test_toml_in_the_docs_is_a_pipeline_or_a_table_of_entry_points(page: Path, plugin: None) -> None:
    del plugin
    for _, body in _blocks(page, "toml"):
        if "entry-points" not in body:
            assert parse_pipeline(body, source=page.name).recognize


def test_event_lines_in_the_docs_are_of_the_schema() -> None:
    rows = [
        json.loads(line) for _, body in _blocks(ROOT / "docs" / "events.md", "json") for line in body.splitlines()
    ]
    assert {row["type"] for row in rows if "type" in row} == {
        "found", "updated", "confirmed", "lost", "notice", "summary"
    }  # fmt: skip
    assert any("results" in row for row in rows)
    assert any("error" in row for row in rows)
    assert all(row["schema"] == SCHEMA for row in rows)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_two_commands_stand_alone_between_their_markers() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for marker, part in (("run", "scanapp --video sample_videos/"), ("test", "pytest -q")):
        found = re.findall(rf"<!-- {marker}-command -->\n```\n(.+)\n```\n<!-- /{marker}-command -->", text)
        assert len(found) == 1
        assert part in found[0]


def test_every_key_of_a_pipeline_is_explained() -> None:
    text = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    keys = {f.name for kind in (Policy, Expect, RecognizeStage) for f in fields(kind)} - {"use", "options"}
    for group in (registry.DETECTORS, registry.RECOGNIZERS):
        shipped = [name for name, point in registry.names(group).items() if point.value.startswith("scanapp.")]
        for name in shipped:
            keys |= inspect.signature(registry.factory(group, name, "test")).parameters.keys()
    assert {key for key in keys if f"`{key}`" not in text} == set()


def test_the_picture_is_small_enough_for_a_readme() -> None:
    assert (ROOT / "docs" / "images" / "overlay.png").stat().st_size < 400_000


# -- examples ------------------------------------------------------------------------------------------------


class _Point:
    """Stands in for an installed entry point."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def load(self) -> Any:
        module, _, attribute = self.value.partition(":")
        return getattr(__import__(module, fromlist=[attribute]), attribute)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """examples/plugin as if it were installed: its own pyproject says what it registers."""
    import importlib.metadata
    import tomllib

    from scanapp.views import choose

    monkeypatch.syspath_prepend(str(ROOT / "examples" / "plugin"))
    table = tomllib.loads((ROOT / "examples" / "plugin" / "pyproject.toml").read_text("utf-8"))
    registered = table["project"]["entry-points"]

    def with_plugin(*, group: str) -> list[Any]:
        ours = [_Point(name, value) for name, value in registered.get(group, {}).items()]
        return [*importlib.metadata.entry_points(group=group), *ours]

    monkeypatch.setattr(registry, "entry_points", with_plugin)
    monkeypatch.setattr(choose, "entry_points", with_plugin)
    registry.names.cache_clear()
    yield
    registry.names.cache_clear()


def _tiles(colour: tuple[int, int, int]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    picture = np.full((180, 240, 3), 190, np.uint8)
    cv2.rectangle(picture, (60, 50), (120, 110), colour, -1)
    return picture


def test_plugin_reads_coloured_tiles(plugin: None, tmp_path: Path) -> None:
    from scanapp import Scanner

    del plugin
    nothing = np.full((180, 240, 3), 190, np.uint8)
    pictures = [_tiles((30, 30, 210))] * 20 + [nothing] * 40 + [_tiles((190, 60, 20))] * 20
    video = make_video(tmp_path / "tiles.mp4", pictures)
    with Scanner(ROOT / "examples" / "plugin" / "tiles.toml") as scanner:
        events = list(scanner.replay(video))
    confirmed = [(e.kind, e.value["text"]) for e in events if e.type == "confirmed" and e.value]
    assert confirmed == [("tile", "red"), ("tile", "blue")]
    assert not [event for event in events if event.type == "notice"]


def test_plugin_reads_stills(plugin: None) -> None:
    from scanapp import Scanner

    del plugin
    scanner = Scanner(ROOT / "examples" / "plugin" / "tiles.toml")
    results = scanner.read(_tiles((60, 170, 40)))
    assert [result.value["text"] for result in results] == ["green"]
    assert results[0].quad.min(axis=0) == pytest.approx([60, 50], abs=2)
    assert scanner.read(np.full((180, 240, 3), 190, np.uint8)) == []


def test_plugin_brings_a_view(plugin: None, capsys: pytest.CaptureFixture[str]) -> None:
    from scanapp import Event, Snapshot
    from scanapp.testing import blank_frames
    from scanapp.views.choose import choose_view

    del plugin
    view = choose_view("ticker")
    assert view is not None
    event = Event("confirmed", 1.0, 25, kind="tile", value={"text": "red"})
    assert view.show(Snapshot(blank_frames(1)[0], (), (event,)))
    view.finish(Event("summary", 1.0, 26, data={"frames": 26}))
    assert capsys.readouterr().out.split() == ["1.000s", "confirmed", "tile", "red", "26", "frames"]


def test_unknown_option_of_a_plugin_is_named(plugin: None) -> None:
    from scanapp.errors import PipelineError

    del plugin
    text = (
        (ROOT / "examples" / "plugin" / "tiles.toml")
        .read_text("utf-8")
        .replace('"tiles"\n\n[[r', '"tiles"\nmin_sid = 3\n[[r')
    )
    with pytest.raises(PipelineError, match=r"min_sid.*did you mean 'min_side'"):
        parse_pipeline(text, source="tiles.toml")


def test_shop_counter_counts_a_recording(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    shop_counter = import_module("shop_counter")

    prices = tmp_path / "prices.csv"
    prices.write_text("4012345678901, Oats 500 g, 2.40\n", encoding="utf-8")
    video = ROOT / "sample_videos" / "ean_refocus.mp4"
    monkeypatch.setattr("sys.argv", ["shop_counter.py", str(video), "--prices", str(prices)])
    shop_counter.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[2:] == ["4012345678901", "Oats", "500", "g"]
    assert lines[-2].split() == ["1", "×", "Oats", "500", "g", "2.40"]
    assert lines[-1].split() == ["1", "articles", "2.40"]


def test_overlay_can_be_rendered(tmp_path: Path, visit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    render_overlay = import_module("render_overlay")

    render_overlay.render(visit / "visit.mp4", 0.4, tmp_path / "o.png", pipeline="codes", width=320)
    picture = cv2.imread(str(tmp_path / "o.png"))
    assert picture is not None
    green = (picture[:, :, 1] > 150) & (picture[:, :, 0] < 140) & (picture[:, :, 2] < 120)
    assert picture.shape == (240, 320, 3)
    assert np.count_nonzero(green) > 200


def test_examples_use_public_names_only() -> None:
    import scanapp

    source = (ROOT / "examples" / "shop_counter.py").read_text("utf-8")
    imports = re.findall(r"^from scanapp(\S*) import (.+)$", source, re.MULTILINE)
    assert imports
    for module, names in imports:
        assert module == ""
        assert set(names.split(", ")) <= set(scanapp.__all__)


def test_docs_name_the_pipelines_that_there_are() -> None:
    text = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    for name in shipped_pipelines():
        assert f"`{name}`" in text
        assert load_pipeline(name).description
