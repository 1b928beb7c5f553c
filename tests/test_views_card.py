"""Cards in the views: numbers that cannot be read any more, advice, and fields that settle."""

import io
import time

import cv2
import numpy as np
import pytest
from rich.console import Console
from views_card import MASKED, card_track, placed, scene, value
from views_scene import confirmed, snapshot

from scanapp.geometry import as_quad, expand, rectify
from scanapp.snapshot import TrackState
from scanapp.views.card_fields import ADVICE, card_fields, spaced
from scanapp.views.miniature import small_picture
from scanapp.views.overlay import OverlayPainter, draw_overlay
from scanapp.views.panels import ScreenState, screen
from scanapp.views.secrets import Secrets
from scanapp.views.steady import SteadyAdvice
from scanapp.views.veil import Patch, veil


def strip(picture, number):
    """The number's place, upright, luma less its slow changes: digits alone."""
    upright = cv2.cvtColor(rectify(picture, number, 380, 32)[0], cv2.COLOR_BGR2GRAY).astype(float)
    return upright - cv2.GaussianBlur(upright, (0, 0), 12)


def likeness(picture, bare, number):
    """How much of the digits' contrast is still there: regression on the picture that shows them."""
    hidden, shown = strip(picture, number), strip(bare, number)
    return float((hidden * shown).sum() / (shown * shown).sum())


@pytest.mark.parametrize("angle", [0.0, 17.0, 90.0, -132.0, 180.0])
@pytest.mark.parametrize("scale", [0.4, 1.0, 1.8])
def test_the_digits_are_gone_at_any_size_and_angle(angle, scale):
    made, number = scene(400, 360, angle, scale, size=(1280, 800))
    bare = made.frame.bgr
    assert likeness(bare, bare, number) == 1.0
    picture = draw_overlay(made)
    assert abs(likeness(picture, bare, number)) < 0.04


def test_what_remains_does_not_tell_one_number_from_another():
    one, number = scene(digits="4111111111111111")
    other, _ = scene(digits="4111118888881111")
    hidden = [strip(draw_overlay(made), number) for made in (one, other)]
    shown = strip(one.frame.bgr, number) - strip(other.frame.bgr, number)
    assert np.abs(hidden[0] - hidden[1]).mean() < 0.03 * np.abs(shown).mean()


def test_a_card_not_yet_read_is_hidden_as_a_whole_yet_can_be_aimed_at():
    picture, quad, number = placed((640, 360))
    made = snapshot(card_track(quad, quad, status="reading"), image=picture)
    shown = draw_overlay(made)
    assert abs(likeness(shown, picture, number)) < 0.05
    assert np.abs(shown[60:70, 120:500].mean(axis=(0, 1)) - picture[60:70, 120:500].mean(axis=(0, 1))).max() < 40


def test_without_secrets_the_number_stays():
    made, number = scene(hide=False)
    assert likeness(draw_overlay(made), made.frame.bgr, number) > 0.85, "only a label may lie over some of it"


def test_shrinking_does_not_move_the_veil():
    made, number = scene(700, 300, 10, 1.5, size=(1920, 1080))
    picture = draw_overlay(made, max_side=960)
    bare = cv2.resize(made.frame.bgr, (960, 540), interpolation=cv2.INTER_AREA)
    assert abs(likeness(picture, bare, as_quad(number / 2))) < 0.04


def test_the_flat_card_in_the_panel_is_cut_from_the_hidden_picture(monkeypatch):
    from scanapp.views import overlay

    kept = []

    def spy(image, quad, size):
        kept.append(flat_card(image, quad, size))
        return kept[-1]

    flat_card = overlay.flat_card
    monkeypatch.setattr(overlay, "flat_card", spy)
    for hide in (True, False):
        made, _ = scene(300, 150, 20, size=(1280, 720), hide=hide, value=value())
        draw_overlay(made)
    hidden, shown = (cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY)[70:100, 20:260].std() for flat in kept)
    assert kept[0].shape == kept[1].shape
    assert hidden < 0.25 * shown


def test_the_terminal_hides_it_too():
    picture, quad, number = placed((640, 360))
    state = card_track(quad, number)
    frame = snapshot(image=picture).frame
    shown = small_picture(frame, [], 320, 180)
    hidden = small_picture(frame, [state], 320, 180)
    assert abs(likeness(hidden, shown, as_quad(number / 2))) < 0.08


@pytest.mark.parametrize(
    "quad",
    [
        np.full((4, 2), 50.0),
        [[0, 0], [5e8, 0], [5e8, 5e8], [0, 5e8]],
        [[10, 10], [300, 200], [300, 10], [10, 200]],
        [[-900, -900], [-800, -900], [-800, -800], [-900, -800]],
        [[0, 0], [639, 0], [639, 359], [0, 359]],
    ],
)
def test_veils_of_any_shape_do_no_harm(quad):
    image = np.random.default_rng(5).integers(0, 255, (360, 640, 3), dtype=np.uint8)
    veil(image, [Patch(as_quad(quad)), Patch(as_quad(quad), card=True)])
    assert image.shape == (360, 640, 3)


def test_nothing_outside_the_veil_changes():
    image = np.random.default_rng(5).integers(0, 255, (360, 640, 3), dtype=np.uint8)
    hidden = image.copy()
    veil(hidden, [Patch(as_quad([[100, 100], [300, 100], [300, 130], [100, 130]]))])
    changed = (hidden != image).any(axis=2)
    ys, xs = np.nonzero(changed)
    assert ys.min() >= 90
    assert ys.max() <= 142
    assert xs.min() >= 90
    assert xs.max() <= 312
    assert changed[100:130, 100:300].mean() > 0.98


# -- secrets over time ---------------------------------------------------------------------------------------


def covers(patches, quad, size=(640, 360)):
    """Whether the veils cover ``quad``."""
    image = np.full((size[1], size[0], 3), 200, np.uint8)
    image[::2, ::2] = 0
    before = image.copy()
    veil(image, patches)
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.rint(quad).astype(np.int32), 1)
    return bool(((image != before).any(axis=2) | (mask == 0)).all())


def box(x, y, w=200, h=126):
    return as_quad([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])


def test_a_place_stays_hidden_for_a_while_after_its_track_has_gone():
    secrets = Secrets(behind=0.5, ahead=0.0)
    secrets.see(1.0, [card_track(box(100, 100), box(110, 150, 180, 16))])
    secrets.see(1.1, [])
    assert covers(secrets.at(1.1, []), box(100, 100)), "all of the card: it may have moved"
    assert secrets.at(1.6, []) == []


def test_before_its_track_comes_a_card_is_hidden_where_it_came_from():
    secrets = Secrets(behind=0.0, ahead=1.0)
    for index, x in enumerate((100, 120, 140)):
        pts = 1.0 + index / 30
        secrets.see(pts, [card_track(box(x, 100), box(x, 100))])
    assert covers(secrets.at(0.9, []), box(40, 100)), "20 pixels a frame, three frames before"
    assert secrets.at(-0.5, []) == []


def test_what_turns_out_to_be_the_number_is_hidden_in_the_frames_before():
    secrets = Secrets(behind=0.0, ahead=1.0)
    wrong, right = box(110, 110, 100, 12), box(120, 160, 160, 16)
    first = card_track(box(100, 100), wrong)
    secrets.see(1.0, [first])
    secrets.see(1.2, [card_track(box(110, 100), box(120, 110, 100, 12), box(130, 160, 160, 16))])
    assert covers(secrets.at(1.0, [first]), right), "moved back by what the card moved"


def test_time_that_runs_backwards_forgets():
    secrets = Secrets()
    secrets.see(9.0, [card_track(box(100, 100), box(100, 100))])
    secrets.see(0.0, [])
    assert secrets.at(0.0, []) == []


# -- words ---------------------------------------------------------------------------------------------------


def test_each_advice_has_its_words():
    assert ADVICE.keys() == {"hold", "closer", "glare", "dark", "whole", "turn"}
    bare, _ = scene(hide=True, size=(1280, 720))
    top = draw_overlay(bare)[20:90, 300:980]
    seen = set()
    for advice in ADVICE:
        made, _ = scene(hide=True, size=(1280, 720), advice=advice)
        banner = draw_overlay(made)[20:90, 300:980]
        assert np.abs(banner.astype(int) - top).max() > 100
        seen.add(banner.tobytes())
    assert len(seen) == len(ADVICE)


def test_advice_does_not_flicker():
    steady = SteadyAdvice()
    quad = box(0, 0)
    wanted = ["", "hold", "glare", "hold", "glare", "glare", "glare", "glare", "", "", "glare", "", "", ""]
    shown = [steady.of(card_track(quad, advice=one), 0.25 * i).advice for i, one in enumerate(wanted)]
    assert shown == ["", *["hold"] * 4, *["glare"] * 4, "", *["glare"] * 4]
    assert steady.of(card_track(quad, advice="hold", status="confirmed"), 9.0).advice == "hold"
    assert steady.of(card_track(quad, advice="", number=2), 9.1).advice == "", "another card starts anew"


def test_fields_settle():
    start = card_fields(card_track(box(0, 0), status="reading", confidence=0.0))
    assert [(f.name, f.shown, f.confidence, f.confirmed) for f in start] == [("number", "…", 0.0, False)]
    later = card_track(box(0, 0), value=value(0.71, expiry=0.4, confirmed=("pan",)))
    assert [(f.name, f.shown, f.confidence, f.confirmed) for f in card_fields(later)] == [
        ("number", "411111 •••••• 1111", 0.71, True),
        ("valid thru", "12/27", 0.4, False),
    ]


def test_numbers_in_groups():
    assert spaced(MASKED) == "411111 •••••• 1111"
    assert spaced("378282•••••0005") == "378282 ••••• 0005"
    assert spaced("4111111111111111") == "4111 1111 1111 1111"
    assert spaced("strange") == "strange"


@pytest.mark.parametrize("fields", ["nonsense", {"pan": "nonsense"}, {"pan": {"confidence": "x"}}, {"pan": {}}])
def test_values_of_others_do_no_harm(fields):
    made, _ = scene(value={"pan": "\x1b[2J4111", "fields": fields})
    assert draw_overlay(made).shape == (360, 640, 3)
    assert "\x1b" not in card_fields(made.tracks[0])[0].shown


def test_a_bar_grows_with_confidence():
    def filled(confidence):
        made, _ = scene(40, 40, 0, 0.8, size=(1280, 720), value=value(confidence))
        picture = draw_overlay(made)[360:, 800:].astype(int)
        return int((np.abs(picture - (60, 190, 255)) < 12).all(axis=2).sum())

    assert filled(0.1) < filled(0.5) < filled(0.9)


def test_the_panel_keeps_off_the_card():
    picture, quad, number = placed((1280, 720), 780, 380)
    made = snapshot(card_track(quad, number, value=value()), image=picture)
    inner = expand(quad, 0.9)
    bare = picture.copy()
    veil(bare, [Patch(number)])
    before, after = (rectify(one, inner, 200, 120)[0].astype(int) for one in (bare, draw_overlay(made)))
    assert (np.abs(before - after).max(axis=2) > 30).mean() < 0.02


@pytest.mark.parametrize(("width", "height"), [(64, 48), (200, 300), (320, 240), (480, 854)])
def test_panels_in_small_and_tall_pictures(width, height):
    picture, quad, number = placed((width, height), 5, 5, 0, 0.5)
    made = snapshot(card_track(quad, number, value=value(0.5, 0.5, 0.5), advice="hold"), image=picture)
    assert draw_overlay(made).shape == (height, width, 3)


def rendered(*snapshots, width=140, height=40):
    state = ScreenState()
    for one in snapshots:
        state.add(one)
    console = Console(width=width, height=height, file=io.StringIO(), color_system=None)
    console.print(screen(state, width, height, colour=False), end="")
    return console.file.getvalue()


def test_the_terminal_shows_each_field_and_the_advice():
    quad = box(10, 10)
    half = card_track(quad, value=value(0.99, 0.63, 0.4, confirmed=("pan",)), advice="glare")
    shown = rendered(snapshot(half))
    for part in (
        "number",
        "411111 •••••• 1111",
        "✓",
        "valid thru",
        "12/27",
        "63 %",
        "SPECIMEN",
        "40 %",
        "tilt the card",
    ):
        assert part in shown


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 10), (60, 12), (200, 60)])
def test_the_terminal_with_a_card_still_fits(width, height):
    made = snapshot(card_track(box(10, 10), value=value(0.5, 0.5, 0.5), advice="hold"), events=[confirmed("x")])
    lines = rendered(made, width=width, height=height).split("\n")
    assert len([line for line in lines if line]) <= height
    assert max(map(len, lines)) <= width


@pytest.mark.slow
def test_a_card_costs_at_most_nine_milliseconds_at_1080p():
    picture, quad, number = placed((1920, 1080), 500, 300, 12, 1.9)
    states = [
        snapshot(card_track(quad, number, value=value(0.5 + i / 99, 0.4, 0.3)), image=picture) for i in range(20)
    ]
    painter = OverlayPainter(1280)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        times = []
        for state in states:
            start = time.process_time()
            painter.paint(state)
            times.append(time.process_time() - start)
    finally:
        cv2.setNumThreads(threads)
    assert min(times) <= 0.009


def test_tracks_of_other_kinds_may_hide_too():
    image = np.random.default_rng(2).integers(0, 255, (360, 640, 3), dtype=np.uint8)
    quad = box(100, 100, 300, 40)
    state = TrackState(1, "text", quad, "found", {"text": "x"}, 0.5, secrets=(quad,))
    assert draw_overlay(snapshot(state, image=image))[105:135, 105:395].std() < 20
