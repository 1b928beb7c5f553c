"""The command line as a user types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scenes import code, ground, placed
from videos import make_video

from scanapp.cli.main import main

SAMPLES = Path(__file__).parent.parent / "sample_videos"


def run(capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, error output of ``scanapp ARGUMENTS``."""
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    exit_code = left.value.code
    assert isinstance(exit_code, int)
    return exit_code, out, err


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A second of a QR code."""
    picture = cv2.cvtColor(placed(ground(), code("https://example.org/"), 120, 90), cv2.COLOR_GRAY2BGR)
    return make_video(tmp_path / "visit.mp4", [picture] * 25)


def test_a_video_gives_events_as_json_lines(capfd: pytest.CaptureFixture[str], video: Path) -> None:
    exit_code, out, _ = run(capfd, "--video", video, "--view", "none", "--events", "-")
    events = rows(out)
    assert exit_code == 0
    assert [event["type"] for event in events] == ["found", "confirmed", "lost", "summary"]
    assert (
        events[1]["value"]["payload"]
        == {"type": "url", "url": "https://example.org/"} | events[1]["value"]["payload"]
    )
    assert list(events[1]) == [
        "schema", "type", "pts", "frame", "track", "kind", "quad", "confidence", "frames_used", "value",
    ]  # fmt: skip
    assert events[-1]["frames"] + events[-1]["dropped"] == 25
    assert events[-1]["stages"]["engine"]["calls"] == events[-1]["frames"]


def test_the_terminal_view_says_what_it_found_when_nobody_watches(
    capfd: pytest.CaptureFixture[str], video: Path
) -> None:
    exit_code, out, _ = run(capfd, "--video", video, "--view", "terminal", "--pipeline", "codes")
    assert exit_code == 0
    assert "confirmed QRCode     Link to example.org" in out
    assert "\x1b" not in out


def test_a_recording_of_the_overlay_can_be_played(
    capfd: pytest.CaptureFixture[str], video: Path, tmp_path: Path
) -> None:
    import av

    record = tmp_path / "shown.mp4"
    exit_code, _, err = run(capfd, "--video", video, "--view", "none", "--record", record)
    assert exit_code == 0
    assert "frames" in err  # the summary
    with av.open(str(record)) as container:
        assert sum(1 for _ in container.decode(video=0)) > 5


def test_payment_pipeline_ends_with_the_first_code(capfd: pytest.CaptureFixture[str], video: Path) -> None:
    exit_code, out, _ = run(
        capfd, "--video", video, "--pipeline", "payment_code", "--view", "none", "--events", "-"
    )
    assert exit_code == 0
    assert rows(out)[-1]["frames"] < 25


def test_read_pictures_and_folders(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), placed(ground(), code("one"), 50, 50))
    cv2.imwrite(str(tmp_path / "b.png"), ground())
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    exit_code, out, _ = run(capfd, "read", tmp_path, "--pipeline", "codes", "--events", "-")
    by_name = {Path(row["file"]).name: row for row in rows(out)}
    assert exit_code == 2
    assert [result["value"]["text"] for result in by_name["a.png"]["results"]] == ["one"]
    assert by_name["b.png"]["results"] == []
    assert "error" in by_name["broken.png"]
    assert all(row["schema"] == 1 for row in by_name.values())


def test_read_for_people(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), placed(ground(), code("evil \x1b[31m red"), 50, 50))
    exit_code, out, _ = run(capfd, "read", tmp_path / "a.png", "--pipeline", "codes")
    assert exit_code == 0
    assert "evil ␛[31m red" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "say what to scan"),
        (["--camera", "0", "--video", "x.mp4"], "say what to scan"),
        (["--camera", "63"], "camera"),
        (["--video", "missing.mp4"], "missing.mp4"),
        (["--video", "missing.mp4", "--pipeline", "everythin"], "did you mean 'everything'?"),
        (["--video", "missing.mp4", "--device", "slow_phon"], "did you mean 'slow_phone'?"),
        (["--video", "missing.mp4", "--view", "windo"], "did you mean 'window'?"),
        (["--vidoe", "x.mp4"], "--vidoe"),
        (["raed", "x.png"], "raed"),
        (["read"], "argument"),
        (["read", "missing.png"], ""),
        (["replay", "missing.mp4"], "missing.mp4"),
        (["bench", "missing.mp4"], "missing.mp4"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_code_2(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    exit_code, _, err = run(capfd, *arguments)
    assert exit_code == 2
    assert message in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) <= 1


def test_bad_files_are_named(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("this is no video")
    for name in ("empty.mp4", "text.mp4"):
        exit_code, _, err = run(capfd, "--video", tmp_path / name, "--view", "none")
        assert exit_code == 2
        assert name in err
        assert "Traceback" not in err


@pytest.mark.parametrize("option", ["--events", "--record"])
def test_an_unwritable_path_is_said_before_the_scan(
    capfd: pytest.CaptureFixture[str], video: Path, option: str
) -> None:
    exit_code, _, err = run(capfd, "--video", video, "--view", "none", option, "/nowhere/at/all.mp4")
    assert exit_code == 2
    assert "/nowhere/at/all.mp4" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_ends_the_scan_with_a_clear_line(capfd: pytest.CaptureFixture[str], video: Path) -> None:
    exit_code, _, err = run(capfd, "--video", video, "--view", "none", "--events", "/dev/full")
    assert exit_code == 2
    assert "/dev/full" in err
    assert "No space left" in err


def test_a_truncated_video_gives_what_there_is_and_a_warning(
    capfd: pytest.CaptureFixture[str], video: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(video.read_bytes()[: int(video.stat().st_size * 0.7)])
    exit_code, out, _ = run(capfd, "--video", cut, "--view", "none", "--events", "-")
    events = rows(out)
    assert exit_code == 0
    assert any(event["type"] == "notice" and event["what"] == "truncated" for event in events)
    assert events[-1]["type"] == "summary"


def test_ctrl_c_ends_within_a_second_and_prints_the_summary(video: Path) -> None:
    command = [sys.executable, "-m", "scanapp", "--video", str(video), "--loop", "--view", "terminal"]
    process = subprocess.Popen(
        [*command, "--events", os.devnull], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "confirmed" in line:
            break
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    # A second for the scan to end, and as much again for the interpreter on a loaded machine.
    assert time.monotonic() - asked < 2.0
    assert "frames" in out
    assert "Traceback" not in err
    assert process.returncode == 0


def test_what_there_is(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(capfd, "--version")[1].startswith("scanapp ")
    assert "payment_code" in run(capfd, "pipelines")[1]
    assert "slow_phone" in run(capfd, "device")[1]


def test_no_output_holds_a_full_card_number(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    number = "5555555555554444"
    picture = cv2.cvtColor(placed(ground(), code(number, "Code128", 2), 100, 90), cv2.COLOR_GRAY2BGR)
    path = make_video(tmp_path / "card.mp4", [np.ascontiguousarray(picture)] * 20)
    arguments = ("--video", path, "--pipeline", "codes", "--view", "terminal", "--events", tmp_path / "e.jsonl")
    exit_code, out, err = run(capfd, *arguments)
    written = (tmp_path / "e.jsonl").read_text()
    assert exit_code == 0
    assert "555555" in written
    for text in (out, err, written):
        assert number not in text
        assert number.encode().hex() not in text
    assert (
        number
        in run(capfd, "--video", path, "--pipeline", "codes", "--view", "none", "--events", "-", "--reveal")[1]
    )


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="needs sample_videos/")
def test_bench_measures_decoding_cascade_and_brute_force(
    capfd: pytest.CaptureFixture[str], video: Path, tmp_path: Path
) -> None:
    exit_code, out, _ = run(
        capfd, "bench", video, "--pipeline", "codes", "--brute-every", "10", "--json", tmp_path / "b.json"
    )
    row = rows((tmp_path / "b.json").read_text())[0]
    assert exit_code == 0
    assert "visit.mp4" in out
    assert row["confirmed"] == ["QRCode:https://example.org/"] == row["brute_values"]
    assert row["brute_over_cascade"] > 0
    assert row["stages"]["observe"]["calls"] == 25
