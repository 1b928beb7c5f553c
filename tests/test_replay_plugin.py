"""The pytest plugin, in projects of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scanapp.replay.testing import ScriptedEngine, code_event, summary_event

pytest_plugins = ["pytester"]

GOOD = [code_event("https://shop.example/7", 1.0), summary_event(90)]
LATER = [code_event("https://shop.example/7", 1.1), summary_event(90)]

THREE_LINES = """
def test_checkout(scan_replay):
    result = scan_replay("videos/checkout.mp4")
    result.assert_ok()
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> ScriptedEngine:
    """A project with one video and one test; the engine's script can be changed by ``project.script``."""
    pytester.mkdir("videos").joinpath("checkout.mp4").write_bytes(b"")
    pytester.makepyfile(THREE_LINES)
    script = {"checkout.mp4": GOOD}
    engine = ScriptedEngine(script)
    monkeypatch.setattr("scanapp.replay.suite.ScannerEngine", lambda: engine)
    engine.script = script  # type: ignore[attr-defined]
    return engine


def run(pytester: pytest.Pytester, *arguments: str, passed: int = 0, failed: int = 0) -> str:
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)
    result.assert_outcomes(passed=passed, failed=failed)
    return result.stdout.str()


@pytest.mark.usefixtures("project")
def test_nothing_to_check_against_is_no_success(pytester: pytest.Pytester) -> None:
    output = run(pytester, failed=1)
    assert "checkout.mp4: nothing to check: there is neither a truth nor a golden file beside it" in output


def test_blessed_once_it_passes_until_it_changes(pytester: pytest.Pytester, project: ScriptedEngine) -> None:
    run(pytester, "--scanapp-update", passed=1)
    run(pytester, passed=1)
    project.script["checkout.mp4"] = LATER  # type: ignore[attr-defined]
    output = run(pytester, failed=1)
    assert "checkout.mp4 differs:" in output
    assert "pts: golden 1.0, now 1.1" in output
    assert "scanapp/replay" not in output.replace("\\", "/")


@pytest.mark.usefixtures("project")
def test_a_wrong_value_is_not_blessed(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("videos/checkout.truth.json").write_text('{"schema": 1, "objects": []}')
    output = run(pytester, "--scanapp-update", failed=1)
    assert "wrong code 'QRCode https://shop.example/7' at 1.000 s, frame 30: not in the scene" in output
    assert not pytester.path.joinpath("videos/checkout.golden.jsonl").exists()


@pytest.mark.usefixtures("project")
def test_a_result_tells_what_was_confirmed(pytester: pytest.Pytester) -> None:
    truth = '{"schema": 1, "fps": 30, "objects": [{"kind": "code", "visible": [[0.5, 3]], "value": '
    pytester.path.joinpath("videos/checkout.truth.json").write_text(
        truth + '{"format": "QRCode", "text": "https://shop.example/7"}}]}'
    )
    pytester.makepyfile(
        """
        def test_result(scan_replay):
            result = scan_replay("videos/checkout.mp4")
            assert result.texts == ["https://shop.example/7"]
            assert result.confirmed[0]["format"] == "QRCode"
            assert [event["type"] for event in result.events] == ["confirmed", "summary"]
            assert result.judgement.median_latency == 0.5
            assert result.golden == "none"
            result.assert_ok()
        """
    )
    run(pytester, passed=1)


def test_options_reach_the_engine(pytester: pytest.Pytester, project: ScriptedEngine) -> None:
    pytester.makepyfile(
        """
        def test_options(scan_replay):
            scan_replay("videos/checkout.mp4", pipeline="codes")
            scan_replay("videos/checkout.mp4", device="mid_phone")
        """
    )
    run(pytester, "--scanapp-device=slow_phone", "--scanapp-workers=4", passed=1)
    assert project.calls == [
        ("checkout.mp4", "codes", "slow_phone", 4),
        ("checkout.mp4", "everything", "mid_phone", 4),
    ]


def test_a_device_leaves_only_the_truth_to_check(pytester: pytest.Pytester, project: ScriptedEngine) -> None:
    run(pytester, "--scanapp-update", passed=1)
    output = run(pytester, "--scanapp-device=slow_phone", failed=1)
    assert "nothing to check: golden not compared: on slow_phone" in output
    assert project.calls[-1][2] == "slow_phone"


@pytest.mark.usefixtures("project")
def test_a_recording_is_found_beside_its_test(pytester: pytest.Pytester) -> None:
    folder = pytester.mkpydir("deep")
    pytester.path.joinpath("test_a_recording_is_found_beside_its_test.py").rename(folder / "test_deep.py")
    run(pytester, "--scanapp-update", passed=1)
    folder.joinpath("videos").mkdir()
    folder.joinpath("videos/checkout.mp4").write_bytes(b"")
    run(pytester, "--scanapp-update", passed=1)
    assert folder.joinpath("videos/checkout.golden.jsonl").exists()


@pytest.mark.usefixtures("project")
def test_a_damaged_truth_fails_the_test_with_one_clear_line(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("videos/checkout.truth.json").write_text("{")
    assert "checkout.truth.json: line 1, column 2: damaged JSON" in run(pytester, failed=1)


@pytest.mark.usefixtures("project")
def test_a_bad_number_of_workers_is_wrong_usage(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--scanapp-workers=0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--scanapp-workers*"])


def test_loading_the_plugin_loads_nothing_beyond_the_package_itself() -> None:
    script = """
import sys, pytest, scanapp
before = set(sys.modules)
import scanapp.replay.pytest_plugin
print(sorted(set(sys.modules) - before))
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == "['scanapp.replay', 'scanapp.replay.pytest_plugin']"
