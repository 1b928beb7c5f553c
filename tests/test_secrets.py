"""No output of a run holds a full card number unless it was asked for: all of them are searched.

Stages that are sure of a number are put into pipelines of each kind (a card, a code, a text); then everything that
the commands and the library put out is searched, in whatever way digits could be spelt.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from videos import make_video

from scanapp import Scanner, registry
from scanapp.cli.main import main
from scanapp.geometry import Quad, box_quad
from scanapp.payloads.bank_card import describe
from scanapp.payloads.card_number import CardNumber
from scanapp.pipeline import shipped_pipelines
from scanapp.results import Detection, Line, Reading, View
from scanapp.testing import ScriptedDetector, ScriptedRecognizer
from scanapp.testing import reading as code_reading

PAN = "4000006281953744"
OTHER = "5555005173629400"
GROUPS = "4000 0062 8195 3744"
SAMPLES = Path(__file__).parent.parent / "sample_videos"
CARD = (80, 60, 240, 160)
FRAMES, FPS = 24, 40

assert describe(PAN).luhn_ok
assert describe(OTHER).luhn_ok


# -- the search ----------------------------------------------------------------------------------------------


def spellings(pan: str) -> dict[str, bytes]:
    """Ways in which a program may write a number without meaning to; separators do not matter (see `bare`).

    Parts are of ten digits: shorter ones turn up by chance among the digits of times and places.
    """
    plain = pan.encode()
    return {
        "all digits": plain,
        "hexadecimal": plain.hex().encode(),
        "reversed": plain[::-1],
        "all but the last": plain[2:-4],
        "all but the first": plain[6:],
    }


def bare(data: bytes) -> bytes:
    """Without what may stand between digits: spaces, hyphens, quotes and commas of lists, the zeros of UTF-16."""
    return re.sub(rb"[\s\-.,_:;/|\"'()\[\]\x00]", b"", data)


def found_in(outputs: Mapping[str, bytes], pan: str = PAN) -> list[str]:
    """Which outputs hold the number, and how it is spelt there."""
    return [
        f"{name}: {spelling}"
        for name, data in outputs.items()
        for spelling, needle in spellings(pan).items()
        if needle in bare(data)
    ]


@pytest.mark.parametrize(
    "text",
    [PAN, GROUPS, GROUPS.replace(" ", "-"), GROUPS.replace(" ", "\n"), json.dumps(list(PAN)), PAN.encode().hex()],
)
def test_the_search_finds_every_spelling(text: str) -> None:
    assert found_in({"a": b"x" + text.encode() + b"y", "b": b"400000******3744"})[0].startswith("a")
    assert found_in({"a": text.encode("utf-16")})


# -- a run that reads the number -----------------------------------------------------------------------------


def _spread(text: str) -> tuple[tuple[tuple[str, float], ...], ...]:
    return tuple(((c, 0.999), ("7" if c != "7" else "1", 0.0005)) for c in text)


def _quad(view: View) -> Quad:
    """Not the same in each frame, so that views differ."""
    x0, y0, x1, y1 = CARD
    shift = 4 * (view.frame.index % 5)
    return box_quad(x0 + shift, y0, x1 + shift, y1)


def _as_card(view: View) -> Reading:
    number = CardNumber(PAN)
    quad = _quad(view)
    lines = (Line(quad, _spread(PAN), "pan"), Line(quad, _spread("12/29"), "expiry"))
    return Reading(
        "card", PAN, {"pan": number, "network": "visa", "expiry": "2029-12"}, quad, 0.99, 0.5, "x", lines
    )


def _as_code(view: View) -> Reading:
    return code_reading(PAN, quad=_quad(view))


def _as_text(view: View) -> Reading:
    quad = _quad(view)
    value = {"text": GROUPS, "lines": [{"text": GROUPS, "quad": quad.tolist(), "confidence": 0.99}]}
    return Reading("text", GROUPS, value, quad, 0.99, 0.5, "x", (Line(quad, _spread(GROUPS)),))


READ: dict[str, Callable[[View], Reading]] = {"card": _as_card, "code": _as_code, "text": _as_text}
FUSION = {"card": "card", "code": "votes", "text": "text"}


@pytest.fixture(params=sorted(READ))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def scenario(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline whose stages find a thing of ``kind`` in every frame and read the number from it."""
    if FUSION[kind] not in registry.names(registry.FUSIONS):
        pytest.skip(f"no fusion '{FUSION[kind]}' is installed")

    def detector() -> ScriptedDetector:
        return ScriptedDetector(lambda _: [Detection(kind, box_quad(*CARD), 0.9)], kinds=[kind])

    def recognizer() -> ScriptedRecognizer:
        return ScriptedRecognizer(lambda view: [READ[kind](view)], name="double", kinds=[kind])

    real = registry.factory

    def factory(group: str, name: str, place: str) -> Callable[..., Any]:
        doubles = {registry.DETECTORS: detector, registry.RECOGNIZERS: recognizer}
        return doubles[group] if name == "double" else real(group, name, place)

    monkeypatch.setattr(registry, "factory", factory)
    file = tmp_path / "double.toml"
    file.write_text(
        f'[[detect]]\nuse = "double"\n[[recognize]]\nuse = "double"\nfusion = "{FUSION[kind]}"\n', encoding="utf-8"
    )
    return file


@pytest.fixture
def visit(tmp_path: Path) -> Path:
    """Something to look at that moves a little: what it says comes from the double."""
    rng = np.random.default_rng(5)
    scene = cv2.resize(rng.integers(60, 190, (30, 40, 3), dtype=np.uint8), (320, 240))
    folder = tmp_path / "in"
    folder.mkdir()
    cv2.imwrite(str(folder / "still.png"), scene)
    return make_video(folder / "visit.mp4", [np.roll(scene, n, axis=1) for n in range(FRAMES)], fps=FPS)


def _run(capfd: pytest.CaptureFixture[str], *arguments: object) -> dict[str, bytes]:
    """What a command wrote to its two outputs."""
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    assert left.value.code == 0, err
    return {f"{arguments[0]} stdout": out.encode(), f"{arguments[0]} stderr": err.encode()}


def _files(folder: Path) -> dict[str, bytes]:
    """All files under a folder, their content and their names."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    content = {name: path.read_bytes() for name, path in found.items() if path.is_file()}
    return content | {"file names": "\n".join(found).encode()}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], dict[str, bytes]]]:
    """Everything that any logger says."""
    with caplog.at_level(logging.DEBUG):
        yield lambda: {"logs": f"{caplog.text} {[record.__dict__ for record in caplog.records]}".encode()}


def test_a_live_run(
    scenario: Path,
    visit: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    logged: Callable[[], dict[str, bytes]],
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    options = ["--pipeline", scenario, "--record", out / "r.mp4", "--events", out / "e.jsonl"]
    outputs = _run(capfd, "--video", visit, *options, "--view", "terminal")
    assert _confirmed(out / "e.jsonl")
    assert (out / "r.mp4").stat().st_size > 1000
    assert found_in(outputs | _files(out) | _side_data(out / "r.mp4") | logged()) == []


def test_events_on_the_output(scenario: Path, visit: Path, capfd: pytest.CaptureFixture[str]) -> None:
    outputs = _run(capfd, "--video", visit, "--pipeline", scenario, "--view", "none", "--events", "-")
    assert b"confirmed" in outputs["--video stdout"]
    assert found_in(outputs) == []


def test_a_replay(
    scenario: Path,
    visit: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    logged: Callable[[], dict[str, bytes]],
) -> None:
    """Events, goldens, the JUnit report; and the report of a replay that differs from its golden."""
    out = tmp_path / "out"
    command = ["replay", visit, "--pipeline", scenario, "--events", out, "--junit", tmp_path / "in" / "j.xml"]
    outputs = _run(capfd, *command, "--update")
    golden = visit.with_name("visit.golden.jsonl")
    assert _confirmed(golden)
    golden.write_text(golden.read_text(encoding="utf-8").replace("confirmed", "updated"), encoding="utf-8")
    with pytest.raises(SystemExit):
        main([str(argument) for argument in command])
    shown = capfd.readouterr()
    outputs |= {"difference": shown.out.encode(), "its stderr": shown.err.encode()}
    assert b"confirmed" in outputs["difference"]
    assert found_in(outputs | _files(out) | _files(tmp_path / "in") | logged()) == []


@pytest.mark.parametrize("kind", ["card"], indirect=True)
@pytest.mark.parametrize("pan", [PAN, OTHER, GROUPS, f"{PAN}x"])
def test_a_replay_that_is_judged(pan: str, scenario: Path, visit: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The truth knows whole numbers; what is said of missed, wrong and misspelt ones does not show them."""
    interval = [[0.0, FRAMES / FPS]]
    card = {"id": "card", "kind": "card", "value": {"pan": pan, "expiry": "2029-12"}, "required": True}
    truth = {"schema": 1, "video": visit.name, "size": [320, 240], "fps": FPS, "frames": FRAMES, "seed": 1}
    truth |= {"pipeline": str(scenario), "duration": FRAMES / FPS, "scene": "double"}
    truth |= {"objects": [card | {"visible": interval, "readable": interval, "quads": []}]}
    visit.with_name("visit.truth.json").write_text(json.dumps(truth), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["replay", str(visit), "--junit", str(visit.with_name("j.xml"))])
    shown = capfd.readouterr()
    assert left.value.code == {PAN: 0, OTHER: 1}.get(pan, 2), shown.out + shown.err
    outputs = {"stdout": shown.out.encode(), "stderr": shown.err.encode()}
    outputs |= {path.name: path.read_bytes() for path in visit.parent.glob("*.xml")}
    assert found_in(outputs) + found_in(outputs, OTHER) == []


def test_still_pictures(
    scenario: Path,
    visit: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    logged: Callable[[], dict[str, bytes]],
) -> None:
    still = visit.with_name("still.png")
    outputs = _run(capfd, "read", still, "--pipeline", scenario)
    outputs |= {"events": _run(capfd, "read", still, "--pipeline", scenario, "--events", "-")["read stdout"]}
    _run(capfd, "read", still, "--pipeline", scenario, "--events", tmp_path / "read.jsonl")
    assert b"3744" in outputs["events"]
    assert found_in(outputs | {"file": (tmp_path / "read.jsonl").read_bytes()} | logged()) == []


def test_what_the_library_hands_out(scenario: Path, visit: Path, kind: str) -> None:
    """Events and snapshots to their last field, and the reprs of what passes inside."""
    seen: list[object] = []
    scanner = Scanner(scenario)
    scanner.snapshots.subscribe(seen.append)
    with scanner:
        events = list(scanner.scan(visit))
        results = scanner.read(cv2.imread(str(visit.with_name("still.png"))))
    assert any(event.type == "confirmed" for event in events)
    assert len(seen) > FRAMES / 2
    outputs = {
        f"{type(item).__name__} {number}": f"{item} {item!r} {_deep(item)}".encode()
        for number, item in enumerate([*events, *seen, *results])
    }
    outputs |= {f"{event.type} json": event.to_json().encode() for event in events}
    inside = READ[kind](View(seen[0].frame, box_quad(*CARD)))  # type: ignore[attr-defined]
    outputs |= {"a reading's repr": repr(inside).encode(), "its line's": repr(inside.lines).encode()}
    assert found_in(outputs) == []


def test_the_fusions_answer_shows_nothing() -> None:
    fusion = registry.create(registry.FUSIONS, "card", {}, "test")
    view = _blank_view()
    for number in range(3):
        fusion.add(_as_card(view), pts=float(number), sharpness=1.0)
    answer = fusion.answer()
    assert answer is not None
    assert found_in({"repr": repr(answer).encode(), "value": str(dict(answer.value)).encode()}) == []
    assert found_in({"the fusion's": repr(fusion).encode()}) == []


def test_a_stage_that_fails_with_the_number_in_its_message(
    visit: Path,
    scenario: Path,
    kind: str,
    capfd: pytest.CaptureFixture[str],
    logged: Callable[[], dict[str, bytes]],
) -> None:
    def fail(view: View) -> list[Reading]:
        raise ValueError(f"no such card: {PAN if view.frame.index % 2 else GROUPS}")

    scanner = Scanner(scenario, recognizers=[ScriptedRecognizer(fail, kinds=[kind])])
    with scanner:
        events = list(scanner.scan(visit))
    notices = [event for event in events if event.type == "notice"]
    assert "no such card" in str(notices[0].data)
    outputs = {"events": "".join(f"{event} {event!r} {event.to_json()}" for event in events).encode()}
    shown = capfd.readouterr()
    assert found_in(outputs | logged() | {"output": shown.out.encode(), "error": shown.err.encode()}) == []


@pytest.mark.parametrize("kind", ["card"], indirect=True)
def test_a_replay_in_which_a_stage_fails(
    visit: Path, scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_: View) -> list[Reading]:
        raise ValueError(f"no such card: {GROUPS}")

    real = registry.factory

    def factory(group: str, name: str, place: str) -> Callable[..., Any]:
        if group == registry.RECOGNIZERS:
            return lambda: ScriptedRecognizer(fail, name="double", kinds=["card"])
        return real(group, name, place)

    monkeypatch.setattr(registry, "factory", factory)
    out = tmp_path / "out"
    outputs = _run(capfd, "replay", visit, "--pipeline", scenario, "--events", out)
    assert b"no such card: 4000 00" in (out / "visit.jsonl").read_bytes()
    assert found_in(outputs | _files(out)) == []


# -- unless it was asked for -----------------------------------------------------------------------------------


def test_revealed_events_hold_it(
    scenario: Path, visit: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    events = tmp_path / "e.jsonl"
    options = ["--pipeline", scenario, "--view", "none", "--reveal"]
    _run(capfd, "--video", visit, *options, "--events", events)
    shown = {"card": PAN, "code": PAN, "text": GROUPS}[kind]
    assert shown in _confirmed(events)
    still = _run(capfd, "read", visit.with_name("still.png"), "--pipeline", scenario, "--reveal", "--events", "-")
    assert shown.encode() in still["read stdout"]


def test_revealed_values_are_plain_json(scenario: Path, visit: Path, kind: str) -> None:
    with Scanner(scenario, reveal=True) as scanner:
        events = list(scanner.scan(visit))
        results = scanner.read(cv2.imread(str(visit.with_name("still.png"))))
    for item in [*events, *results]:
        assert found_in({"json": json.dumps(item.to_dict()).encode()}) or getattr(item, "value", None) is None
        assert found_in({"repr": repr(item).encode()}) == []
    del kind


# -- the real thing ------------------------------------------------------------------------------------------


def _card_videos() -> list[tuple[Path, list[str]]]:
    """Sample videos that show cards, with the numbers that their truth knows."""
    found = []
    for truth in sorted(SAMPLES.glob("*.truth.json")):
        numbers = re.findall(r'"pan": *"(\d{12,19})"', truth.read_text(encoding="utf-8"))
        if numbers:
            found.append((truth.with_name(truth.name.replace(".truth.json", ".mp4")), sorted(set(numbers))))
    return found


def test_a_video_of_a_card(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], logged: Callable[[], dict[str, bytes]]
) -> None:
    """The shipped pipeline on a shipped recording, as on one of the user's own; and its golden."""
    if "card_binding" not in shipped_pipelines() or not _card_videos():
        pytest.skip("the pipeline 'card_binding' or a sample video of a card is not there")
    shipped, numbers = min(_card_videos(), key=lambda pair: pair[0].stat().st_size)
    outputs = {"golden": shipped.with_name(f"{shipped.stem}.golden.jsonl").read_bytes()}
    out = tmp_path / "out"
    video, record = tmp_path / "in.mp4", out / "r.mp4"
    shutil.copyfile(shipped, video)
    outputs |= _run(capfd, "replay", video, "--pipeline", "card_binding", "--events", out)
    assert '"kind":"card"' in (out / "in.jsonl").read_text(encoding="utf-8")
    outputs |= _run(capfd, "--video", video, "--pipeline", "card_binding", "--record", record, "--view", "terminal")
    outputs |= _files(out) | _side_data(record) | logged()
    for number in numbers:
        assert found_in(outputs, number) == []


# -- helpers -------------------------------------------------------------------------------------------------


def _confirmed(events: Path) -> str:
    """The confirmed events of a log, "" when there is none."""
    return "".join(line for line in events.read_text(encoding="utf-8").splitlines() if '"type":"confirmed"' in line)


def _side_data(video: Path) -> dict[str, bytes]:
    """A recording's metadata and chapters, which may be packed in its file; it has no streams but pictures."""
    with av.open(str(video)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        told = [dict(container.metadata), container.chapters(), [dict(s.metadata) for s in container.streams]]
    return {f"{video.name} metadata": repr(told).encode()}


def _deep(item: Any) -> str:
    """Everything that can be reached from ``item`` through dataclasses and containers, reprs or not."""
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return "".join(f" {field.name}={_deep(getattr(item, field.name))}" for field in dataclasses.fields(item))
    if isinstance(item, Mapping):
        return "".join(f" {_deep(key)}={_deep(value)}" for key, value in item.items())
    if isinstance(item, list | tuple | set | frozenset):
        return "".join(f" {_deep(part)}" for part in item)
    return "" if isinstance(item, np.ndarray) else f" {item!s} {item!r}"


def _blank_view() -> View:
    from scanapp.testing import blank_frames

    return View(blank_frames(1)[0], box_quad(10, 10, 40, 40))
