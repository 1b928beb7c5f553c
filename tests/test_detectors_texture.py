"""The shared maps: what they measure, that they are made once a frame, and that they hold no frame."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from scanapp.detectors.texture import LONGEST_BASE, forget, texture_maps
from scanapp.frame import Frame


def bars(angle: float = 0, period: float = 8, contrast: float = 100, shape: tuple[int, int] = (480, 640)) -> Frame:
    y, x = np.mgrid[: shape[0], : shape[1]]
    wave = np.sin(2 * np.pi / period * (x * np.cos(angle) + y * np.sin(angle)))
    return Frame.from_image((128 + contrast / 2 * wave).astype(np.uint8))


@pytest.mark.parametrize("degrees", [0, 30, 45, 60, 90, 120, 150])
def test_bars_are_coherent_and_their_direction_is_known(degrees: int) -> None:
    level = texture_maps(bars(np.radians(degrees))).levels[0]
    middle = (slice(4, -4), slice(4, -4))
    assert level.coherence[middle].min() > 0.8
    angle = np.degrees(np.arctan2(level.sine[middle].mean(), level.cosine[middle].mean()) / 2)
    assert abs((angle - degrees + 90) % 180 - 90) < 4


def test_transitions_count_changes_whatever_the_contrast() -> None:
    strong, faint = (texture_maps(bars(contrast=c)).levels[0].bars[5:-5, 5:-5].mean() for c in (200, 40))
    assert strong == pytest.approx(2 / 8, rel=0.2)  # a period of 8 pixels has two changes
    assert faint == pytest.approx(strong, rel=0.15)


def test_a_flat_frame_has_no_transitions() -> None:
    for level in texture_maps(Frame.from_image(np.full((300, 400), 77, np.uint8))).levels:
        assert not level.corners.any()
        assert not level.span.any()
        assert np.isfinite(level.coherence).all()


def test_levels_halve_and_map_to_the_frame_exactly() -> None:
    maps = texture_maps(bars(shape=(1080, 1920)))
    assert max(maps.levels[0].thumb.shape) <= LONGEST_BASE
    for fine, coarse in zip(maps.levels, maps.levels[1:], strict=False):
        assert coarse.scale == 2 * fine.scale
        assert coarse.thumb.shape == tuple(side // 2 for side in fine.thumb.shape)


@pytest.mark.parametrize("shape", [(1, 1), (7, 31), (1, 900), (900, 1), (6000, 8000)])
def test_every_size_has_maps(shape: tuple[int, int]) -> None:
    levels = texture_maps(Frame.from_image(np.zeros(shape, np.uint8))).levels
    assert levels
    for level in levels:
        assert level.span.shape == tuple(-(-side // 8) for side in level.thumb.shape)


def test_maps_are_made_once_a_frame_and_again_for_the_next() -> None:
    first, second = bars(), bars()
    maps = texture_maps(first)
    assert texture_maps(first) is maps
    assert texture_maps(second) is not maps
    forget()
    assert texture_maps(second) is not maps


def test_the_frame_is_not_kept() -> None:
    pixels = np.zeros((2160, 3840), np.uint8)
    frame = Frame.from_image(pixels)
    texture_maps(frame)
    del frame
    gc.collect()
    assert not any(isinstance(holder, Frame) for holder in gc.get_referrers(pixels))


def test_threads_get_the_maps_of_their_own_frame() -> None:
    frames = [bars(period=period) for period in (6, 9, 13, 20)]
    expected = [texture_maps(frame).levels[0].bars.copy() for frame in frames]

    def right(i: int) -> bool:
        return np.array_equal(texture_maps(frames[i % 4]).levels[0].bars, expected[i % 4])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, range(200)))
