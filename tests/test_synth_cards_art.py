"""What lies on, around and before synthetic cards: artwork, marks, things without numbers, scenes, the camera."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanapp.errors import SourceError
from scanapp.synth.cards.art_light import light_fields
from scanapp.synth.cards.artwork import PAINTERS, artwork
from scanapp.synth.cards.backgrounds import BACKGROUNDS, background, fingers, hold
from scanapp.synth.cards.camera import LEVELS, defocus_kernel, degrade, joined, motion_kernel, tone
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.marks import decorate
from scanapp.synth.cards.negatives import KINDS, other_face

SIZES = ((344, 216), (216, 344), (33, 90), (16, 16))


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _printed(width: int = 640, height: int = 404) -> NDArray[np.uint8]:
    """A grey card with a dark number in the middle."""
    card = np.full((height, width), 170, np.uint8)
    cv2.putText(card, "4000 1234 5678 9010", (width // 10, height * 6 // 10), 0, width / 410, 30, 3, cv2.LINE_AA)
    return card


@pytest.mark.parametrize("kind", PAINTERS)
def test_artwork_of_each_kind_has_the_size_asked_for_and_follows_its_seed(kind: str) -> None:
    for seed, (width, height) in enumerate(SIZES):
        sheet = artwork(_rng(seed), width, height, kind)
        assert sheet.shape == (height, width, 3)
        assert sheet.dtype == np.uint8
        assert np.array_equal(sheet, artwork(_rng(seed), width, height, kind))
    first, second = (artwork(_rng(seed), 64, 40, kind).astype(int) for seed in (5, 6))
    assert np.abs(first - second).mean() > 1


def test_artwork_is_diverse_in_brightness_and_in_detail() -> None:
    sheets = [cv2.cvtColor(artwork(_rng(seed), 170, 108), cv2.COLOR_BGR2GRAY) for seed in range(80)]
    means = np.array([sheet.mean() for sheet in sheets])
    detail = np.array([cv2.Laplacian(sheet, cv2.CV_32F).std() for sheet in sheets])
    assert means.min() < 50
    assert means.max() > 180
    assert np.quantile(detail, 0.1) < 3
    assert np.quantile(detail, 0.9) > 15


@pytest.mark.parametrize("level", LEVELS)
def test_degrade_keeps_shape_and_place_in_grey_and_colour(level: str) -> None:
    blobs = cv2.GaussianBlur(_rng(0).random((200, 320)), (0, 0), 4)
    card = cv2.normalize(blobs, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    shifts = []
    for seed in range(12):
        grey = degrade(card, _rng(seed), level)
        assert grey.shape == card.shape
        assert degrade(cv2.merge([card] * 3), _rng(seed), level).shape == (200, 320, 3)
        shifts.append(cv2.phaseCorrelate(card.astype(float), grey.astype(float))[0])
    assert np.abs(np.median(shifts, axis=0)).max() < 0.5


def test_levels_lose_more_and_more_of_the_strokes() -> None:
    card = _printed()

    def sharpness(level: str) -> float:
        shown = [degrade(card, _rng(seed), level)[190:250].astype(np.float32) for seed in range(12)]
        clean = card[190:250].astype(np.float32)
        return float(np.mean([np.corrcoef(clean.ravel(), picture.ravel())[0, 1] for picture in shown]))

    clean, moderate, severe = (sharpness(level) for level in ("clean", "moderate", "severe"))
    assert clean > 0.9
    assert clean > moderate > 0.75
    assert severe < moderate - 0.1


def test_severe_frames_fail_at_different_places() -> None:
    card = _printed()
    clean = np.array_split(card[195:250, 70:570], 8, axis=1)
    worst = set()
    for seed in range(24):
        shown = degrade(card, _rng(seed), "severe", number_box=(64, 200, 576, 250))[195:250, 70:570]
        parts = zip(clean, np.array_split(shown, 8, axis=1), strict=True)
        likeness = [float(np.corrcoef(before.ravel(), after.ravel())[0, 1]) for before, after in parts]
        worst.add(int(np.argmin(likeness)))
    assert len(worst) >= 4


def test_degrade_follows_its_seed_and_refuses_unknown_levels() -> None:
    card = _printed(320, 200)
    assert np.array_equal(degrade(card, _rng(3), "severe"), degrade(card, _rng(3), "severe"))
    with pytest.raises(ValueError, match="clean, moderate, severe"):
        degrade(card, _rng(3), "awful")


def test_a_crop_is_degraded_as_the_part_of_the_card_that_it_is() -> None:
    line = np.full((48, 480), 200, np.uint8)
    line[:, ::6] = 40
    wide = np.mean([degrade(line, _rng(s), "moderate", card_px=480).std() for s in range(15)])
    close = np.mean([degrade(line, _rng(s), "moderate", card_px=2400).std() for s in range(15)])
    assert close < 0.7 * wide


def test_moderate_glare_keeps_off_the_number_and_aimed_glare_hits_it() -> None:
    box = (60.0, 200.0, 580.0, 250.0)
    hit = []
    for seed in range(20):
        _, away = light_fields(_rng(seed), (404, 640), 640, glare=1.0, shadow=0.0, number_box=box)
        assert away[205:245, 70:570].max() < 0.35 * 320
        _, aimed = light_fields(_rng(seed), (404, 640), 640, glare=1.0, shadow=0.0, number_box=box, on_number=True)
        hit.append(aimed[200:250, 60:580].max())
    assert min(hit) > 80


@pytest.mark.parametrize("radius", [0.5, 2.0, 5.5])
def test_defocus_spreads_as_its_radius_says(radius: float) -> None:
    kernel = defocus_kernel(radius, _rng(1))
    reach = np.arange(kernel.shape[0]) - kernel.shape[0] // 2
    spread = np.sqrt((kernel.sum(axis=0) * reach**2).sum())
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert spread == pytest.approx(radius / 2, rel=0.2, abs=0.25)  # a disc's σ along x is r / 2


@pytest.mark.parametrize("length", [1.0, 6.0, 20.0])
def test_motion_is_as_long_as_asked_and_centred(length: float) -> None:
    for seed in range(6):
        kernel = motion_kernel(length, _rng(seed))
        ys, xs = np.nonzero(kernel > 1e-4)
        assert kernel.sum() == pytest.approx(1, abs=1e-5)
        assert 0.6 * length - 1 <= np.hypot(np.ptp(xs), np.ptp(ys)) <= length + 3
        assert abs((xs.max() + xs.min()) / 2 - kernel.shape[1] // 2) <= 1


def test_joined_kernels_blur_as_both_do() -> None:
    both = joined(defocus_kernel(2.0, _rng(0)), motion_kernel(7.0, _rng(0)))
    assert both.sum() == pytest.approx(1, abs=1e-4)
    assert joined(np.ones((1, 1), np.float32), np.ones((1, 1), np.float32)).shape == (1, 1)


def test_lost_contrast_narrows_the_range_of_greys() -> None:
    wedge = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
    assert np.ptp(tone(wedge, _rng(0), 0.5)) < 0.6 * np.ptp(tone(wedge, _rng(0), 1.0))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fonts", [FontSet.training(), FontSet.test()], ids=["training", "test"])
def test_other_faces_carry_no_card_number(kind: str, fonts: FontSet) -> None:
    for seed in range(4):
        face = other_face(_rng(seed), ppmm=5.0, kind=kind, fonts=fonts)
        assert face.pan == ""
        assert face.albedo.shape[:2] == face.height.shape == face.metal.shape
        assert face.albedo.shape[1] == round(face.size_mm[0] * 5)
        for line in face.lines:
            assert line.field == "other"
            assert len(line.chars) == len(line.boxes)
            assert line.boxes.min() >= 0
            assert np.all(line.boxes[:, 2:].max(axis=0) <= np.add(face.size_mm, 0.2))
            assert not re.search(r"\d{14}|\d{4} \d{4} \d{4} \d{4}|\d{4} \d{6} \d{4,5}", line.text)


def test_unknown_other_faces_are_refused() -> None:
    with pytest.raises(ValueError, match="loyalty"):
        other_face(_rng(0), kind="passport", fonts=FontSet.test())


def test_marks_keep_off_the_lines_and_put_chips_on_fronts_only() -> None:
    fonts = FontSet.training()
    metal_on = {False: 0, True: 0}
    for back in (False, True):
        for seed in range(20):
            albedo = np.full((432, 685, 3), 120, np.uint8)
            metal, height = np.zeros((432, 685), np.float32), np.zeros((432, 685), np.float32)
            decorate(_rng(seed), albedo, metal, height, 8.0, [(60, 240, 620, 290)], fonts=fonts, back=back)
            assert np.all(albedo[240:290, 60:620] == 120)
            assert not metal[240:290, 60:620].any()
            assert np.any(albedo != 120) or back
            metal_on[back] += bool(metal[150:240, 60:190].any())
    assert metal_on[False] >= 10
    assert metal_on[True] == 0


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_backgrounds_have_the_size_asked_for(kind: str) -> None:
    for seed, (width, height) in enumerate(((320, 180), (128, 224), (640, 360))):
        scene = background(_rng(seed), width, height, kind=kind)
        assert scene.shape == (height, width, 3)
        assert scene.dtype == np.uint8


def test_photographs_can_stand_behind_cards(tmp_path: Path) -> None:
    photo = np.zeros((90, 130, 3), np.uint8)
    photo[..., 2] = 200
    cv2.imwrite(str(tmp_path / "red.png"), photo)
    scenes = [background(_rng(seed), 96, 64, photos=[tmp_path / "red.png"]) for seed in range(20)]
    red = [bool((scene[..., :2] == 0).all()) and scene[..., 2].min() > 90 for scene in scenes]
    assert 4 <= sum(red) <= 16


def test_a_file_that_is_no_photograph_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    seed = next(seed for seed in range(20) if _rng(seed).random() < 0.5)
    with pytest.raises(SourceError, match=r"notes\.jpg"):
        background(_rng(seed), 96, 64, photos=[tmp_path / "notes.jpg"])


def test_fingers_cover_a_part_of_the_card_from_its_edge() -> None:
    quad = np.array([(90, 50), (230, 50), (230, 138), (90, 138)], np.float32)
    scene = np.full((180, 320, 3), 90, np.uint8)
    shares = []
    for seed in range(20):
        shown, covered = hold(_rng(seed), scene, quad)
        assert np.all(scene == 90)
        assert np.array_equal(shown, fingers(_rng(seed), scene, quad))
        assert np.all(shown[covered].std(axis=1) > 0)  # skin is no grey
        shares.append(covered[50:138, 90:230].mean())
    assert min(shares) > 0.001
    assert max(shares) < 0.5
