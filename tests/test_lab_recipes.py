# ruff: noqa: E402 (the imports below need torch, which may be missing)
"""Recipes: what stands in the file is what is trained; arms and seeds are compared, and what is finished stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("matplotlib")

from scanapp.cli.main import main
from scanapp.errors import UsageError
from scanapp.lab import tasks
from scanapp.lab.compare import Result, cook, summed, verdicts
from scanapp.lab.recipe import load_recipe, parse_recipe, shipped_recipes
from scanapp.lab.run import Run

WIDTHS = """
task = "toy"
seeds = [1, 2]

[schedule]
steps = 30
minutes = 5
rate = 0.02
average = 0.9
evaluate_every = 99

[[arm]]
name = "narrow"
network = { width = 2 }

[[arm]]
name = "wide"
network = { width = 24 }
schedule = { steps = 60 }
"""


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tasks.TASKS, "toy", "lab_toy:ToyTask")


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as leave:
        main(list(arguments))
    return int(leave.value.code or 0)


def test_a_recipe_s_arms_are_trained_with_every_seed_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "widths.toml"
    file.write_text(WIDTHS)
    out = tmp_path / "out"
    assert command("lab", "train", str(file), "--out", str(out)) == 0
    assert "wide against narrow" in capsys.readouterr().out
    assert {path.name for path in out.iterdir() if path.is_dir()} == {"narrow-1", "narrow-2", "wide-1", "wide-2"}
    config = json.loads((out / "wide-2" / "config.json").read_text())
    assert config["settings"] == {"width": 24}
    assert (config["options"]["steps"], config["options"]["seed"]) == (60, 2)
    found = json.loads((out / "comparison.json").read_text())
    assert len(found["runs"]) == 4
    assert found["arms"]["wide"]["right"]["mean"] > 0.8
    for picture in ("comparison.svg", "wide-1/loss.svg", "wide-1/score.svg"):
        assert (out / picture).read_text().startswith("<?xml")

    before = [(out / "wide-1" / name).read_bytes() for name in ("last.pt", "metrics.jsonl")]
    assert command("lab", "train", str(file), "--out", str(out)) == 0
    assert [(out / "wide-1" / name).read_bytes() for name in ("last.pt", "metrics.jsonl")] == before


def test_one_arm_and_one_seed_are_one_run_and_the_command_line_wins(tmp_path: Path) -> None:
    recipe = parse_recipe('task = "toy"\n[network]\nwidth = 4\n[schedule]\nsteps = 9\nminutes = 5\n', "one", "one")
    (only,) = cook(recipe, tmp_path / "run", settings={"width": "8"}, schedule={"steps": 4})
    run = Run.open(tmp_path / "run")
    assert only.folder == tmp_path / "run"
    assert (run.options.steps, run.task.network()[3].out_features) == (4, 8)
    assert run.is_spent()
    assert run.last_metrics()["right"] == pytest.approx(only.metrics["right"], abs=1e-4)
    (longer,) = cook(recipe, tmp_path / "run", schedule={"steps": 6})
    assert torch.load(longer.folder / "last.pt", weights_only=True)["step"] == 6


def test_means_that_lie_within_the_seeds_spread_are_not_told_apart() -> None:
    def results(arm: str, values: list[float]) -> list[Result]:
        return [Result(arm, seed, Path(), {"right": value}) for seed, value in enumerate(values)]

    close = summed([*results("a", [0.5, 0.6, 0.7]), *results("b", [0.6, 0.7, 0.8])])
    assert verdicts(close, "right") == ["b against a: +0.1000 right, not told apart by these seeds"]
    apart = summed([*results("a", [0.5, 0.51, 0.52]), *results("b", [0.4, 0.41, 0.42])])
    assert verdicts(apart, "right") == ["b against a: -0.1000 right, worse"]


def test_distillation_is_a_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    arguments = ("lab", "distill", "card_reader_distill", "--smoke", "--steps", "1", "--out", str(out))
    recipe = tmp_path / "short.toml"
    recipe.write_text(
        'task = "card-reader"\n[network]\nsize = "student@width=64,depth=1"\n[[arm]]\nname = "alone"\n'
        '[[arm]]\nname = "taught"\ndistill = { learn_from = "{teacher}" }\n'
    )
    assert command("lab", "distill", str(recipe), *arguments[3:]) == 0
    assert "taught against alone" in capsys.readouterr().out
    taught = json.loads((out / "taught-1" / "config.json").read_text())["settings"]
    assert taught["learn_from"] == str(out / "teacher")
    assert "teacher" in json.loads((out / "taught-1" / "metrics.jsonl").read_text().splitlines()[0])

    assert command("lab", "distill", "card_reader_distill", "--out", str(tmp_path / "b")) == 2
    assert "--teacher RUN" in capsys.readouterr().err
    assert command("lab", "distill", "card_reader", "--out", str(tmp_path / "c")) == 2
    assert "has no teacher" in capsys.readouterr().err


@pytest.mark.parametrize("name", shipped_recipes())
def test_shipped_recipes_name_what_there_is(name: str) -> None:
    recipe = load_recipe(name).with_teacher("runs/teacher")
    for arm in recipe.arms:
        made = tasks.task(recipe.task, {**recipe.settings, **arm.settings})
        assert made.network().parameters()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('task = "card-raeder"', "did you mean 'card-reader'"),
        ('task = "toy"\nseed = 3', "unknown key 'seed' .did you mean 'seeds'"),
        ('task = "toy"\nseeds = []', "seeds must be a list of whole numbers"),
        ('task = "toy"\n[schedule]\nminuets = 3', r"\[schedule\]: unknown key 'minuets'"),
        ('task = "toy"\nnetwork = 3', r"network must be a table"),
        ('task = "toy"\n[[arm]]\nname = "a"\n[[arm]]\nname = "a"', "two arms have the same name"),
        ('task = "toy"\n[[arm]]\nname = "a/b"', r"\[\[arm\]\] 1: name must be a word"),
        ("task = ", "not valid TOML"),
    ],
)
def test_a_wrong_recipe_says_where(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_recipe(text, "mine", "mine.toml")


def test_an_unknown_recipe_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("lab", "train", str(tmp_path / "nowhere.toml")) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert command("lab", "supernet", "train", "card_reader_supernte") == 2
    assert "did you mean 'card_reader_supernet'" in capsys.readouterr().err
