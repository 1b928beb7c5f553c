"""The terminal view: its screen, its plain lines, and what never reaches a terminal."""

import io
import re
import time

import numpy as np
import pytest
from rich.console import Console
from views_scene import HOSTILE, STAGES, confirmed, snapshot, track

from scanapp.events import FOUND, LOST, NOTICE, SUMMARY, UPDATED, Event
from scanapp.views.miniature import small_picture
from scanapp.views.overlay import COLORS
from scanapp.views.panels import ScreenState, screen
from scanapp.views.terminal import REFRESHES, TerminalView
from scanapp.views.wording import caption, event_line, heading, summary_line

ALLOWED = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""What rich itself writes: colours, cursor and screen switches. No operating system commands, no C1."""


def rendered(state, width, height, **options):
    console = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    console.print(screen(state, width, height, **options), end="")
    return console.file.getvalue()


def words(output):
    return re.sub(r"\x1b\[[0-9;]*m", "", output)


def state_of(*snapshots):
    state = ScreenState()
    for one in snapshots:
        state.add(one)
    return state


def live_console(width=80, height=24):
    return Console(width=width, height=height, file=io.StringIO(), force_terminal=True, color_system="truecolor")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 40), (200, 60), (40, 10), (81, 25)])
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1, 1)])
def test_the_screen_fills_the_terminal_exactly(width, height, size):
    state = state_of(snapshot(track(1, "confirmed", "hello"), size=size, stages=STAGES))
    lines = words(rendered(state, width, height)).split("\n")
    assert len([line for line in lines if line]) <= height
    assert max(len(line) for line in lines) <= width


def test_the_screen_says_what_is_known():
    state = state_of(
        snapshot(
            pts=0.0,
            delivered=8,
            events=[confirmed("first result"), Event(NOTICE, 0.0, 0, data={"message": "reconnected"})],
        ),
        snapshot(
            track(7, "found", "half sure", confidence=0.61),
            track(8, "reading"),
            pts=0.04,
            age=0.021,
            produced=12,
            delivered=9,
            dropped={"newer frame": 3},
            stages=STAGES,
        ),
    )
    shown = words(rendered(state, 140, 40))
    for part in (
        "first result",
        "1 confirmed",
        "half sure",
        "0.61",
        "reading",
        "25.0 fps",
        "age 21 ms",
        "12 produced = 9 delivered + 3 dropped (newer frame 3)",
        "recognize",
        "18.5",
        "27.0",
        "reconnected",
    ):
        assert part in shown


def test_before_the_first_frame_it_says_that_it_waits():
    assert "waiting" in words(rendered(ScreenState(), 80, 24))


def test_without_colours_there_is_no_picture():
    state = state_of(snapshot(track(1, "found", "x")))
    assert "▀" in rendered(state, 80, 24)
    assert "▀" not in rendered(state, 80, 24, colour=False)


def test_wide_characters_do_not_break_the_frame():
    console = Console(width=80, height=24, file=io.StringIO(), force_terminal=True)
    state = state_of(snapshot(track(1, "found", "微信支付" * 30), events=[confirmed("中" * 200)]))
    lines = console.render_lines(screen(state, 80, 24), console.options.update(height=24))
    assert {sum(segment.cell_length for segment in line) for line in lines} == {80}


def test_the_miniature_keeps_shape_colour_and_marks_the_quad():
    image = np.zeros((360, 640, 3), np.uint8)
    image[:, 320:] = (0, 0, 248)
    state = snapshot(track(1, "confirmed", box=(64, 64, 256, 256)), image=image)
    picture = small_picture(state.frame, state.tracks, 64, 60)
    assert picture.shape == (36, 64, 3)
    assert picture[10, 50].tolist() == [0, 0, 248]
    assert picture[6, 15].tolist() == list(COLORS["confirmed"])
    assert picture[15, 15].tolist() == [0, 0, 0]


def test_hostile_values_reach_no_terminal():
    hostile = track(1, "confirmed", HOSTILE, confidence=1.0)
    nasty = Event(NOTICE, 0.0, 0, data={"message": HOSTILE})
    events = [confirmed(HOSTILE), nasty, confirmed("x", format=HOSTILE)]
    output = rendered(
        state_of(snapshot(hostile, events=events, dropped={HOSTILE: 1}, stages={HOSTILE: STAGES["decode"]})),
        120,
        40,
    )
    left = ALLOWED.sub("", output).replace("\n", "")
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", left)
    assert "\x1b[2J" not in output
    assert "␛[2J" in output, "shown as text"
    assert "[red]" in words(output), "markup in a payload is no markup"


def test_hostile_values_in_plain_lines():
    for event in (
        confirmed(HOSTILE),
        Event(NOTICE, 0.0, 0, data={"message": HOSTILE}),
        confirmed("x", format=HOSTILE),
    ):
        line = event_line(event)
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", line)
        assert len(line) < 250


def test_plain_output_where_nobody_watches():
    out = io.StringIO()
    view = TerminalView(Console(file=out, width=40))
    quad = confirmed("x").quad
    kinds = [(FOUND, "a [bold]code[/bold]"), (UPDATED, "unseen"), ("confirmed", "B" * 100), (LOST, "c")]
    events = [
        Event(kind, 1.5, 45, 1, "code", quad, 0.9, 1, {"format": "EAN13", "text": text}) for kind, text in kinds
    ]
    assert view.show(snapshot(events=[*events, Event(NOTICE, 1.6, 48, data={"message": "camera is back"})]))
    view.finish(Event(SUMMARY, 2.0, 60, data={"frames": 60, "dropped": 2, "duration_s": 2.0}))
    view.close()
    lines = out.getvalue().splitlines()
    assert [line.split()[1] for line in lines[:-1]] == ["found", "confirmed", "lost", "notice"]
    assert "a [bold]code[/bold]" in lines[0]
    assert "B" * 100 in lines[1], "one line an event, whatever its width"
    assert lines[-1] == "summary: 60 frames, 2.0 s, 2 dropped"
    assert "\x1b" not in out.getvalue()


def test_the_live_view_gives_the_screen_back_and_leaves_the_results():
    console = live_console()
    view = TerminalView(console)
    view.show(snapshot(track(1, "confirmed", "hello"), events=[confirmed("hello")]))
    view.finish(Event(SUMMARY, 1.0, 30, data={"frames": 30, "dropped": 0, "duration_s": 1.0}))
    view.close()
    output = console.file.getvalue()
    entered, left = output.index("\x1b[?1049h"), output.rindex("\x1b[?1049l")
    assert entered < left
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l"), "the cursor is back"
    after = words(output[left:])
    assert "hello" in after
    assert "summary: 30 frames" in after


def test_close_alone_gives_the_screen_back():
    console = live_console()
    view = TerminalView(console)
    view.show(snapshot())
    view.close()
    output = console.file.getvalue()
    assert output.count("\x1b[?1049h") == output.count("\x1b[?1049l") == 1
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l")


class BrokenFile(io.StringIO):
    def write(self, _):
        raise OSError(5, "the terminal has gone")


def test_a_terminal_that_fails_is_reported_once_and_ends():
    view = TerminalView(Console(file=BrokenFile(), force_terminal=True, width=80, height=24))
    with pytest.raises(OSError, match="the terminal has gone"):
        view.close()
    view.close()


def test_many_snapshots_cost_few_screens():
    console = live_console()
    start = time.monotonic()
    view = TerminalView(console)
    for index in range(300):
        view.show(snapshot(pts=index / 30))
    view.close()
    # rich draws once more when it ends, and the first screen does not wait
    allowed = 3 + REFRESHES * (time.monotonic() - start)
    assert 1 <= console.file.getvalue().count("produced") <= allowed


@pytest.mark.parametrize(
    ("kind", "value", "head", "said"),
    [
        ("code", {"format": "EAN13", "text": "5901234123457"}, "EAN13", "5901234123457"),
        ("code", {"format": "QRCode", "text": "WIFI:S:a;P:geheim;;"}, "QRCode", "Wi-Fi network (details hidden)"),
        ("code", {"text": "otpauth://totp/x?secret=ABC"}, "code", "One-time-password set-up (details hidden)"),
        (
            "card",
            {"pan": "411111••••••1111", "network": "visa", "expiry": "2027-12", "holder": None},
            "visa",
            "411111••••••1111 · 2027-12",
        ),
        ("product", {"sku": "17", "name": "Oat milk", "score": 0.9}, "product", "Oat milk · 17"),
        ("text", {"text": "two\nlines", "lines": []}, "text", "two⏎lines"),
        ("gauge", {"bar": 3.5, "parts": [1]}, "gauge", "3.5"),
        ("code", None, "code", ""),
    ],
)
def test_wording(kind, value, head, said):
    assert heading(kind, value) == head
    assert caption(kind, value) == said


def test_a_payload_is_described_without_its_password():
    payload = {"type": "wifi", "ssid": "Cafe", "password": "geheim", "security": "WPA"}
    said = caption("code", {"format": "QRCode", "text": "WIFI:S:Cafe;P:geheim;;", "payload": payload})
    assert "Cafe" in said
    assert "geheim" not in said


def test_summary_counts_drops_by_reason():
    line = summary_line(Event(SUMMARY, 1.0, 9, data={"frames": 9, "dropped": {"slow": 2, "late": 1}}))
    assert line == "summary: 9 frames, 3 dropped"
