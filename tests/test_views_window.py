"""Which view a machine gets, and the window itself where there is a display to try it on."""

import shutil
import subprocess
import sys
import threading

import pytest
from views_scene import confirmed, snapshot, track

from scanapp.errors import UsageError
from scanapp.events import SUMMARY, Event
from scanapp.views import choose, screens, window
from scanapp.views.base import Display, RateMeter
from scanapp.views.choose import choose_view, view_names
from scanapp.views.screens import Backend, display_trouble, opencv_gui, window_backend
from scanapp.views.terminal import TerminalView
from scanapp.views.window import WindowView


class FakeCanvas:
    def __init__(self, quits_at=99):
        self.pictures = []
        self.closed = 0
        self._quits_at = quits_at

    def draw(self, image):
        self.pictures.append(image)
        return len(self.pictures) < self._quits_at

    def close(self):
        self.closed += 1


@pytest.fixture
def canvas(monkeypatch):
    fake = FakeCanvas(quits_at=3)
    monkeypatch.setattr(window, "_open_canvas", lambda: fake)
    return fake


def test_the_window_shows_the_overlay_until_the_user_quits(canvas):
    view = WindowView(max_side=320)
    state = snapshot(track(1, "confirmed", "x"), events=[confirmed("x")])
    assert [view.show(state) for _ in range(4)] == [True, True, False, False]
    assert [picture.shape for picture in canvas.pictures] == [(180, 320, 3)] * 3
    view.finish(None)
    view.close()
    assert canvas.closed == 1


def test_the_window_closes_and_leaves_the_summary(canvas, capsys):
    WindowView().finish(Event(SUMMARY, 1.0, 9, data={"frames": 9, "dropped": 1}))
    assert canvas.closed == 1
    assert capsys.readouterr().err == "summary: 9 frames, 1 dropped\n"


def test_a_window_is_refused_off_the_main_thread(canvas):
    caught = []

    def attempt():
        try:
            WindowView()
        except UsageError as error:
            caught.append(str(error))

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert len(caught) == 1
    assert "main thread" in caught[0]
    assert canvas.pictures == []


@pytest.mark.parametrize(
    ("line", "gui"),
    [
        ("  GUI:                           QT5", "QT5"),
        ("  GUI:                           NONE", ""),
        ("  GUI: GTK3\n    GTK+: YES", "GTK3"),
        ("    GUI:  WIN32UI", "WIN32UI"),
        ("  Video I/O:", ""),
    ],
)
def test_the_builds_gui(line, gui):
    assert opencv_gui(f"General configuration\n\n{line}\n\n  Media I/O:\n") == gui


def test_a_missing_display_is_named(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert "DISPLAY is not set" in display_trouble("QT5", "linux")
    assert display_trouble("COCOA", "darwin") == ""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert "XWayland" in display_trouble("QT5", "linux")
    assert display_trouble("GTK3", "linux") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="X11")
def test_a_display_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":987")
    assert ":987 does not answer" in display_trouble("QT5", "linux")
    with pytest.raises(UsageError, match=r"no window can be opened: the display :987 does not answer\. Use --view"):
        WindowView()


@pytest.mark.parametrize(
    ("gui", "aborts", "tk", "name"),
    [
        ("QT5", False, True, "opencv"),
        ("QT5", True, True, "tk"),
        ("", False, True, "tk"),
        ("", False, False, ""),
        ("GTK3", True, False, "opencv"),
    ],
)
def test_opencv_before_tk_before_nothing(monkeypatch, gui, aborts, tk, name):
    monkeypatch.setattr(screens, "opencv_gui", lambda: gui)
    monkeypatch.setattr(screens, "display_trouble", lambda _: "")
    monkeypatch.setattr(screens, "_qt_would_abort", lambda: aborts)
    monkeypatch.setattr(screens, "_has_tk", lambda: tk)
    found = window_backend()
    assert found.name == name
    assert bool(found.reason) == (name == "")


@pytest.mark.parametrize(
    ("backend", "interactive", "kind"),
    [("opencv", True, "window"), ("", True, "terminal"), ("opencv", False, "terminal")],
)
def test_auto_picks_what_the_machine_has(monkeypatch, canvas, backend, interactive, kind):
    monkeypatch.setattr(screens, "window_backend", lambda: Backend(backend))
    monkeypatch.setattr(choose.sys.stdin, "isatty", lambda: interactive)
    view = choose_view("auto")
    assert type(view) is (WindowView if kind == "window" else TerminalView)
    view.close()
    assert canvas.closed == (kind == "window")


def test_names():
    assert choose_view("none") is None
    assert {"auto", "none", "terminal", "window"} <= set(view_names())
    with pytest.raises(UsageError, match=r"unknown view 'windwo' \(did you mean 'window'\?\)"):
        choose_view("windwo")


class Entry:
    name, value = "foreign", "other.package:View"

    def __init__(self, made):
        self._made = made

    def load(self):
        return lambda: self._made


def test_another_packages_view(monkeypatch):
    class Foreign:
        show = finish = close = lambda *_: True

    foreign = Foreign()
    monkeypatch.setattr(choose, "entry_points", lambda **_: [Entry(foreign)])
    assert choose_view("foreign") is foreign
    assert isinstance(foreign, Display)
    monkeypatch.setattr(choose, "entry_points", lambda **_: [Entry(object())])
    with pytest.raises(UsageError, match=r"'foreign' .other.package:View. is no Display"):
        choose_view("foreign")


def test_a_terminal_view_moves_to_stderr_when_events_have_stdout(capfd):
    view = choose_view("terminal", stdout_taken=True)
    view.show(snapshot(events=[confirmed("to the other side")]))
    view.close()
    out, err = capfd.readouterr()
    assert out == ""
    assert "to the other side" in err


def test_rate_of_media_time():
    meter = RateMeter()
    assert meter.rate is None
    for index in range(90):
        meter.add(index / 30)
    assert meter.rate == pytest.approx(30)
    meter.add(0.0)
    assert meter.rate is None, "a source that starts anew"
    meter.add(0.1)
    assert meter.rate == pytest.approx(10)


def test_rate_of_the_engine_where_the_view_misses_frames():
    meter = RateMeter()
    for index in range(0, 90, 10):
        meter.add(index / 30, delivered=index + 1)
    assert meter.rate == pytest.approx(30)


_IN_A_WINDOW = """
import sys, threading, time
from scanapp.frame import Frame
from scanapp.snapshot import Snapshot
from scanapp.views import screens, window
import numpy as np
found = screens.window_backend()
backend = sys.argv[1]
if backend == "tk":
    window.window_backend = lambda: screens.Backend("tk")
view = window.WindowView()
state = Snapshot(Frame.from_image(np.full((90, 160, 3), 200, np.uint8)), ())
shown = [view.show(state) for _ in range(5)]
view.finish(None)
view.close()
print(found.name, all(shown), view.show(state))
"""


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb-run")
@pytest.mark.parametrize("backend", ["", "tk"])
def test_a_real_window_on_a_virtual_display(backend):
    if backend == "tk":
        pytest.importorskip("tkinter")
    done = subprocess.run(
        ["xvfb-run", "-a", sys.executable, "-c", _IN_A_WINDOW, backend], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    name, shown, after = done.stdout.split()
    assert name in ("opencv", "tk")
    assert (shown, after) == ("True", "False")
