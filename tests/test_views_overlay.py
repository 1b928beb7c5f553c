"""The annotated frame: where marks and words are, and what they never show."""

import time

import cv2
import numpy as np
import pytest
from views_scene import HOSTILE, confirmed, snapshot, track

from scanapp.geometry import as_quad
from scanapp.snapshot import TrackState
from scanapp.views.labels import Run, pill
from scanapp.views.overlay import COLORS, OverlayPainter, draw_overlay


def changed(picture, frame):
    """(h, w) bool: where the overlay differs from the bare frame."""
    return (picture.astype(int) - frame.bgr).any(axis=2)


def near(picture, color, tolerance=40):
    """(h, w) bool: where the picture has about this colour."""
    return (np.abs(picture.astype(int) - color) <= tolerance).all(axis=2)


@pytest.mark.parametrize("status", ["reading", "found", "confirmed"])
def test_the_outline_has_the_colour_of_the_status_and_lies_on_the_quad(status):
    marked = near(draw_overlay(snapshot(track(1, status, box=(200, 150, 320, 270)))), COLORS[status])
    assert marked[146:156, 196:206].any(), "the top left corner is marked"
    assert marked[264:276, 314:326].any(), "the bottom right corner is marked"
    assert marked[150, 225:295].all(), "and the edge between"
    assert not marked[180:240, 230:290].any(), "the thing itself stays free"


def test_what_is_only_seen_shows_faint_corners():
    state = snapshot(track(1, "seen", box=(200, 150, 320, 270)))
    picture = draw_overlay(state)
    marked = changed(picture, state.frame)
    assert marked[146:156, 196:206].any()
    assert marked[264:276, 314:326].any()
    assert not marked[140:160, 225:295].any(), "no edge"
    assert np.abs(picture.astype(int) - state.frame.bgr).max() < 110, "the frame shines through"


def test_the_frame_is_left_as_it_was():
    state = snapshot(track(1, "confirmed", "hello"))
    before = state.frame.bgr.copy()
    draw_overlay(state)
    assert np.array_equal(state.frame.bgr, before)


def test_shrinks_to_the_longer_side_and_draws_to_scale():
    state = snapshot(track(1, "found", box=(1000, 500, 1400, 900)), size=(1920, 1080))
    picture = draw_overlay(state, max_side=960)
    assert picture.shape == (540, 960, 3)
    assert near(picture, COLORS["found"])[250, 520:680].any(), "the top edge is at half its height"
    assert draw_overlay(state, max_side=4000).shape == (1080, 1920, 3), "never enlarged"


def test_a_label_stands_beside_its_thing_and_off_its_neighbours():
    left = track(1, "confirmed", "first", box=(60, 150, 180, 270))
    above = track(2, "found", "second", box=(60, 60, 180, 140))
    state = snapshot(left, above)
    words = changed(draw_overlay(state), state.frame)
    for x0, y0, x1, y1 in ((74, 164, 166, 256), (74, 74, 166, 126)):
        inside = words[y0:y1, x0:x1]
        tinted = inside.all()  # a confirmed thing is tinted all over, which is not a label
        assert tinted or not inside.any()


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_words_are_legible_on_any_ground(ground):
    image = np.full((360, 640, 3), ground, np.uint8)
    picture = draw_overlay(snapshot(track(1, "found", "legible"), image=image))
    label = picture[60:100, 100:300].min(axis=2)
    assert label.max() >= 245, "white letters"
    assert np.median(label[label < 245]) < 130 or ground == 255
    assert label.min() < 100, "on a dark pill"


def test_hostile_values_are_drawn_without_harm_and_cut():
    state = snapshot(track(1, "confirmed", HOSTILE), events=[confirmed(HOSTILE)])
    picture = draw_overlay(state, toasts=[confirmed(HOSTILE)])
    assert picture.shape == (360, 640, 3)


def test_control_characters_get_words_that_the_font_can_show():
    assert pill((Run("␛"),), 20, 400).width == pill((Run("[ESC]"),), 20, 400).width


def test_chinese_is_drawn_with_different_glyphs():
    one, other = pill((Run("微信"),), 24, 400), pill((Run("支付"),), 24, 400)
    assert one.width == other.width
    assert not np.array_equal(one.paint, other.paint), "boxes for missing glyphs would be equal"


@pytest.mark.parametrize("text", ["A" * 500, "中" * 500, "short"])
def test_a_pill_is_never_wider_than_its_room(text):
    assert pill((Run("QRCode"), Run(text)), 20, 300).width <= 301


def test_the_wifi_password_is_nowhere():
    secret = "WIFI:T:WPA;S:net;P:open-sesame;;"
    payload = {"type": "wifi", "ssid": "net", "password": "open-sesame", "security": "WPA"}
    other = {"type": "wifi", "ssid": "net", "password": "quite-different", "security": "WPA"}
    shown = [
        draw_overlay(snapshot(track(1, "confirmed", text, payload=fields)))
        for text, fields in ((secret, payload), (secret.replace("open-sesame", "quite-different"), other))
    ]
    assert np.array_equal(*shown), "the picture does not depend on the password"
    parsed_by_nobody = [
        draw_overlay(snapshot(track(1, "confirmed", f"WIFI:S:net;P:{word};")))
        for word in ("one", "quite-different")
    ]
    assert np.array_equal(*parsed_by_nobody)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (31, 7), (7, 31), (64, 48), (200, 1200)])
def test_frames_of_odd_sizes(width, height):
    state = snapshot(track(1, "confirmed", "x"), track(2, "reading"), size=(width, height))
    assert draw_overlay(state, toasts=[confirmed("x")], fps=30).shape == (height, width, 3)


def test_quads_far_outside_and_degenerate_ones_do_no_harm():
    far = TrackState(1, "code", as_quad(np.full((4, 2), 3e9)), "confirmed", {"text": "far"})
    point = TrackState(2, "code", as_quad(np.full((4, 2), 50.0)), "found", {"text": "point"})
    partly = track(3, "confirmed", "partly", box=(-400, 100, 120, 200))
    state = snapshot(far, point, partly)
    assert near(draw_overlay(state), COLORS["confirmed"])[100:200, 116:124].any(), "the part in view is marked"


def test_status_bar_tells_rate_age_and_drops():
    bare = draw_overlay(snapshot())
    assert not changed(bare, snapshot().frame).any(), "nothing to tell, nothing drawn"
    busy = draw_overlay(snapshot(age=0.04, dropped={"slow": 3}), fps=29.9)
    assert changed(busy, snapshot().frame)[:40, 400:].any()


def test_a_toast_stays_for_a_while_and_goes():
    painter = OverlayPainter(toast_seconds=2.0)
    first = painter.paint(snapshot(pts=0.0, events=[confirmed("hello")]))
    later = painter.paint(snapshot(pts=1.9))
    gone = painter.paint(snapshot(pts=2.1))
    bottom = [changed(p, snapshot().frame)[300:, :300].any() for p in (first, later, gone)]
    assert bottom == [True, True, False]


def test_a_label_keeps_its_side_when_both_would_do():
    painter = OverlayPainter()
    top = painter.paint(snapshot(track(1, "found", "value", box=(100, 8, 220, 200)), pts=0.0))
    moved = painter.paint(snapshot(track(1, "found", "value", box=(100, 100, 220, 280)), pts=0.1))
    fresh = OverlayPainter().paint(snapshot(track(1, "found", "value", box=(100, 100, 220, 280))))
    assert near(top, (255, 255, 255), 5)[204:240, 100:300].any(), "no room above at first"
    assert near(moved, (255, 255, 255), 5)[284:320, 100:300].any(), "still below"
    assert near(fresh, (255, 255, 255), 5)[60:96, 100:300].any(), "a new one goes above"


@pytest.mark.slow
def test_costs_at_most_six_milliseconds_at_1080p():
    rng = np.random.default_rng(7)
    image = rng.integers(0, 255, (1080, 1920, 3), dtype=np.uint8)
    boxes = [(100 + 350 * i, 200 + 60 * i, 400 + 350 * i, 500 + 60 * i) for i in range(5)]
    state = snapshot(*(track(i, "confirmed", f"value {i}", box=box) for i, box in enumerate(boxes)), image=image)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        times = []
        for _ in range(30):
            start = time.process_time()
            draw_overlay(state, max_side=1280, toasts=[confirmed("hello")], fps=30)
            times.append(time.process_time() - start)
    finally:
        cv2.setNumThreads(threads)
    assert min(times) <= 0.006
