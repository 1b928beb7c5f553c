"""The locator's and the layout net's data, losses and metrics."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from scanapp.cli.main import main  # noqa: E402
from scanapp.errors import UsageError  # noqa: E402
from scanapp.geometry import as_quad, iou, is_convex  # noqa: E402
from scanapp.lab.backgrounds_cache import open_backgrounds, render_backgrounds  # noqa: E402
from scanapp.lab.composites import EVERY, GREY, MARGIN, Composer, pick  # noqa: E402
from scanapp.lab.faces_cache import FIELDS, FacesCache, render_faces, rows  # noqa: E402
from scanapp.lab.poses import four_points, random_pose, rectangle, through  # noqa: E402
from scanapp.lab.scene_samples import scene_sample  # noqa: E402
from scanapp.lab.scenery import polygon  # noqa: E402
from scanapp.lab.scenes_cache import ScenesCache, render_scenes  # noqa: E402
from scanapp.lab.sheets import SheetMaker  # noqa: E402
from scanapp.lab.tasks.card_layout import CardLayoutTask, boxes, overlap  # noqa: E402
from scanapp.lab.tasks.card_locator import (  # noqa: E402
    CardLocatorTask,
    Judgement,
    _offsets,
    collate,
    summarise,
)

COUNT = 48


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small cache."""
    path = tmp_path_factory.mktemp("cache")
    render_faces(path / "faces", COUNT, seed=5)
    render_backgrounds(path / "backgrounds", 4, seed=5)
    return path


@pytest.fixture(scope="module")
def composer(folder: Path) -> Composer:
    return Composer(FacesCache.open(folder / "faces"), open_backgrounds(folder / "backgrounds"))


def test_faces_are_a_function_of_seed_and_number(folder: Path, tmp_path: Path) -> None:
    full = FacesCache.open(folder / "faces")
    assert full.ready == COUNT
    stop = KeyboardInterrupt()

    def interrupted(done: int, _wanted: int) -> None:
        if done == 3:
            raise stop

    with pytest.raises(KeyboardInterrupt):
        render_faces(tmp_path, 6, seed=5, progress=interrupted)
    assert FacesCache.open(tmp_path).ready == 3
    render_faces(tmp_path, 6, seed=5)
    resumed = FacesCache.open(tmp_path)
    assert resumed.ready == 6
    assert (resumed.pictures == full.pictures[:6]).all()
    with pytest.raises(UsageError, match="made otherwise"):
        render_faces(tmp_path, 6, seed=6)


def test_cards_have_numbers_inside_and_other_things_have_none(folder: Path) -> None:
    cache = FacesCache.open(folder / "faces")
    cards = cache.faces[cache.faces["card"] == 1]
    assert 0.5 < len(cards) / COUNT < 0.9
    for face in cache.faces:
        fields = set(face["fields"][: face["rows"]].tolist())
        assert (FIELDS.index("pan") in fields) == bool(face["card"])
        for x0, y0, x1, y1 in face["boxes"][: face["rows"]]:
            assert -1 <= x0 < x1 <= face["width"] + 1
            assert -1 <= y0 < y1 <= face["height"] + 1


def test_stacked_groups_are_rows_of_their_own() -> None:
    boxes_mm = np.array([[1, 1, 2, 4], [3, 1.1, 4, 4.1], [1, 6, 2, 9], [3, 6, 4, 9]], np.float32)
    assert rows(boxes_mm) == [pytest.approx((1, 1, 4, 4.1)), pytest.approx((1, 6, 4, 9))]


def test_held_out_faces_are_never_trained_on() -> None:
    rng = np.random.default_rng(0)
    training = {pick(rng, 160, held_out=False) for _ in range(2000)}
    checked = {pick(rng, 160, held_out=True) for _ in range(200)}
    assert training.isdisjoint(checked)
    assert len(training | checked) == 160
    assert all(index % EVERY == 0 for index in checked)


@pytest.mark.parametrize("size", [(224, 128), (128, 224), (192, 192)])
def test_a_sample_s_mask_lies_under_its_quad(composer: Composer, size: tuple[int, int]) -> None:
    seen = 0
    for seed in range(30):
        sample = composer.sample(np.random.default_rng(seed), *size)
        assert sample.image.shape == sample.mask.shape == size[::-1]
        assert (sample.image[: MARGIN - 1] == GREY).all()
        if sample.quad is None:
            assert not sample.mask.any()
            continue
        whole = polygon(sample.quad.astype(np.float64), size)
        inside = np.zeros_like(whole)
        inside[MARGIN:-MARGIN, MARGIN:-MARGIN] = whole[MARGIN:-MARGIN, MARGIN:-MARGIN]
        # rounded corners take a hundredth
        assert np.abs(inside.astype(float) - sample.mask).sum() < 0.05 * inside.sum() + 255 * 20
        seen += 1
    assert seen > 12


def test_samples_are_a_function_of_the_generator(composer: Composer) -> None:
    first = composer.sample(np.random.default_rng(9), 224, 128)
    again = composer.sample(np.random.default_rng(9), 224, 128)
    assert (first.image == again.image).all()


def test_poses_keep_the_card_in_the_frame_when_it_must_not_be_cut() -> None:
    for seed in range(60):
        pose = random_pose(np.random.default_rng(seed), (1280, 720), (85.6, 53.98), cut=0.0)
        quad = through(pose, rectangle(85.6, 53.98))
        assert (quad > -2).all()
        assert (quad < [1282, 722]).all()


def test_four_points_give_the_homography_back() -> None:
    target = np.array([[10, 20], [200, 30], [180, 140], [20, 120]], float)
    assert np.allclose(through(four_points(rectangle(85.6, 53.98), target), rectangle(85.6, 53.98)), target)


def test_the_offset_loss_vanishes_at_the_truth() -> None:
    cells = torch.tensor([[[10.3, 7.6], [30.0, 8.2], [29.5, 20.1], [9.0, 21.0]]])
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(56.0), indexing="ij")
    maps = torch.stack([-0.5 * ((x - cx) ** 2 + (y - cy) ** 2) / 0.49 for cx, cy in cells[0]])[None]
    assert _offsets(maps, cells).abs().max() < 0.03
    assert _offsets(maps, cells + 0.5).abs().min() > 0.4


def test_corners_outside_of_the_maps_are_not_counted(composer: Composer) -> None:
    samples = [composer.sample(np.random.default_rng(seed), 224, 128) for seed in range(20)]
    batch = collate(samples, 0.7)
    for row, sample in enumerate(samples):
        for corner in range(4):
            point = None if sample.quad is None else sample.quad[corner]
            inside = point is not None and bool((point > 0).all() and point[0] < 224 and point[1] < 128)
            assert bool(batch["counted"][row, corner]) == inside
            assert float(batch["places"][row, corner].sum()) == pytest.approx(float(inside), abs=1e-4)


def test_a_good_locator_is_near_sure_and_silent_elsewhere() -> None:
    found = Judgement(True, True, 0.9, 0.01, True, 0.9)
    missed = Judgement(True, True, 0.2, 0.5, False, 0.1)
    silent = Judgement(False, False, 0.1, 1.0, False, 0.0)
    false = Judgement(False, False, 0.9, 1.0, False, 0.0)
    assert summarise([found, silent])["good"] == 1.0
    assert summarise([found, missed, silent, false])["good"] == pytest.approx(0.5 * 0.5)


def test_sheets_show_rows_where_their_kernels_are(folder: Path) -> None:
    maker = SheetMaker(FacesCache.open(folder / "faces"), open_backgrounds(folder / "backgrounds"))
    turns = set()
    for seed in range(40):
        sheet = maker.sample(np.random.default_rng(seed))
        assert sheet.image.shape == (184, 288)
        assert sheet.card == bool(sheet.kernels[0].any())
        turns.add(sheet.turn)
        for field, x0, y0, x1, y1 in sheet.rows:
            centre = sheet.kernels[field, int((y0 + y1) / 2), int((x0 + x1) / 2)]
            assert centre > 0.3
            assert (x1 - x0 > y1 - y0) == (sheet.turn % 2 == 0)
    assert turns == {0, 1, 2, 3}


def test_boxes_of_a_map_are_its_connected_parts() -> None:
    logits: NDArray[np.float32] = np.full((46, 72), -5.0, np.float32)
    logits[10:12, 5:40] = 3
    logits[20:22, 5:40] = 3
    logits[40, 70] = 3
    assert boxes(logits) == [(5, 10, 40, 12), (5, 20, 40, 22)]
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert iou(as_quad(rectangle(2, 2)), as_quad(rectangle(2, 2) + np.array([1, 0]))) == pytest.approx(
        1 / 3, abs=1e-3
    )


@pytest.mark.parametrize("kind", [CardLocatorTask, CardLayoutTask])
def test_a_few_steps_lower_the_loss(folder: Path, kind: type[CardLocatorTask] | type[CardLayoutTask]) -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    task = kind(cache=str(folder), size=3, checks=6)
    net = task.network().train()
    batch = task.batch(np.random.default_rng(1))
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    losses = []
    for _ in range(5):
        loss, parts = task.loss(net, batch, 0.0)
        assert all(np.isfinite(value) for value in parts.values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    with torch.inference_mode():
        metrics = task.evaluate(net.eval())
    assert task.score in metrics


def test_faces_and_backgrounds_are_rendered_by_a_command(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["lab", "data", "faces", "--count", "3", "--backgrounds", "2", "--cache", str(tmp_path)])
    assert FacesCache.open(tmp_path / "faces").ready == 3
    assert len(open_backgrounds(tmp_path / "backgrounds")) == 2


def test_rendered_scenes_give_samples_with_the_card_where_it_is(tmp_path: Path) -> None:
    render_scenes(tmp_path / "scenes", 16, seed=3)
    cache = ScenesCache.open(tmp_path / "scenes")
    assert cache.ready == 16
    with_card = [scene for index in range(16) if (scene := cache.scene(index)).card]
    assert 8 <= len(with_card) < 16
    for scene in with_card:
        picture, quad = scene.picture, scene.quad
        assert quad is not None
        assert is_convex(as_quad(quad))
        middle = quad.mean(0)
        assert (middle > 0).all()
        assert (middle < picture.shape[::-1]).all()
    for seed, shape in enumerate(((224, 128), (128, 224), (192, 192)) * 4):
        sample = scene_sample(cache, np.random.default_rng(seed), *shape)
        assert sample.image.shape == shape[::-1]
        if sample.quad is not None:
            drawn = np.zeros(shape[::-1], np.uint8)
            cv2.fillConvexPoly(drawn, np.round(sample.quad).astype(np.int32), (255,))
            inside = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
            assert (drawn[inside] == sample.mask[inside]).mean() > 0.99
    render_scenes(tmp_path / "scenes", 16, seed=3)
    with pytest.raises(UsageError, match="made otherwise"):
        render_scenes(tmp_path / "scenes", 16, seed=4)
    with pytest.raises(UsageError, match="lab data scenes"):
        ScenesCache.open(tmp_path)


def test_scenes_with_other_things_show_no_card(tmp_path: Path) -> None:
    render_scenes(tmp_path / "others", 16, seed=3, others=True)
    cache = ScenesCache.open(tmp_path / "others")
    for index in range(6):
        assert not cache.scene(index).card
        assert cache.scene(index).quad is not None
        assert scene_sample(cache, np.random.default_rng(index), 224, 128).quad is None
    with pytest.raises(UsageError, match="made otherwise"):
        render_scenes(tmp_path / "others", 16, seed=3)


def test_the_locator_learns_from_scenes_too(tmp_path: Path) -> None:
    settings = CardLocatorTask.smoke(tmp_path)
    render_scenes(tmp_path / "scenes", 16, seed=3)
    render_scenes(tmp_path / "scenes-others", 16, seed=3, others=True)
    task = CardLocatorTask(**settings, scenes=0.5, others=0.2)
    batch = task.batch(np.random.default_rng(1))
    loss, parts = task.loss(task.network().train(), batch, 0.0)
    assert torch.isfinite(loss)
    assert set(parts) >= {"place", "mask", "score"}
    with torch.inference_mode():
        found = task.evaluate(task.network().eval())
    assert set(found) >= {"recall", "false", "p95"}


def test_the_layout_network_sees_backs_where_it_is_asked_to(tmp_path: Path) -> None:
    """All sheets of a share of one are backs: every one of them bears a number, as three in ten faces do not."""
    settings = CardLayoutTask.smoke(tmp_path)
    render_faces(tmp_path / "faces-backs", 16, seed=2, backs=True)
    assert FacesCache.open(tmp_path / "faces-backs").faces["card"].all()
    with pytest.raises(UsageError):
        render_faces(tmp_path / "faces-backs", 16, seed=2)
    batch = CardLayoutTask(**{**settings, "size": 24, "backs": 1.0}).batch(np.random.default_rng(3))
    assert float(batch["kernels"][:, 0].flatten(1).amax(1).min()) > 0.5
