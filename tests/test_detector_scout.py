"""The scout as a detector: from maps to proposals in the frame, as a pipeline asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanapp.detectors import scout
from scanapp.detectors.card_network import MARGIN
from scanapp.detectors.scout import SIDES, ScoutDetector
from scanapp.detectors.scout_regions import KINDS, STRIDE, ordered, regions
from scanapp.errors import PipelineError, UsageError
from scanapp.frame import Frame
from scanapp.geometry import Quad, as_quad, iou
from scanapp.pipeline import parse_pipeline
from scanapp.results import Detection

FRAME = (1280, 720)


class PaintedScout:
    """Answers as a network would that sees ``things``: (kind, quad in shares of the picture, logit)."""

    def __init__(self, things: list[tuple[str, Quad, float]]) -> None:
        self.things = things
        self.shapes: list[tuple[int, ...]] = []

    def run(self, feeds: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
        height, width = feeds["image"].shape[2:]
        self.shapes.append(feeds["image"].shape)
        inner = np.array([width - 2 * MARGIN, height - 2 * MARGIN])
        kinds = np.full((1, len(KINDS), height // STRIDE, width // STRIDE), -6, np.float32)
        corners = np.full((1, 4, *kinds.shape[2:]), -12, np.float32)
        mask = np.full((1, 1, *kinds.shape[2:]), -6, np.float32)
        for kind, quad, logit in self.things:
            cells = (quad * inner + MARGIN) / STRIDE
            drawn = np.zeros(kinds.shape[2:], np.uint8)
            cv2.fillConvexPoly(drawn, np.round((cells - 0.5) * 16).astype(np.int32), 1, shift=4)
            kinds[0, KINDS.index(kind)][drawn > 0] = logit
            if kind == "card":
                mask[0, 0][drawn > 0] = 6
                rows, columns = np.mgrid[: kinds.shape[2], : kinds.shape[3]]
                for number, (x, y) in enumerate(cells - 0.5):
                    apart = (columns - x) ** 2 + (rows - y) ** 2
                    corners[0, number] = np.log(np.exp(-apart / (2 * 0.7**2)) + 1e-7)
        return {"corners": corners, "mask": mask, "kinds": kinds}


def box(x0: float, y0: float, x1: float, y1: float) -> Quad:
    return as_quad([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


@pytest.fixture(autouse=True)
def painted(monkeypatch: pytest.MonkeyPatch) -> PaintedScout:
    """The network that every detector here opens."""
    network = PaintedScout([])
    monkeypatch.setattr(scout, "open_model", lambda *_, **__: network)
    return network


Propose = Callable[..., list[Detection]]


@pytest.fixture
def proposals(painted: PaintedScout) -> Propose:
    def propose(things: list[tuple[str, Quad, float]], **options: Any) -> list[Detection]:
        painted.things = things
        return ScoutDetector(**options).detect(Frame.from_image(np.zeros((FRAME[1], FRAME[0]), np.uint8)))

    return propose


@pytest.mark.parametrize("side", SIDES)
def test_each_kind_is_proposed_where_it_is(proposals: Propose, side: int) -> None:
    things = [
        ("code_1d", box(0.1, 0.1, 0.4, 0.25), 4.0),
        ("code_2d", box(0.6, 0.1, 0.75, 0.4), 5.0),
        ("card", box(0.1, 0.5, 0.4, 0.9), 3.0),
        ("text", box(0.5, 0.6, 0.9, 0.75), 2.0),
    ]
    found = proposals(things, side=side)
    assert [(one.kind, one.hint) for one in found] == [
        ("code", "matrix"),
        ("code", "linear"),
        ("card", ""),
        ("text", ""),
    ]
    truth = [things[1], things[0], things[2], things[3]]
    for one, (_, quad, _) in zip(found, truth, strict=True):
        assert iou(one.quad, as_quad(quad * np.array(FRAME))) > 0.65


def test_only_what_is_sought_is_proposed_and_only_what_is_sure(proposals: Propose) -> None:
    things = [("code_2d", box(0.1, 0.1, 0.3, 0.4), 0.1), ("face", box(0.5, 0.1, 0.7, 0.4), 6.0)]
    assert [one.kind for one in proposals(things)] == ["code"]
    assert not proposals(things, min_score=0.6)
    assert not proposals(things, seek=["card"])


def test_one_place_is_not_proposed_as_two_codes(proposals: Propose) -> None:
    quad = box(0.2, 0.2, 0.5, 0.6)
    found = proposals([("code_1d", quad, 2.0), ("code_2d", quad, 4.0)])
    assert [one.hint for one in found] == ["matrix"]


def test_a_card_gets_its_corners_in_upright_order(proposals: Propose) -> None:
    upside_down = as_quad(np.roll(box(0.2, 0.2, 0.7, 0.75), 2, axis=0))
    (found,) = proposals([("card", upside_down, 4.0)])
    assert np.abs(found.quad - upside_down * np.array(FRAME)).max() < 20


def test_a_leaning_linear_code_s_first_side_runs_across_its_bars(proposals: Propose) -> None:
    middle, turn = np.array([0.5, 0.5]), np.deg2rad(60)
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    points = [-100 * along - 30 * across, 100 * along - 30 * across]
    quad = as_quad(middle + np.array([*points, -points[0], -points[1]]) / np.array(FRAME))
    (found,) = proposals([("code_1d", quad, 4.0)])
    side = found.quad[1] - found.quad[0]
    assert abs(np.degrees(np.arctan2(side[1], side[0])) - 60) < 8


def test_a_region_s_corners_go_round_clockwise_from_its_first_side() -> None:
    square = box(0, 0, 4, 2)
    for turn in range(4):
        for points in (np.roll(square, turn, axis=0), np.roll(square, turn, axis=0)[::-1]):
            assert ordered(points.astype(np.float32), along=True).tolist() == square.tolist()
    tall = box(0, 0, 2, 4)
    assert ordered(np.asarray(tall), along=False).tolist() == tall.tolist()
    assert ordered(np.asarray(tall), along=True)[0].tolist() == [2, 0]


def test_specks_are_no_regions() -> None:
    logits = np.full((len(KINDS), 32, 56), -4, np.float32)
    logits[1, 4, 4:6] = 5
    logits[3, 10:12, 10:20] = 5
    (only,) = regions(logits)
    assert only.kind == "text"
    assert only.score > 0.99


def test_the_input_has_the_frame_s_shape(painted: PaintedScout) -> None:
    detector = ScoutDetector(side=224)
    detector.detect(Frame.from_image(np.zeros((1280, 720), np.uint8)))
    detector.detect(Frame.from_image(np.zeros((600, 800), np.uint8)))
    assert painted.shapes == [(1, 1, 224, 128), (1, 1, 160, 224)]


def test_what_it_cannot_do_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="did you mean 'card'"):
        ScoutDetector(seek=["crad"])
    with pytest.raises(UsageError, match="side takes one of 224"):
        ScoutDetector(side=300)


PIPELINE = """
name = "scouted"

[[detect]]
use = "scout"
seek = {seek}

[[recognize]]
use = "code"
"""


def test_a_pipeline_chooses_it_and_says_what_to_seek() -> None:
    (made,) = parse_pipeline(PIPELINE.format(seek='["code"]')).make_detectors()
    assert made.kinds == {"code"}
    with pytest.raises(PipelineError, match=r"cannot seek 'cod' .did you mean 'code'"):
        parse_pipeline(PIPELINE.format(seek='["cod"]'), source="mine.toml").make_detectors()
