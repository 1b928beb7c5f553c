"""Every benchmark explains itself, and those that are quick run on a tiny recording."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import psutil
import pytest
from scenes import still
from videos import make_video

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
FRAMES = 14
SCRIPTS = sorted(
    path.name
    for path in FOLDER.glob("*.py")
    # not for users: two that others share, and one that needs streamvision to be imported
    if path.name not in ("common.py", "products_data.py", "peer_streamvision.py")
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A moment of one QR code that says hello."""
    return make_video(
        tmp_path_factory.mktemp("clip") / "hello.mp4", [frame.bgr for frame in still("hello", FRAMES)], 30
    )


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a benchmark as a module, the way running it does."""
    monkeypatch.syspath_prepend(str(FOLDER))

    def load(name: str) -> ModuleType:
        return __import__(name)

    return load


def run(script: str, *arguments: str | Path, code: int = 0) -> str:
    """What the script prints; it must end with ``code``."""
    command = [sys.executable, "-W", "ignore", str(FOLDER / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=100, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout


def called(module: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str | Path) -> Any:
    """The JSON report of one run inside this process."""
    report = tmp_path / "report.json"
    monkeypatch.setattr(sys, "argv", [module.__name__, "--json", str(report), *map(str, arguments)])
    module.main()
    return json.loads(report.read_text(encoding="utf-8"))


OF_THE_LAB = (
    "card_fusion_lines.py",
    "card_reader_distillation.py",
    "card_reader_lines.py",
    "card_sureness.py",
)
"""They need torch, which is an extra."""


def test_every_script_explains_itself(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for script in SCRIPTS:
        if script in OF_THE_LAB and find_spec("torch") is None:
            continue
        module = bench(script.removesuffix(".py"))
        monkeypatch.setattr(sys, "argv", [script, "--help"])
        with pytest.raises(SystemExit) as ended:
            module.main()
        assert ended.value.code == 0
        said = " ".join(capsys.readouterr().out.split())
        assert str(module.__doc__).splitlines()[0] in said, script


def test_a_script_runs_by_its_path_from_anywhere() -> None:
    assert "--repeats" in run("idle.py", "--help")


def test_bars_are_judged_honestly(bench: Any) -> None:
    bar = bench("common").Bar
    assert bar("cost", 149.0, 150.0, " µs").passed
    assert not bar("cost", 151.0, 150.0).passed
    assert bar("rate", 28.0, 28.0, at_least=True).passed
    assert not bar("rate", 27.9, 28.0, at_least=True).passed
    assert not bar("nothing measured", float("nan"), 1.0).passed
    assert str(bar("cost", 151.0, 150.0, " µs")) == "MISS  cost: 151 µs (bar ≤ 150 µs)"


def test_overhead_of_the_exact_and_the_live_path(bench: Any) -> None:
    overhead = bench("engine_overhead")
    for cost in (overhead.exact_cost((64, 48), 40), overhead.live_cost((64, 48), 40, 0.0)):
        assert 0 < cost.level0_us < cost.all_us
        assert cost.engine_us == pytest.approx(cost.all_us - cost.level0_us)


def test_a_missing_peer_is_said_not_raised(bench: Any, tmp_path: Path) -> None:
    report = bench("common").Report("test")
    bench("engine_overhead")._beside_peer(report, tmp_path / "no_python", None, 10, 1)
    assert "left out" in report.remarks[0]
    assert "no_python" in report.remarks[0]


def test_idle_breaks_the_cost_down(bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path) -> None:
    report = called(bench("idle"), monkeypatch, tmp_path, "--pipeline", "codes", "--repeats", "1", clip)
    (stages, looks) = report["tables"].values()
    by_name = {row["stage"]: row for row in stages}
    assert by_name["decoding alone"]["calls"] == FRAMES
    parts = sum(row["ms a frame"] for row in stages if row["stage"] != "cascade, all")
    assert parts == pytest.approx(by_name["cascade, all"]["ms a frame"])
    assert looks[0]["charged"] > 0
    assert report["bars"][0]["limit"] == 2.0


def test_peers_are_scored_against_truth(
    bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path
) -> None:
    (tmp_path / "manifest.jsonl").write_text(
        json.dumps(
            {
                "file": "there.mp4",
                "kind": "code",
                "texts": {"absent": "QRCode"},
                "false_reads_of_a_single_frame_decoder": ["hello"],
            }
        )
        + "\n"
        + json.dumps({"file": "gone.mp4", "kind": "code", "texts": {}})
        + "\n"
    )
    (tmp_path / "there.mp4").write_bytes(clip.read_bytes())
    report = called(bench("peers"), monkeypatch, tmp_path, clip, "--data", tmp_path)
    unknown, known, _totals = report["tables"].values()
    assert all(row["values"] == 1 and row["false"] is None for row in unknown[:2])
    assert [(row["right of required"], row["false"]) for row in known[:2]] == [("0/1", 1)] * 2


def test_peers_forgive_only_what_is_written_differently(bench: Any) -> None:
    same = bench("peers")._same
    assert same("0012345678905", "012345678905")
    assert same("0104006040197386", "(01)04006040197386")
    assert same("Version1QR", "Version 1 QR")
    assert same("OAK5json", '{"lastNode":"OAK5"}')
    assert not same("OAK5json", '{"lastNode":"OAK7"}')
    assert not same("4006040197386", "4006040197387")


def test_replays_are_compared(bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path) -> None:
    report = called(bench("replay_identity"), monkeypatch, tmp_path, "--pipeline", "codes", "--hogs", "1", clip)
    (row,) = report["tables"]["event logs of four replays (wall seconds)"]
    assert row["identical"] == "yes"
    assert row["bytes"] > 100


def test_a_replay_that_differs_is_reported(
    bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path
) -> None:
    module = bench("replay_identity")
    logs = iter([b"same\n", b"same\n", b"other\n", b"same\n"])
    monkeypatch.setattr(module, "_log", lambda *_: (next(logs), 0.1))
    with pytest.raises(SystemExit, match="1"):
        called(module, monkeypatch, tmp_path, "--pipeline", "codes", "--hogs", "0", clip)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert "once / 4 workers, line 1: same / other" in report["remarks"][0]
    assert not report["bars"][0]["passed"]


def test_hogs_are_ended_with_the_block_and_with_their_parent(bench: Any) -> None:
    with bench("replay_identity").busy(1) as (hog,):
        assert hog.poll() is None
    assert hog.poll() is not None
    script = (
        "import sys, os; sys.path.insert(0, sys.argv[1]); import replay_identity as r\n"
        "with r.busy(1) as (hog,): print(hog.pid, flush=True); os._exit(0)"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    give_up = time.monotonic() + 20
    while psutil.pid_exists(int(done.stdout)) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(done.stdout))


def test_slope_is_that_of_the_second_half(bench: Any) -> None:
    slope = bench("soak").slope
    loading = [(minute / 10, 100.0 * minute) for minute in range(10)]
    steady = [(1 + minute / 10, 1000.0 + 0.25 * minute) for minute in range(10)]
    assert slope(loading + steady) == pytest.approx(2.5)
    assert slope([(0.0, 1.0), (1.0, 9.0)]) == 0.0


def test_soak_plays_and_replays(bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path) -> None:
    soak = bench("soak")
    live = ("--pipeline", "codes", "--minutes", "0.02", "--every", "0.2", clip)
    report = called(soak, monkeypatch, tmp_path, *live)
    assert [bar["what"] for bar in report["bars"]] == ["resident memory, most", "slope of the second half"]
    assert any("frames delivered" in line for line in report["remarks"])
    report = called(soak, monkeypatch, tmp_path, "--pipeline", "codes", "--fast", "--rounds", "2", clip)
    assert any("kB a round" in line for line in report["remarks"])


def test_live_pacing_paints_and_times(
    bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path
) -> None:
    report = called(bench("live_pacing"), monkeypatch, tmp_path, "--pipeline", "codes", "--seconds", "5", clip)
    figures = {row["figure"]: row["value"] for row in report["tables"]["live"]}
    produced, delivered, shown = map(int, figures["frames produced / delivered / shown"].split(" / "))
    assert produced == FRAMES
    assert 0 < shown <= delivered <= produced
    assert "hello" in figures["confirmed"]
    ages = [float(age) for age in figures["age when shown, ms (p50 p95 p99)"].split()]
    done = [float(age) for age in figures["- when the engine is done"].split()]
    assert all(age > earlier for age, earlier in zip(ages, done, strict=True))


@pytest.mark.slow
def test_idle_makes_its_own_clips(bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    arguments = ("--pipeline", "codes", "--repeats", "1", "--seconds", "0.5", "--clips", clips, "--data", tmp_path)
    report = called(bench("idle"), monkeypatch, tmp_path, *arguments)
    assert (clips / "noisy_room_1080p.mp4").is_file()
    assert any("left out" in line for line in report["remarks"])


def test_pictures_are_fitted_by_cutting(bench: Any) -> None:
    common = bench("common")
    picture = np.zeros((90, 160, 3), np.uint8)
    assert common.fitted(picture, (100, 100)).shape == (100, 100, 3)
    assert common.fitted(picture, (320, 180)).shape == (180, 320, 3)


def test_a_clip_that_failed_is_not_taken_for_whole_the_next_time(bench: Any, tmp_path: Path) -> None:
    picture = np.zeros((32, 32, 3), np.uint8)

    def broken() -> Any:
        yield from [picture] * 30
        raise OSError("the camera burns")

    with pytest.raises(OSError, match="burns"):
        bench("common").write_clip(tmp_path / "clip.mp4", broken())
    whole = bench("common").write_clip(tmp_path / "clip.mp4", [picture] * 8)
    assert len(list(bench("common").frames_of(whole))) == 8
    kept = bench("common").write_clip(whole, broken())
    assert kept == whole
