"""``scanapp device`` and ``scanapp models`` as their users meet them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scanapp.cli.main import main
from scanapp.devices import measure
from scanapp.devices.device import VIRTUAL
from scanapp.devices.profile import FOLDER_VARIABLE, load_profile, profile_path
from scanapp.errors import UsageError
from scanapp.inference.store import ModelStore
from scanapp.scanner import Scanner


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as leave:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(leave.value.code or 0), out, err


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "kept"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(measure.measure_profile, "__kwdefaults__", {"probe_s": 0.02})
    return tmp_path / "kept"


def test_a_machine_is_measured_kept_and_planned_for(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, out, err = run(capsys, "device", "--stored")
    assert (code, out) == (2, "")
    assert "run 'scanapp device'" in err
    code, out, _ = run(capsys, "device")
    assert code == 0
    assert all(name in out for name in VIRTUAL)
    assert "product8" in out
    profile = load_profile()
    assert profile is not None
    assert profile.cores >= 1
    assert set(profile.probe_ms[1]) == set(json.loads((folder / "device.json").read_text())["probe_ms"]["1"])
    assert run(capsys, "device", "--stored")[0] == 0
    code, out, _ = run(capsys, "device", "plan", "--pipeline", "card_binding")
    assert code == 0
    assert re.search(r"card_reader .* chosen", out)
    assert "ms a frame of 33.3" in out
    Scanner("card_binding", device="auto")


def test_a_plan_says_what_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "device", "plan", "--device", "slow_phone", "--budget-ms", "23")
    assert "to fit, detectors look at" in out
    _, out, _ = run(capsys, "device", "plan", "--device", "slow_phone", "--budget-ms", "5")
    assert "does not fit" in out
    _, out, _ = run(capsys, "device", "plan", "--device", "fast_phone", "--pipeline", "codes")
    assert "nothing to choose" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["device", "plan", "--device", "slow_fone"], "did you mean 'slow_phone'"),
        (["device", "plan", "--pipeline", "everthing"], "did you mean 'everything'"),
        (["device", "plan", "--device", "reference", "--budget-ms", "0"], "positive"),
        (["device", "fleet", "--report", "missing/fleet.html"], "cannot be written"),
        (["models", "bench", "card_raeder"], "did you mean 'card_reader'"),
        (["models", "export", "card_reader", "--variant", "int9", "--out", "x.onnx"], "did you mean 'int8'"),
    ],
)
def test_mistakes_are_one_clear_line(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


def test_a_damaged_profile_is_named(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    folder.mkdir()
    profile_path().write_text('{"schema": 1}', encoding="utf-8")
    code, _, err = run(capsys, "device", "plan")
    assert code == 2
    assert "device.json: no device profile" in err
    with pytest.raises(UsageError, match="measure anew"):
        Scanner("codes", device="auto")


def test_a_fleet_becomes_one_page(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "fleet.html"
    code, out, _ = run(capsys, "device", "fleet", "--report", str(file), "--devices", "40")
    assert code == 0
    assert "none was measured" in out
    page = file.read_text(encoding="utf-8")
    assert "simulated" in page
    assert page.count("<svg") >= 5
    assert not re.search(r"(src|href)\s*=|@import|url\(", page), "nothing is loaded from elsewhere"


def test_models_are_measured_and_copied(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "models", "bench", "card_reader", "--seconds", "0.02")
    assert code == 0
    assert re.search(r"card_reader .* int8 .* \d+\.\d\d", out)
    assert "card_layout" not in out
    copy = tmp_path / "copy.onnx"
    assert run(capsys, "models", "export", "card_reader", "--variant", "fp32", "--out", str(copy))[0] == 0
    store = ModelStore()
    assert copy.read_bytes() == store.content(store.find("card_reader", "fp32"))


def test_the_manifest_counts_are_up_to_date(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for path in ModelStore().root.rglob("*"):
        if path.suffix in (".onnx", ".toml"):
            copy = tmp_path / "models" / path.relative_to(ModelStore().root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    code, out, _ = run(capsys, "models", "count", "--root", str(tmp_path / "models"))
    assert code == 0
    assert out.startswith("0 of")
