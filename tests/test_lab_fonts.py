"""Fonts for training: fetched from a registry, kept apart from the test half, stroke fonts varied."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import urllib.error
from pathlib import Path

import numpy as np
import pytest

import scanapp.fonts
from scanapp.cli.main import main
from scanapp.errors import UsageError
from scanapp.lab import fonts_cache
from scanapp.synth.cards.glyphs import FontSet, StrokeFont

OCRB = Path(scanapp.fonts.__file__).parent / "OCRB.ttf"


def _registry(monkeypatch: pytest.MonkeyPatch, licence: str = "OFL-1.1") -> list[str]:
    """A registry with one family, ``jura``; the addresses asked for."""
    asked: list[str] = []
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as archive:
        archive.add(OCRB, "package/files/jura-latin-400-normal.woff")

    def download(url: str) -> bytes:
        asked.append(url)
        if url.endswith(".tgz"):
            return package.getvalue()
        if "/jura/" in url:
            return json.dumps({"license": licence, "dist": {"tarball": "https://example.org/jura.tgz"}}).encode()
        raise urllib.error.HTTPError(url, 404, "Not Found", None, None)  # type: ignore[arg-type]

    monkeypatch.setattr(fonts_cache, "_download", download)
    return asked


def test_fonts_are_fetched_once_and_missing_ones_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _registry(monkeypatch)
    assert fonts_cache.gather_fonts(tmp_path, ("jura", "nowhere")) == ["nowhere"]
    assert (tmp_path / "jura-regular.woff").read_bytes() == OCRB.read_bytes()
    assert (tmp_path / "LICENCES.txt").read_text() == "jura\tOFL-1.1\n"
    asked.clear()
    fonts_cache.gather_fonts(tmp_path, ("jura",))
    assert asked == []


def test_a_family_that_is_not_free_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _registry(monkeypatch, licence="UNLICENSED")
    assert fonts_cache.gather_fonts(tmp_path, ("jura",)) == ["jura"]
    assert not list(tmp_path.glob("*.woff"))


def test_no_network_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(_url: str) -> bytes:
        raise urllib.error.URLError("unreachable")

    monkeypatch.setattr(fonts_cache, "_download", download)
    with pytest.raises(UsageError, match="is there a network"):
        fonts_cache.gather_fonts(tmp_path, ("jura",))


def test_further_fonts_train_but_never_those_of_the_test_half(tmp_path: Path) -> None:
    for stem in ("zilla-regular", "quicksand-bold"):
        shutil.copy(OCRB, tmp_path / f"{stem}.ttf")
    added = {font.name for font in FontSet.training(tmp_path).text_fonts if font.path.startswith(str(tmp_path))}
    assert added == {"zilla-regular"}


def test_varied_stroke_fonts_differ_and_repeat() -> None:
    def five(seed: int | None) -> bytes:
        return StrokeFont("own", 0.5, 0.15, 0.2, 0.0, {}, seed).glyph("5").mask.tobytes()

    assert len({five(seed) for seed in (None, *range(6))}) == 7
    assert five(3) == five(3)
    for varied in (False, True):
        drawn = [FontSet.training(varied=varied).embossed(np.random.default_rng(seed)) for seed in range(8)]
        assert {font.seed is not None for font in drawn if isinstance(font, StrokeFont)} == {varied}


@pytest.mark.parametrize(
    ("options", "said"), [(("--split", "test"), "--fonts is for training"), ((), "scanapp lab data fonts")]
)
def test_fonts_that_cannot_be_used_are_a_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    pytest.importorskip("torch", reason="needs the lab extra")
    with pytest.raises(SystemExit) as leave:
        main(["lab", "data", "cards", "--fonts", *options, "--cache", str(tmp_path)])
    assert leave.value.code == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
