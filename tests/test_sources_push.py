"""Frames handed in from outside."""

import threading
import time

import numpy as np
import pytest

from scanapp.errors import GeometryError, UsageError
from scanapp.sources.push import PushSource
from scanapp.testing import HandClock


def image(value=0, shape=(4, 6, 3)):
    return np.full(shape, value, np.uint8)


def test_in_order_with_times():
    source = PushSource(capacity=5)
    assert [source.push(image(n), pts=n / 2) for n in range(3)] == [0, 1, 2]
    source.end()
    assert [(f.index, f.pts, int(f.gray[0, 0])) for f in source] == [(0, 0, 0), (1, 0.5, 1), (2, 1.0, 2)]


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_newest_win_and_drops_are_counted(capacity):
    source = PushSource(capacity=capacity)
    for number in range(10):
        source.push(image(number), pts=number)
    source.end()
    taken = [frame.index for frame in source]
    assert taken == list(range(10))[-capacity:]
    assert source.pushed == 10 == len(taken) + source.dropped


def test_copies_unless_told_otherwise():
    source = PushSource(capacity=2)
    reused = image(1)
    source.push(reused, pts=0)
    source.push(reused, pts=1, copy=False)
    reused[:] = 9
    source.end()
    kept, shared = source
    assert int(kept.bgr[0, 0, 0]) == 1
    assert np.shares_memory(shared.bgr, reused)


def test_times_from_the_clock():
    clock = HandClock(start=3.0)
    source = PushSource(capacity=2, clock=clock)
    source.push(image())
    clock.advance_to(3.25)
    source.push(image())
    source.end()
    assert [frame.pts for frame in source] == [3.0, 3.25]


@pytest.mark.parametrize("pts", [1.0, 0.5, float("nan"), float("inf")])
def test_times_must_rise(pts):
    source = PushSource()
    source.push(image(), pts=1.0)
    with pytest.raises(UsageError, match="pts must rise"):
        source.push(image(), pts=pts)
    assert source.pushed == 1


@pytest.mark.parametrize(
    "wrong",
    [image().astype(float), image(shape=(4, 6, 2)), image(shape=(0, 6, 3)), image(shape=(6,)), image(shape=(0,))],
)
def test_what_is_no_image_is_refused_at_once(wrong):
    source = PushSource()
    with pytest.raises(GeometryError):
        source.push(wrong, pts=0)
    assert source.pushed == 0


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
def test_shapes(shape):
    source = PushSource()
    source.push(image(255, shape), pts=0)
    source.end()
    (frame,) = source
    assert frame.bgr.shape == (4, 6, 3)
    assert int(frame.gray[0, 0]) == 255


def test_no_push_after_the_end():
    for stop in (PushSource.end, PushSource.close):
        source = PushSource()
        stop(source)
        with pytest.raises(UsageError, match="after end"):
            source.push(image(), pts=0)
        assert list(source) == []


def test_close_drops_what_waits():
    source = PushSource(capacity=3)
    for number in range(3):
        source.push(image(), pts=number)
    source.close()
    assert list(source) == []
    assert (source.pushed, source.dropped) == (3, 3)


def test_capacity():
    with pytest.raises(UsageError, match="at least 1"):
        PushSource(capacity=0)


def test_iteration_waits_and_is_woken():
    source = PushSource(capacity=100)

    def feed():
        for number in range(50):
            source.push(image(number), pts=number)
        source.end()

    threading.Timer(0.05, feed).start()
    assert [frame.index for frame in source] == list(range(50))


def test_close_wakes_a_waiting_iteration():
    source = PushSource()
    threading.Timer(0.05, source.close).start()
    begun = time.monotonic()
    assert list(source) == []
    assert time.monotonic() - begun < 1


def test_many_pushers_lose_nothing_unseen():
    source = PushSource(capacity=2)
    lock = threading.Lock()
    counter = iter(range(10_000))

    def feed():
        for _ in range(200):
            with lock:
                source.push(image(), pts=next(counter))

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    ender = threading.Thread(target=lambda: ([thread.join() for thread in threads], source.end()))
    ender.start()
    taken = [frame.index for frame in source]
    ender.join()
    assert taken == sorted(set(taken))
    assert taken[-1] == 799
    assert source.pushed == 800 == len(taken) + source.dropped
