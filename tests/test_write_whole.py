"""Files are replaced whole, by several writers at once too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scanapp.replay.write import write_whole


def test_threads_write_into_one_folder_without_taking_each_others_draft(tmp_path: Path) -> None:
    def write(index: int) -> None:
        write_whole(tmp_path / f"{index % 20}.txt", bytes([index % 20]) * 5000)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(200)))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{index}.txt" for index in range(20))
    assert all(path.read_bytes() == bytes([int(path.stem)]) * 5000 for path in tmp_path.iterdir())
