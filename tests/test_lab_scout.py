"""The scout's network, its sizes, the pictures it is trained on, its training, and how it is judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scanapp.cli.main import main  # noqa: E402
from scanapp.detectors.scout_regions import KINDS, STRIDE  # noqa: E402
from scanapp.errors import UsageError  # noqa: E402
from scanapp.inference.store import ModelStore  # noqa: E402
from scanapp.lab.backgrounds_cache import open_backgrounds, render_backgrounds  # noqa: E402
from scanapp.lab.composites import Composer  # noqa: E402
from scanapp.lab.faces_cache import FacesCache, render_faces  # noqa: E402
from scanapp.lab.nets.locator import LocatorNet  # noqa: E402
from scanapp.lab.nets.scout import ScoutFamily, inherit, scout  # noqa: E402
from scanapp.lab.nets.scout_ranked import rank  # noqa: E402
from scanapp.lab.run import Run  # noqa: E402
from scanapp.lab.scout_pieces import SHARES, open_pieces, render_pieces  # noqa: E402
from scanapp.lab.scout_scenes import ScoutComposer, ScoutSample  # noqa: E402
from scanapp.lab.scout_score import THRESHOLDS, tallies, visible  # noqa: E402
from scanapp.lab.supernet.shared import SharedNet  # noqa: E402
from scanapp.lab.trained import network_of_run  # noqa: E402


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as leave:
        main(list(arguments))
    return int(leave.value.code or 0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A super-network of a few steps."""
    folder = tmp_path_factory.mktemp("scout")
    assert (
        command("lab", "supernet", "train", "scout", "--smoke", "--out", str(folder), "--set", "start_from=") == 0
    )
    return Run.open(folder)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[ScoutSample]:
    path = tmp_path_factory.mktemp("cache")
    render_faces(path / "faces", 32, seed=5)
    render_backgrounds(path / "backgrounds", 4, seed=5)
    render_pieces(path / "pieces", 24, seed=5)
    cards = Composer(FacesCache.open(path / "faces"), open_backgrounds(path / "backgrounds"))
    composer = ScoutComposer(cards, open_pieces(path / "pieces"))
    return [composer.sample(np.random.default_rng((1, index)), 224, 128) for index in range(80)]


def test_every_size_is_a_leading_part_of_the_largest() -> None:
    torch.manual_seed(3)
    family = ScoutFamily()
    shared, image = SharedNet(family).eval(), torch.rand(1, 1, 64, 96)
    assert family.space.count() >= 1000
    for name in ("smallest", "middle", "largest"):
        subnet = family.space.parse(name)
        with torch.no_grad():
            plain, run = shared.extract(subnet)(image), shared.run(subnet, image)
        assert [part.shape[1] for part in plain] == [4, 1, len(KINDS)]
        for own, other in zip(plain, run, strict=True):
            assert torch.allclose(own, other, atol=1e-5)


def test_the_largest_begins_with_what_a_locator_sees() -> None:
    torch.manual_seed(3)
    locator, net, image = LocatorNet().eval(), scout("largest").eval(), torch.rand(1, 1, 64, 96)
    inherit(net, locator)
    with torch.no_grad():
        corners, mask, _ = net(image)
        expected = locator(image)
    assert torch.allclose(corners, expected[0], atol=1e-5)
    assert torch.allclose(mask, expected[1], atol=1e-5)


def test_ranking_changes_the_order_of_channels_and_nothing_else() -> None:
    torch.manual_seed(3)
    net, image = scout("largest"), torch.rand(4, 1, 64, 96)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.2, 2.0)
            torch.nn.init.normal_(module.bias)
            torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with torch.no_grad():
        expected = net.eval()(image)
        rank(net)
        found = net(image)
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one, other, atol=1e-3)
    assert all(
        not torch.equal(before[name], value) for name, value in net.state_dict().items() if "0.weight" in name
    )


def test_pictures_show_every_kind_and_nothing(samples: list[ScoutSample]) -> None:
    shown = {thing.kind for sample in samples for thing in sample.things}
    assert shown == set(KINDS)
    assert any(not sample.things for sample in samples)


def test_a_thing_s_map_lies_within_its_corners(samples: list[ScoutSample]) -> None:
    for sample in samples:
        for number, kind in enumerate(KINDS):
            quads = [thing.quad for thing in sample.things if thing.kind == kind]
            rows, columns = np.nonzero(sample.kinds[number] > 127)
            if not quads:
                assert not len(rows), kind
            elif len(rows):
                points = np.concatenate(quads)
                assert columns.min() > points[:, 0].min() - 2
                assert columns.max() < points[:, 0].max() + 2
                assert rows.min() > points[:, 1].min() - 2
                assert rows.max() < points[:, 1].max() + 2


def test_two_kinds_are_never_claimed_for_one_place(samples: list[ScoutSample]) -> None:
    assert max(int((sample.kinds > 127).sum(0).max()) for sample in samples) == 1


def test_pieces_are_drawn_again_the_same_and_asked_for_by_name(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        render_pieces(tmp_path / folder, 12, seed=9)
    one, two = open_pieces(tmp_path / "one"), open_pieces(tmp_path / "two")
    assert list(one) == list(SHARES)
    for kind, pieces in one.items():
        assert pieces
        for piece, again in zip(pieces, two[kind], strict=True):
            np.testing.assert_array_equal(piece.picture, again.picture)
    with pytest.raises(UsageError, match="no cache"):
        open_pieces(tmp_path / "none")


def test_pieces_are_drawn_by_a_command(tmp_path: Path) -> None:
    assert command("lab", "data", "scout", "--count", "8", "--cache", str(tmp_path)) == 0
    assert all(open_pieces(tmp_path / "pieces").values())
    assert command("lab", "data", "scout", "--split", "both", "--cache", str(tmp_path)) == 2


def test_one_training_gives_scouts_of_every_size_to_the_store(run: Run, tmp_path: Path) -> None:
    records = (run.folder / "metrics.jsonl").read_text().splitlines()
    assert '"good_middle"' in records[-1]
    options = ("--models", str(tmp_path))
    assert command("lab", "export", str(run.folder), "--subnet", "middle", "--default", *options) == 0
    assert command("lab", "export", str(run.folder), "--subnet", "smallest", *options) == 0
    store = ModelStore(tmp_path)
    assert store.find("scout").variant == "middle"
    assert {entry.variant for entry in store.variants("scout")} == {"middle", "smallest"}
    assert not [check.problem for check in store.verify() if check.problem]
    answer = store.open("scout").run({"image": np.zeros((1, 1, 192, 320), np.float32)})
    assert answer["kinds"].shape == (1, len(KINDS), 48, 80)
    assert "recall_code_2d" in (tmp_path / "scout" / "MODEL_CARD.md").read_text()


def test_thresholds_are_part_of_what_is_shipped(run: Run) -> None:
    net, again = network_of_run(run, "middle"), network_of_run(run, "middle")
    with torch.inference_mode():
        best = {kind: THRESHOLDS[tally.best] for kind, tally in run.task.tally(net).items()}
    moved, image = run.task.finished(again), torch.rand(1, 1, 64, 96)
    with torch.no_grad():
        apart = (net(image)[2] - moved(image)[2]).mean((0, 2, 3))
    assert apart.tolist() == pytest.approx([best[kind] for kind in KINDS], abs=1e-4)


def test_a_scout_that_sees_all_finds_all_and_one_that_sees_nothing_is_silent(samples: list[ScoutSample]) -> None:
    seeing = [(sample, _ideal(sample)) for sample in samples]
    blind = [(sample, np.full_like(logits, -9)) for sample, logits in seeing]
    for kind, tally in tallies(seeing).items():
        assert tally.things, kind
        assert tally.recall[tally.best] > 0.85, kind
        assert tally.alarms[tally.best] == 0, kind
    assert all(not tally.found.any() and not tally.false.any() for tally in tallies(blind).values())


def test_what_is_seen_everywhere_is_found_nowhere_and_a_false_alarm(samples: list[ScoutSample]) -> None:
    small = [sample for sample in samples if any(len(some) > 1 for some in visible(sample).values())]
    everywhere = [(sample, np.full_like(_ideal(sample), 9)) for sample in small]
    counted = tallies(everywhere)
    assert sum(int(tally.found.max()) for tally in counted.values()) < sum(t.things for t in counted.values()) / 4
    assert all(tally.alarms.max() == 1 for tally in counted.values() if tally.pictures)


def test_what_lies_under_another_thing_is_not_asked_for(samples: list[ScoutSample]) -> None:
    sample = next(sample for sample in samples if visible(sample).get("code_1d"))
    hidden = replace(sample, kinds=np.zeros_like(sample.kinds))
    assert not visible(hidden)


def _ideal(sample: ScoutSample) -> np.ndarray:
    """The logits (6, h/4, w/4) of a scout that knows the truth."""
    count, height, width = sample.kinds.shape
    cells = sample.kinds.reshape(count, height // STRIDE, STRIDE, width // STRIDE, STRIDE)
    return np.where(cells.mean((2, 4)) > 127, 9, -9).astype(np.float32)
