"""JSON lines: every line at once, and clear words when the disk or the reader has gone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from views_scene import HOSTILE, confirmed

from scanapp.errors import OutputError
from scanapp.views.events_file import EventsWriter


def test_a_line_an_event_written_at_once(tmp_path):
    path = tmp_path / "events.jsonl"
    with EventsWriter(path) as writer:
        for number in range(3):
            assert writer.write(confirmed(f"text {number} 中文"))
            lines = path.read_text(encoding="utf-8").splitlines()
            assert len(lines) == number + 1, "on the disk before the next one comes"
    assert [json.loads(line)["value"]["text"] for line in lines] == [f"text {n} 中文" for n in range(3)]


def test_an_older_file_is_replaced(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text("old\n" * 100)
    with EventsWriter(path) as writer:
        writer.write(confirmed("new"))
    assert len(path.read_text().splitlines()) == 1


def test_hostile_text_stays_on_its_line(tmp_path):
    path = tmp_path / "events.jsonl"
    with EventsWriter(path) as writer:
        writer.write(confirmed(HOSTILE))
    raw = path.read_bytes()
    assert raw.count(b"\n") == 1
    assert not any(byte < 0x20 for byte in raw[:-1])
    assert json.loads(raw)["value"]["text"] == HOSTILE


@pytest.mark.parametrize(("name", "reason"), [("no/such/folder.jsonl", "No such file"), ("", "directory")])
def test_a_path_that_cannot_be_written(tmp_path, name, reason):
    with pytest.raises(OutputError, match=rf"cannot write the events file {tmp_path}.*{reason}"):
        EventsWriter(tmp_path / name)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_device_is_told_in_words():
    with (
        EventsWriter("/dev/full") as writer,
        pytest.raises(OutputError, match="/dev/full: No space left on device"),
    ):
        writer.write(confirmed("x"))


def run(script, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, **options
    )


_PROLOGUE = f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from views_scene import confirmed
from scanapp.errors import OutputError
from scanapp.views.events_file import EventsWriter
"""

_LIMITED = (
    _PROLOGUE
    + """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
writer = EventsWriter(sys.argv[1])
for number in range(100):
    try:
        writer.write(confirmed(f"text {number}"))
    except OutputError as error:
        print(number, error, file=sys.stderr)
        break
writer.close()
"""
)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes to play a full disk with")
def test_earlier_lines_survive_a_full_disk_and_no_half_line_stays(tmp_path):
    path = tmp_path / "events.jsonl"
    done = run(_LIMITED, str(path))
    number, message = done.stderr.split(" ", 1)
    assert message.startswith(f"cannot write events to {path}: ")
    lines = path.read_text().splitlines(keepends=True)
    assert len(lines) == int(number) > 0
    assert [json.loads(line)["value"]["text"] for line in lines] == [f"text {n}" for n in range(len(lines))]


_ENDLESS = (
    _PROLOGUE
    + """
writer = EventsWriter("-")
count = 0
while writer.write(confirmed("x" * 1000)):
    count += 1
    assert count < 100_000
print("left", file=sys.stderr)
print("this goes nowhere and harms nobody")
writer.close()
"""
)


@pytest.mark.skipif(sys.platform == "win32", reason="closed pipes show differently there")
def test_a_reader_that_goes_away_ends_it_quietly():
    with subprocess.Popen(
        [sys.executable, "-c", _ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        first = process.stdout.readline()
        process.stdout.close()
        complaints = process.stderr.read()
        assert process.wait(30) == 0
    assert json.loads(first)["type"] == "confirmed"
    assert complaints.strip() == "left"


def test_standard_output(capfdbinary):
    with EventsWriter("-") as writer:
        assert writer.write(confirmed("中"))
    assert json.loads(capfdbinary.readouterr().out)["value"]["text"] == "中"
    print("still open")
    assert b"still open" in capfdbinary.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_standard_output_on_a_full_disk_is_told_in_words():
    script = (
        _PROLOGUE
        + "\ntry:\n    EventsWriter('-').write(confirmed('x'))\nexcept OutputError as e:\n    sys.exit(str(e))"
    )
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr.strip() == "cannot write events to standard output: No space left on device"


def test_after_close_nothing_is_written(tmp_path):
    writer = EventsWriter(tmp_path / "events.jsonl")
    writer.close()
    writer.close()
    assert not writer.write(confirmed("late"))
    assert (tmp_path / "events.jsonl").read_bytes() == b""
