"""The scout's network, its sizes, and the pictures it is to be trained on. No training yet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scanapp.errors import UsageError  # noqa: E402
from scanapp.lab.backgrounds_cache import open_backgrounds, render_backgrounds  # noqa: E402
from scanapp.lab.composites import Composer  # noqa: E402
from scanapp.lab.faces_cache import FacesCache, render_faces  # noqa: E402
from scanapp.lab.nets.locator import LocatorNet  # noqa: E402
from scanapp.lab.nets.scout import KINDS, ScoutFamily, inherit, scout  # noqa: E402
from scanapp.lab.scout_pieces import SHARES, open_pieces, render_pieces  # noqa: E402
from scanapp.lab.scout_scenes import ScoutComposer, ScoutSample  # noqa: E402
from scanapp.lab.supernet.shared import SharedNet  # noqa: E402


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
