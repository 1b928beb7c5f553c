"""What reading a video costs on top of decoding it. Run with ``pytest -m slow -s tests/test_sources_cost.py``."""

import time

import av
import cv2
import numpy as np
import pytest
from videos import make_video

from scanapp.sources.video import VideoSource

FRAMES = 90


def full_hd(count):
    """A camera that wanders over a large soft texture."""
    rng = np.random.default_rng(1)
    ground = cv2.resize(
        rng.integers(0, 255, (60, 100, 3), dtype=np.uint8), (3000, 1800), interpolation=cv2.INTER_CUBIC
    )
    for number in range(count):
        x, y = int(400 + 300 * np.sin(number / 40)), int(300 + 200 * np.cos(number / 31))
        yield ground[y : y + 1080, x : x + 1920]


def decode_only(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stream.codec_context.thread_type = "NONE"
        return sum(1 for _ in container.decode(stream))


def iterate(path):
    return sum(1 for _ in VideoSource(path))


def iterate_bgr(path):
    return sum(frame.bgr.shape[2] == 3 for frame in VideoSource(path))


def cpu_ms(function, path):
    begun = time.thread_time()
    frames = function(path)
    return (time.thread_time() - begun) / frames * 1e3


@pytest.mark.slow
def test_iterating_costs_hardly_more_than_decoding(tmp_path):
    path = make_video(tmp_path / "hd.mp4", full_hd(FRAMES), 30, codec_options={"crf": "24"}, gop=60)
    rounds = [[cpu_ms(function, path) for function in (decode_only, iterate, iterate_bgr)] for _ in range(5)]
    bare, ours, bgr = np.min(rounds, axis=0)
    print(
        f"\n1080p H.264, one thread, CPU ms a frame: decode {bare:.2f}, VideoSource {ours:.2f}, with bgr {bgr:.2f}"
    )
    assert ours <= 1.1 * bare
