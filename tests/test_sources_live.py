"""Pacing, reconnecting and reading on a thread: tables of times with a hand-cranked clock, no sleeping."""

import _thread
import threading
import time

import pytest
from videos import make_video, moving_images

from scanapp.errors import SourceError
from scanapp.frame import Frame
from scanapp.sources.base import Notice, SourceInfo
from scanapp.sources.detached import Detached
from scanapp.sources.paced import PacedSource
from scanapp.sources.reconnect import LONGEST_PAUSE, Reconnecting
from scanapp.sources.video import VideoSource
from scanapp.testing import HandClock, HandWait, ScriptedSource, blank_frames


class TestPaced:
    def test_frames_come_when_they_are_due(self):
        clock = HandClock(start=100.0)
        source = PacedSource(ScriptedSource(blank_frames(4, fps=10)), clock, wait=HandWait(clock))
        assert [(frame.pts, round(clock.now(), 6)) for frame in source] == [
            (0, 100),
            (0.1, 100.1),
            (0.2, 100.2),
            (0.3, 100.3),
        ]

    def test_a_late_consumer_catches_up_and_nothing_drifts(self):
        clock = HandClock()
        wait = HandWait(clock)
        times = []
        for frame in PacedSource(ScriptedSource(blank_frames(8, fps=10)), clock, wait=wait):
            times.append(round(clock.now(), 6))
            if frame.index == 1:
                clock.advance_to(0.45)
        assert times == [0, 0.1, 0.45, 0.45, 0.45, 0.5, 0.6, 0.7]

    def test_notices_do_not_wait(self):
        clock = HandClock()
        items = [*blank_frames(1), Notice("skipped", "x"), *blank_frames(1, start=25)]
        seen = [
            (type(item), clock.now()) for item in PacedSource(ScriptedSource(items), clock, wait=HandWait(clock))
        ]
        assert seen == [(Frame, 0), (Notice, 0), (Frame, 1.0)]

    def test_an_early_wake_up_waits_on(self):
        clock = HandClock()
        asked = []

        def half(seconds):
            asked.append(seconds)
            clock.advance_to(clock.now() + (seconds / 2 if len(asked) < 3 else seconds))
            return False

        times = [clock.now() for _ in PacedSource(ScriptedSource(blank_frames(2, fps=1)), clock, wait=half)]
        assert (times, asked) == ([0, 1.0], [1.0, 0.5, 0.25])

    def test_interrupted(self):
        clock = HandClock()
        source = PacedSource(ScriptedSource(blank_frames(9, fps=1)), clock, wait=HandWait(clock, interrupt_at=2.5))
        assert [frame.index for frame in source] == [0, 1, 2]

    def test_close_from_another_thread_ends_a_long_wait(self):
        inner = ScriptedSource([*blank_frames(1), *blank_frames(1, start=25 * 3600)])
        source = PacedSource(inner)
        threading.Timer(0.05, source.close).start()
        begun = time.monotonic()
        assert len(list(source)) == 1
        assert time.monotonic() - begun < 1
        assert inner.closed

    def test_is_live(self):
        info = PacedSource(ScriptedSource([], SourceInfo("x", live=False, width=7))).info
        assert (info.live, info.width) == (True, 7)


def scripted_sessions(clock, sessions):
    """An ``open`` that gives one scripted session after the other; an exception stands for a failure to open.

    A session's frames take as long as their ``pts`` say.
    """
    remaining = iter(sessions)

    def open_next():
        session = next(remaining, None)
        if session is None:
            raise SourceError("gone for good")
        if isinstance(session, Exception):
            raise session
        return ScriptedSource(lasting(clock, session), SourceInfo("cam", live=False, frames=9, duration=9))

    return open_next


def lasting(clock, items):
    begun = clock.now()
    for item in items:
        if isinstance(item, Frame):
            clock.advance_to(begun + item.pts)
        yield item


LOST = SourceError("cam stopped")
BUSY = SourceError("cam is busy")


class TestReconnecting:
    def run(self, sessions, until=1000.0, limit=60):
        clock = HandClock()
        wait = HandWait(clock, interrupt_at=until)
        source = Reconnecting(scripted_sessions(clock, sessions), clock, wait)
        items = [item for _, item in zip(range(limit), source, strict=False)]
        source.close()
        return items, wait.seconds

    def test_comes_back_and_counts_on(self):
        items, waits = self.run([[*blank_frames(3, fps=1), LOST], blank_frames(2, fps=1)], until=3.5)
        frames = [(x.index, round(x.pts, 3)) for x in items if isinstance(x, Frame)]
        assert frames == [(0, 0), (1, 1), (2, 2), (3, 2.5), (4, 3.5)]
        notices = [(x.what, x.message) for x in items if isinstance(x, Notice)]
        assert notices == [
            ("reconnecting", "cam stopped; next attempt in 0.5 s"),
            ("reconnected", "cam: back after 0.5 s"),
            ("reconnecting", "cam: the stream ended; next attempt in 0.5 s"),
        ]
        assert waits == [0.5, 0.5]

    @pytest.mark.parametrize(
        ("failures", "waits"),
        [(0, [0.5]), (1, [0.5, 1]), (3, [0.5, 1, 2, 4]), (8, [0.5, 1, 2, 4, 8, 10, 10, 10, 10])],
    )
    def test_pauses_double_up_to_a_cap(self, failures, waits):
        sessions = [[*blank_frames(2), LOST], *[BUSY] * failures, blank_frames(3)]
        items, waited = self.run(sessions, limit=2 + len(set(waits)) + 1 + 3)
        assert waited[: len(waits)] == waits
        assert max(waited) <= LONGEST_PAUSE
        told = [x.message for x in items if isinstance(x, Notice) and x.what == "reconnecting"]
        assert len(told) == len(set(waits))  # only when the pause grows, so a dead camera does not flood the log
        assert sum(isinstance(x, Frame) for x in items) == 5

    def test_a_flapping_source_keeps_backing_off(self):
        flap = [*blank_frames(1), LOST]
        _, waits = self.run([flap] * 5, until=100)
        assert waits[:5] == [0.5, 1, 2, 4, 8]

    def test_a_source_that_held_for_long_starts_over(self):
        long = [*blank_frames(20, fps=1), LOST]
        _, waits = self.run([[*blank_frames(1), LOST], BUSY, long, blank_frames(1)], limit=28)
        assert waits[:3] == [0.5, 1, 0.5]

    def test_other_size_afterwards(self):
        items, _ = self.run([[*blank_frames(2), LOST], blank_frames(2, size=(32, 16))], until=1.0)
        at = next(n for n, x in enumerate(items) if isinstance(x, Notice) and x.what == "resized")
        assert "32×16" in items[at].message
        assert (items[at - 1].what, items[at + 1].width) == ("reconnected", 32)

    def test_times_rise_whatever_the_sessions_say(self):
        back = [Frame(f.gray, index=0, pts=pts) for f, pts in zip(blank_frames(3), (5.0, 4.0, 4.0), strict=True)]
        items, _ = self.run([[*back, LOST], back], limit=8)
        times = [x.pts for x in items if isinstance(x, Frame)]
        assert len(times) == 6
        assert times == sorted(set(times))

    def test_first_failure_is_the_callers(self):
        with pytest.raises(SourceError, match="cam is busy"):
            self.run([BUSY])

    def test_other_errors_are_not_swallowed(self):
        with pytest.raises(ZeroDivisionError):
            self.run([[*blank_frames(1), ZeroDivisionError()]])

    def test_interrupted_wait_ends(self):
        items, waits = self.run([[*blank_frames(1), LOST], BUSY, BUSY, BUSY], until=0.7)
        assert [type(x) for x in items] == [Frame, Notice, Notice]
        assert waits == [0.5, 1.0]

    def test_info_promises_no_end(self):
        source = Reconnecting(scripted_sessions(HandClock(), [[]]), HandClock())
        assert (source.info.live, source.info.frames, source.info.duration) == (True, None, None)

    def test_close_ends_a_pause_within_a_second(self):
        source = Reconnecting(scripted_sessions(HandClock(), [[LOST]]), HandClock())
        threading.Timer(0.05, source.close).start()
        begun = time.monotonic()
        assert [x.what for x in source] == ["reconnecting"]
        assert time.monotonic() - begun < 1


class Stuck:
    """A source whose read never returns until ``let_go`` is set, as a dead network does."""

    def __init__(self):
        self.info = SourceInfo("stuck", live=True)
        self.let_go = threading.Event()
        self.closed = threading.Event()

    def __iter__(self):
        yield from blank_frames(1)
        self.let_go.wait(30)

    def close(self):
        self.closed.set()


class TestDetached:
    def test_same_items_in_order(self):
        items = [*blank_frames(50), Notice("skipped", "x")]
        assert list(Detached(lambda: ScriptedSource(items), "x")) == items

    def test_errors_arrive_after_the_frames(self):
        source = Detached(lambda: ScriptedSource([*blank_frames(5), LOST]), "x")
        items = iter(source)
        assert [next(items).index for _ in range(5)] == [0, 1, 2, 3, 4]
        with pytest.raises(SourceError, match="cam stopped"):
            next(items)

    def test_failure_to_open(self):
        def fail():
            raise BUSY

        with pytest.raises(SourceError, match="cam is busy"):
            Detached(fail, "x")

    def test_reads_no_further_ahead_than_stated(self):
        too_far = threading.Event()

        def items():
            for frame in blank_frames(100):
                if frame.index == 5:
                    too_far.set()
                yield frame

        source = Detached(lambda: ScriptedSource(items()), "x")
        assert next(iter(source)).index == 0
        assert not too_far.wait(0.05)
        source.close()

    def test_close_while_the_read_hangs(self):
        stuck = Stuck()
        source = Detached(lambda: stuck, "x")
        threading.Timer(0.05, source.close).start()
        begun = time.monotonic()
        assert len(list(source)) == 1
        assert time.monotonic() - begun < 1
        assert stuck.closed.wait(1)
        stuck.let_go.set()

    def test_ctrl_c_while_the_read_hangs(self):
        stuck = Stuck()
        source = Detached(lambda: stuck, "x")
        threading.Timer(0.1, _thread.interrupt_main).start()
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            list(source)
        assert time.monotonic() - begun < 1
        source.close()
        stuck.let_go.set()

    def test_ctrl_c_while_opening_hangs(self):
        let_go = threading.Event()
        inner = Stuck()

        def slow():
            let_go.wait(30)
            return inner

        threading.Timer(0.1, _thread.interrupt_main).start()
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            Detached(slow, "x")
        assert time.monotonic() - begun < 1
        let_go.set()
        assert inner.closed.wait(5)  # what was opened too late is closed all the same

    def test_the_inner_source_is_closed_at_the_end(self):
        inner = ScriptedSource(blank_frames(3))
        source = Detached(lambda: inner, "x")
        list(source)
        source.close()
        assert inner.closed

    def test_video_on_a_thread(self, tmp_path):
        path = make_video(tmp_path / "v.mp4", moving_images(20))
        source = Detached(lambda: VideoSource(path), "v")
        assert source.info.width == 160
        assert [frame.index for frame in source] == list(range(20))
