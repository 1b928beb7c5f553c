"""Synthetic scenes: the same seed gives the same pixels, and the truth says where things are."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import zxingcpp

from scanapp.errors import OutputError, ScanError, UsageError
from scanapp.pipeline import shipped_pipelines
from scanapp.synth import (
    CameraPath,
    Focus,
    Key,
    Label,
    Light,
    Move,
    Optics,
    Scene,
    Surface,
    Tremor,
    render,
    scenes,
)
from scanapp.synth.art import Code, Paper, Plain, Text
from scanapp.synth.render import Studio
from scanapp.synth.scene import Art
from scanapp.synth.truth import trace

QR = Code("QRCode", "https://synth.example/1", 2.0)
CALM = Optics(noise=0.0, sharpen=0.0, aperture=0.0, vignette=0.0)


def scene(
    *art: Art,
    eye: tuple[float, float, float] = (40.0, 30.0, -230.0),
    seconds: float = 0.1,
    optics: Optics = CALM,
    over: tuple[Surface, ...] = (),
    **surface: Any,
) -> Scene:
    """Art on a sheet of paper before a wall, seen from ``eye`` without noise and blur."""
    sheet = Surface(Paper(120, 120), tuple(Label(one) for one in art), **surface)
    return Scene(
        "test",
        (Surface(Plain(1400, 1100, (150, 150, 150)), at=(0, 0, 100)), sheet, *over),
        CameraPath((Key(0, eye, (0, 0, 0), 10),), Tremor(0.5, 0.1)),
        seconds=seconds,
        size=(640, 480),
        optics=optics,
    )


def truth_of(made: Scene) -> tuple[dict[str, Any], Studio]:
    studio = Studio(made)
    return trace(made, "x.mp4", studio.textures), studio


def decoded(studio: Studio, frame: int = 0) -> list[Any]:
    """What zxing-cpp reads in one frame, exposed by hand."""
    light = studio.light(frame).mean(axis=2)
    return zxingcpp.read_barcodes(np.clip(light / light.max() * 255, 0, 255).astype(np.uint8))


def corners(barcode: Any) -> np.ndarray:
    place = barcode.position
    points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return np.array([(point.x, point.y) for point in points], float)


def test_same_seed_same_pixels_other_seed_other_pixels() -> None:
    made = replace(scene(QR, seconds=0.1, optics=Optics()), size=(160, 120))
    first, second = list(Studio(made).frames()), list(Studio(made).frames())
    other = list(Studio(replace(made, seed=2)).frames())
    assert len(first) == 3
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert first[0].shape == (120, 160, 3)
    assert first[0].dtype == np.uint8


@pytest.mark.parametrize("turn", [(0, 0, 0), (25, -15, 5), (-20, 20, 170)])
def test_truth_quad_is_where_zxing_finds_the_code(turn: tuple[float, float, float]) -> None:
    made = scene(QR, turn=turn)
    truth, studio = truth_of(made)
    found = decoded(studio)
    assert [one.text for one in found] == [QR.text]
    frame, quad = truth["objects"][0]["quads"][0]
    assert frame == 0
    assert np.abs(corners(found[0]) - np.array(quad)).max() < 4.0


def test_truth_follows_a_rolling_shutter() -> None:
    """A fast sideways move slants the picture; the truth slants with it."""
    made = scene(QR, seconds=1.0, optics=replace(CALM, readout=0.030, shutter=1 / 2000))
    keys = (Key(0, (-250, 0, -230), (-250, 0, 0)), Key(1, (250, 0, -230), (250, 0, 0)))
    made = replace(made, camera=CameraPath(keys, Tremor(0, 0)))
    truth, studio = truth_of(made)
    quad = np.array(dict(truth["objects"][0]["quads"])[15])
    assert abs(quad[3][0] - quad[0][0]) > 5.0
    found = decoded(studio, 15)
    assert np.abs(corners(found[0]) - quad).max() < 4.0


def test_bent_surface_hides_what_is_behind_it() -> None:
    code = Code("EAN13", "4012345678901", 0.5, bars=40)
    sheet = Surface(Plain(370, 80, (240, 240, 240)), (Label(code, at=(0, 0), id="front"),), bend=60.0)
    behind = Surface(Plain(370, 80, (240, 240, 240)), (Label(code, at=(140, 0), id="behind"),), bend=60.0)
    base = scene(eye=(10.0, 5.0, -110.0))
    front, studio = truth_of(replace(base, surfaces=(base.surfaces[0], sheet)))
    assert front["objects"][0]["visible"] == [[0.0, 0.067]]
    found = decoded(studio)
    assert [one.text for one in found] == ["4012345678901"]
    turned, _ = truth_of(replace(base, surfaces=(base.surfaces[0], behind)))
    assert turned["objects"][0]["visible"] == []
    assert turned["objects"][0]["required"] is False


def test_visible_ends_when_something_slides_over() -> None:
    moves = (Move(0.3, (300, 0, 0)), Move(0.5, (0, 0, 0)), Move(0.9, (0, 0, 0)), Move(1.1, (300, 0, 0)))
    cover = Surface(Plain(90, 90, (40, 60, 80)), at=(0, 0, -5), moves=moves)
    made = scene(QR, seconds=1.5, over=(cover,))
    truth, studio = truth_of(made)
    (first, second) = truth["objects"][0]["visible"]
    assert first[0] == 0.0
    assert 0.3 < first[1] < 0.5
    assert 0.9 < second[0] < 1.1
    assert second[1] == pytest.approx(44 / 30, abs=1e-3)
    assert decoded(studio, 0)
    assert not decoded(studio, 20)


def test_visible_only_while_the_whole_quad_is_in_the_frame() -> None:
    made = scene(QR, seconds=1.0)
    keys = (Key(0, (-160, 0, -230), (-160, 0, 0)), Key(1, (0, 0, -230), (0, 0, 0)))
    truth, _ = truth_of(replace(made, camera=CameraPath(keys, Tremor(0, 0))))
    item = truth["objects"][0]
    ((start, end),) = item["visible"]
    assert 0.1 < start < 0.9
    assert end == pytest.approx(29 / 30, abs=1e-3)
    for frame, quad in item["quads"]:
        inside = min(x for x, _ in quad) >= 0 and max(x for x, _ in quad) <= 639
        assert inside == (frame / 30 >= start - 1e-3)


def test_readable_needs_focus() -> None:
    optics = replace(CALM, aperture=2.4, focus=(Focus(0.0, 60), Focus(0.4, 60), Focus(0.6, 236), Focus(1.0, 236)))
    code = Code("EAN13", "4012345678901", 0.9, bars=30)
    truth, studio = truth_of(scene(code, seconds=1.0, optics=optics))
    ((start, end),) = truth["objects"][0]["readable"]
    assert 0.4 <= start <= 0.6
    assert end == pytest.approx(29 / 30, abs=1e-3)
    assert not decoded(studio, 3)
    assert [one.text for one in decoded(studio, 25)] == ["4012345678901"]


def test_motion_blur_makes_unreadable() -> None:
    made = scene(Code("QRCode", "FAST", 1.2), seconds=0.5, optics=replace(CALM, shutter=1 / 25))
    keys = (Key(0, (-60, 0, -230), (-60, 0, 0)), Key(0.5, (60, 0, -230), (60, 0, 0)))
    truth, studio = truth_of(replace(made, camera=CameraPath(keys, Tremor(0, 0))))
    middle = 7 / 30
    assert any(a <= middle <= b for a, b in truth["objects"][0]["visible"])
    assert not any(a <= middle <= b for a, b in truth["objects"][0]["readable"])
    assert not decoded(studio, 7)


def test_glare_makes_unreadable() -> None:
    made = scene(QR, gloss=0.9)
    lamp = replace(made, light=Light(at=(-40.0, -30.0, -230.0), level=0.6))
    aside = replace(made, light=Light(at=(-900.0, -500.0, -400.0), level=0.6))
    assert truth_of(lamp)[0]["objects"][0]["readable"] == []
    assert truth_of(aside)[0]["objects"][0]["readable"] == [[0.0, 0.067]]


def test_exposure_settles() -> None:
    made = replace(scene(QR, seconds=1.2), size=(160, 120))
    frames = list(Studio(replace(made, exposure=2.0)).frames())
    right = next(iter(Studio(made).frames())).mean()
    assert frames[0].mean() > right + 25
    assert abs(frames[-1].mean() - right) < 5


def test_low_light_is_noisy() -> None:
    made = scene(optics=replace(CALM, noise=1.0))
    bright, dim = (next(Studio(replace(made, light=Light(level=level))).frames()) for level in (0.8, 0.03))
    assert dim[40:80, 40:80].std() > 3 * bright[40:80, 40:80].std()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("QRCode", "HELLO"),
        ("MicroQRCode", "12345"),
        ("EAN13", "4012345678901"),
        ("EAN8", "96385074"),
        ("Code128", "ABC-123"),
        ("Code39", "CODE39"),
        ("ITF", "12345678901231"),
        ("Codabar", "A12345B"),
        ("DataMatrix", "DM 1"),
        ("Aztec", "AZTEC"),
        ("PDF417", "PDF 417"),
    ],
)
def test_every_symbology_is_printed_readable(name: str, text: str) -> None:
    code = Code(name, text, 1.0, quiet=10)
    rgba = code.paint(4.0, np.random.default_rng(0))
    assert rgba.shape[:2] == tuple(round(side * 4) for side in reversed(code.size))
    (found,) = zxingcpp.read_barcodes(np.ascontiguousarray(rgba[..., :3]))
    (truth,) = code.truth()
    assert truth.value == {"format": found.format.name, "text": found.text}


def test_text_truth_lists_its_lines() -> None:
    text = Text(("One line", "出口"), em=10)
    (truth,) = text.truth()
    assert truth.value == {"text": "One line\n出口", "lines": ["One line", "出口"]}
    alpha = text.paint(4.0, np.random.default_rng(0))[..., 3]
    ink = np.argwhere(alpha > 100)
    height, width = alpha.shape
    assert ink.min(axis=0).max() <= 4
    assert (np.array([height, width]) - ink.max(axis=0)).max() <= 6


def test_unknown_format_and_impossible_text_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="did you mean 'QRCode'"):
        Code("QRCod", "x", 1.0)
    with pytest.raises(UsageError, match="cannot be written as EAN13"):
        Code("EAN13", "letters", 1.0)


def test_render_writes_video_and_truth(tmp_path: Path) -> None:
    made = replace(scene(QR, seconds=0.2), size=(160, 120), pipeline="codes")
    seen: list[tuple[int, int]] = []
    truth_path = render(made, tmp_path / "a.mp4", lambda done, total: seen.append((done, total)))
    assert seen == [(n, 6) for n in range(1, 7)]
    truth = json.loads(truth_path.read_text(encoding="utf-8"))
    assert truth["schema"] == 1
    assert (truth["video"], truth["pipeline"], truth["frames"]) == ("a.mp4", "codes", 6)
    assert truth["size"] == [160, 120]
    assert truth["objects"][0]["value"] == {"format": "QRCode", "text": QR.text}
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.codec_context.colorspace == 1
        assert [frame.pts * frame.time_base for frame in container.decode(video=0)] == [
            Fraction(n, 30) for n in range(6)
        ]


def test_render_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    made = replace(scene(QR, seconds=0.1), size=(160, 120))
    with pytest.raises(UsageError, match="even"):
        render(replace(made, size=(161, 120)), tmp_path / "a.mp4")
    with pytest.raises(OutputError, match="no such folder"):
        render(made, tmp_path / "none" / "a.mp4")
    with pytest.raises(OutputError, match="raise max_bytes"):
        render(replace(made, max_bytes=200), tmp_path / "a.mp4")


def test_registry() -> None:
    assert len(scenes.names()) >= 12
    for name in scenes.names():
        made = scenes.get(name)
        assert made.name == name
        assert 3.0 <= made.seconds <= 12.0
        # some scenes come with a pipeline file of their own, beside their video
        assert (
            made.pipeline in shipped_pipelines()
            or (Path(__file__).parents[1] / "sample_videos" / made.pipeline).is_file()
        )
        assert scenes.about(name)
    with pytest.raises(ScanError, match="did you mean 'payment_qr'"):
        scenes.get("payment_q")
