"""The shipped sample videos: small, whole, and telling the same truth as the scenes that they were made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import pytest

from scanapp.synth import scenes

SAMPLES = Path(__file__).parent.parent / "sample_videos"
NAMES = scenes.names()
LIMIT = 2_000_000
TOTAL = 24_000_000


def truth_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.truth.json").read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("name", NAMES)
def test_video_is_small_and_whole(name: str) -> None:
    path, truth, scene = SAMPLES / f"{name}.mp4", truth_of(name), scenes.get(name)
    assert path.stat().st_size <= LIMIT
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        size = stream.codec_context.width, stream.codec_context.height
        assert (stream.frames, size, float(stream.average_rate)) == (scene.frames, scene.size, float(scene.fps))
    assert (truth["frames"], tuple(truth["size"]), truth["video"]) == (scene.frames, scene.size, path.name)
    assert (truth["scene"], truth["seed"], truth["pipeline"]) == (name, scene.seed, scene.pipeline)


def test_all_together_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.glob("*.mp4")) <= TOTAL


@pytest.mark.parametrize("name", NAMES)
def test_truth_lists_what_the_scene_prints(name: str) -> None:
    printed = {
        json.dumps(truth.value, sort_keys=True)
        for surface in scenes.get(name).surfaces
        for label in surface.labels
        for truth in label.art.truth()
    }
    listed = truth_of(name)["objects"]
    assert {json.dumps(item["value"], sort_keys=True) for item in listed} <= printed
    for item in listed:
        assert not item["required"] or item["readable"], f"{item['id']} can never be read"


def test_the_idle_desk_holds_nothing() -> None:
    assert truth_of("idle_desk")["objects"] == []


def test_hide_and_show_hides_for_longer_than_the_forget_time() -> None:
    (ticket,) = truth_of("hide_and_show")["objects"]
    (first, second) = ticket["visible"]
    assert second[0] - first[1] > 3.5
