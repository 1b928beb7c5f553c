# ruff: noqa: E402 (the imports below need torch, which may be missing)
"""The card reader's lab: lines with true labels, honest scores, a network within its budget, commands that work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from scanapp.cli.main import main
from scanapp.errors import UsageError
from scanapp.inference.store import ModelStore
from scanapp.lab.card_view import line_view, through
from scanapp.lab.line_batches import IGNORE, STEADY, Jitter, batch, column_classes
from scanapp.lab.line_score import decode, edits, line_metrics
from scanapp.lab.lines_cache import ALPHABET, LONGEST, PER_FACE, ROW, LinesCache, face_lines, render_lines
from scanapp.lab.nets.reader import student, teacher
from scanapp.lab.slim import slimmed
from scanapp.lab.tasks.card_reader import CardReaderTask
from scanapp.synth.cards.glyphs import FontSet


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> LinesCache:
    folder = tmp_path_factory.mktemp("lines")
    render_lines(folder, 4 * PER_FACE, seed=11)
    return LinesCache.open(folder)


def test_rows_say_what_is_shown(cache: LinesCache) -> None:
    assert cache.ready == len(cache.rows) == 4 * PER_FACE
    numbers = [row for row in cache.rows if row["length"]]
    assert len(numbers) > PER_FACE
    for row in numbers:
        length = int(row["length"])
        centres = row["centres"][:length]
        assert np.all(np.diff(centres) > 0)
        assert row["start"] < centres[0]
        assert centres[-1] < row["end"]
        assert 20 < row["height"] < 40
        assert row["chars"][:length].min() >= 1
        assert not row["chars"][length:].any()


def test_item_i_depends_on_seed_and_i_alone(cache: LinesCache) -> None:
    again = face_lines(np.random.default_rng((11, 2)), FontSet.training())
    for offset, (picture, row) in enumerate(again):
        np.testing.assert_array_equal(cache.pixels[2 * PER_FACE + offset], picture)
        assert cache.rows[2 * PER_FACE + offset]["chars"].tolist() == row["chars"].tolist()


def test_a_stopped_cache_goes_on(cache: LinesCache, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(done: int, _total: int) -> None:
        if done == PER_FACE:
            raise StoppedError

    with pytest.raises(StoppedError):
        render_lines(tmp_path, 2 * PER_FACE, seed=11, progress=stop)
    assert LinesCache.open(tmp_path).ready == PER_FACE
    render_lines(tmp_path, 2 * PER_FACE, seed=11)
    np.testing.assert_array_equal(LinesCache.open(tmp_path).pixels, cache.pixels[: 2 * PER_FACE])
    with pytest.raises(UsageError, match="made otherwise"):
        render_lines(tmp_path, 2 * PER_FACE, seed=12)


def test_a_view_puts_characters_where_it_says() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        x = 10 + 3.6 * np.arange(16, dtype=np.float32)
        boxes = np.stack([x, np.full(16, 30), x + 2.4, np.full(16, 34)], -1).astype(np.float32)
        view = line_view(boxes, (85.6, 53.98), rng)
        # a dot at a character's middle on the face lands on that character's place in the cut-out
        ppmm = 8.0
        for index in (0, 9, 15):
            face = np.zeros((432, 685), np.uint8)
            cx, cy = (boxes[index, :2] + boxes[index, 2:]) / 2 * ppmm
            face[round(cy) - 5 : round(cy) + 6, round(cx) - 3 : round(cx) + 4] = 255
            seen = view.cut_out(view.photograph(face, ppmm)).astype(np.float64)
            column = (seen.sum(0) * np.arange(seen.shape[1])).sum() / seen.sum()
            assert abs(column - view.centres[index]) < 2.0
    moved = through(np.diag([2.0, 3.0, 1.0]), np.array([[1.0, 1.0]]))
    np.testing.assert_allclose(moved, [[2.0, 3.0]])


def test_columns_are_labelled_where_the_characters_are() -> None:
    row = np.zeros((), ROW)
    row["length"], row["chars"][:3], row["centres"][:3] = 3, [2, 2, 12], [24, 48, 72]
    classes = column_classes(row, np.array([[0.5, 0, 8.0], [0, 0.6, 0.0]]))
    # middles at 20, 32 and 44 px: columns 5, 8 and 11, with something uncertain beside each and a blank between
    assert classes[[5, 8, 11]].tolist() == [2, 2, 12]
    assert set(classes[[6, 7, 9, 10]].tolist()) <= {0, IGNORE}
    assert not classes[16:].any()


def test_batches_are_what_the_network_takes(cache: LinesCache) -> None:
    indices = np.arange(12)
    one = batch(cache, indices, Jitter(), np.random.default_rng(5))
    two = batch(cache, indices, Jitter(), np.random.default_rng(5))
    assert one["lines"].shape == (12, 1, 32, 320)
    assert one["lines"].dtype == torch.float32
    assert 0 <= float(one["lines"].min()) <= float(one["lines"].max()) <= 1
    assert all(torch.equal(one[key], two[key]) for key in one)
    for row, classes in zip(cache.rows[indices], one["columns"].numpy(), strict=True):
        seen = classes[(classes > 0) & (classes != np.pad(classes, (1, 0))[:-1])]
        assert seen.tolist() == row["chars"][: int(row["length"])].tolist()
    assert batch(cache, indices, STEADY, np.random.default_rng(5))["lines"].std() > 0.01


def test_decoding_merges_repeats_and_drops_blanks() -> None:
    path = [0, 5, 5, 0, 5, 11, 11, 0, 1, 0]
    logp = np.full((1, len(path), 12), -9.0, np.float32)
    logp[0, np.arange(len(path)), path] = 0.0
    assert decode(logp) == ["44/0"]


def test_scores_count_whole_lines() -> None:
    rows = np.zeros(4, ROW)
    rows["kind"] = [1, 1, 3, 0]
    for row, text in zip(rows, ["1234567", "7654321", "12/27", ""], strict=True):
        row["length"] = len(text)
        row["chars"][: len(text)] = [ALPHABET.index(char) + 1 for char in text]
    metrics = line_metrics(rows, ["1234567", "765321", "12/27", "4"])
    assert metrics["exact_clean"] == 0.5
    assert metrics["errors"] == pytest.approx(1 / 14)
    assert metrics["expiry"] == 1.0
    assert metrics["none"] == 0.0
    assert edits("kitten", "sitting") == 3


@pytest.mark.parametrize(("make", "most"), [(student, 0.5e6), (teacher, 1.0e6)])
def test_networks_keep_their_budget(make: Any, most: float) -> None:
    net = make().eval()
    assert sum(weight.numel() for weight in net.parameters()) < most < 1.5e6
    with torch.inference_mode():
        logp = net(torch.rand(2, 1, 32, 320))
    assert logp.shape == (2, 80, 12)
    np.testing.assert_allclose(logp.exp().sum(-1), 1.0, atol=1e-4)


def test_light_and_contrast_do_not_matter() -> None:
    net = student().eval()
    lines = torch.rand(1, 1, 32, 320)
    with torch.inference_mode():
        np.testing.assert_allclose(net(lines), net(lines * 0.4 + 0.3), atol=0.05)


def test_a_student_follows_its_teacher(tmp_path: Path) -> None:
    from scanapp.lab.run import Run, RunOptions

    settings = CardReaderTask.smoke(tmp_path / "data")
    Run.create(tmp_path / "teacher", "card-reader", {**settings, "size": "teacher"}, RunOptions(steps=1)).train()
    task = CardReaderTask(**settings, learn_from=str(tmp_path / "teacher"))
    _, parts = task.loss(task.network(), task.batch(np.random.default_rng(0)), 0.5)
    assert parts["teacher"] > 0
    assert parts["ctc"] > 0


def test_cutting_nothing_changes_nothing_and_cutting_keeps_what_matters() -> None:
    torch.manual_seed(3)
    large, small = teacher().eval(), student().eval()
    lines = torch.rand(4, 1, 32, 320)
    target = torch.randint(0, 12, (4, 80))

    def loss(net: Any) -> Any:
        return torch.nn.functional.nll_loss(net(lines).flatten(0, 1), target.flatten())

    same = slimmed(large, teacher().eval(), loss)
    with torch.no_grad():
        np.testing.assert_allclose(same(lines), large(lines), atol=1e-5)
    # units without any effect must be the ones that go
    with torch.no_grad():
        for layer in large.layers:
            layer.narrow.weight[:, 256:] = 0.0
            layer.wide.bias[:256] += 2.0
    cut = slimmed(large, small, loss)
    kept = {tuple(row.tolist()) for row in cut.layers[0].wide.bias.detach().split(1)}
    assert kept <= {
        tuple(row.tolist()) for layer in large.layers for row in layer.wide.bias.detach()[:256].split(1)
    }


def test_batches_may_mix_two_caches(tmp_path: Path) -> None:
    settings = CardReaderTask.smoke(tmp_path)
    mixed = CardReaderTask(**{**settings, "batch_size": 6}, also="lines-validation")
    batch_of_both = mixed.batch(np.random.default_rng(1))
    further = LinesCache.open(tmp_path / "lines-validation").rows["chars"].astype(np.int64).tolist()
    assert batch_of_both["lines"].shape == (6, 1, 32, 320)
    assert all(row in further for row in batch_of_both["targets"][3:].tolist())
    assert not all(row in further for row in batch_of_both["targets"][:3].tolist())


def test_the_commands_train_evaluate_and_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(tmp_path / "run")
    assert command("lab", "train", "card-reader", "--smoke", "--out", run) == 0
    assert command("lab", "train", "card-reader", "--resume", "--out", run, "--steps", "7") == 0
    assert command("lab", "evaluate", run) == 0
    assert "exact_moderate" in capsys.readouterr().out
    assert command("lab", "export", run, "--models", str(tmp_path / "models")) == 0
    lines = np.zeros((3, 1, 32, 320), np.float32)
    for variant in ("fp32", "int8"):
        session = ModelStore(tmp_path / "models").open("card_reader", variant=variant)
        assert session.run({"lines": lines})["logp"].shape == (3, 80, 12)
    assert "multiply-accumulates" in (tmp_path / "models" / "card_reader" / "MODEL_CARD.md").read_text()


def test_wrong_use_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("lab", "train", "card-raeder", "--out", str(tmp_path / "a")) == 2
    assert "did you mean 'card-reader'" in capsys.readouterr().err
    assert command("lab", "train", "card-reader", "--set", "size", "--out", str(tmp_path / "b")) == 2
    assert "KEY=VALUE" in capsys.readouterr().err
    assert command("lab", "export", str(tmp_path / "nothing")) == 2
    assert command("lab", "data", "cards", "--split", "other", "--cache", str(tmp_path)) == 2
    empty = CardReaderTask(cache=str(tmp_path))
    with pytest.raises(UsageError, match="scanapp lab data cards"):
        empty.batch(np.random.default_rng(0))


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as leave:
        main(list(arguments))
    return int(leave.value.code or 0)


def test_the_longest_number_fits() -> None:
    assert LONGEST >= 19
