"""`EventsWriter`: events as JSON lines into a file or to standard output.

Each line goes to the operating system on its own and at once: what has been written stays written, whatever
happens next. A line that a full disk cut short is taken back, so that the file stays valid.
"""

from __future__ import annotations

import contextlib
import os
import sys
from io import RawIOBase
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from scanapp.errors import OutputError
from scanapp.events import Event


class EventsWriter:
    """Writes to ``path``, replacing what is there; ``"-"`` is standard output.

    OutputError when the file cannot be made or a line cannot be written. A reader that goes away (``| head``) is no
    error: `write` then returns False, and nothing more is written.
    """

    def __init__(self, path: str | Path) -> None:
        self._name = "standard output" if str(path) == "-" else str(path)
        self._owned = str(path) != "-"
        self._reader_gone = False
        self._stream: RawIOBase | BinaryIO = self._open(Path(path)) if self._owned else _raw_stdout()

    def write(self, event: Event) -> bool:
        """One line; False when nobody reads any more."""
        if self._reader_gone or self._stream.closed:
            return False
        try:
            self._write_line(f"{event.to_json()}\n".encode())
        except BrokenPipeError:
            self._reader_left()
        except OSError as failure:
            raise OutputError(f"cannot write events to {self._name}: {_reason(failure)}") from failure
        return not self._reader_gone

    def close(self) -> None:
        """Close the file; standard output stays open. Safe to call twice."""
        if not self._owned or self._stream.closed:
            return
        try:
            self._stream.close()
        except OSError as failure:
            raise OutputError(f"cannot finish the events file {self._name}: {_reason(failure)}") from failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, path: Path) -> RawIOBase:
        try:
            return path.open("wb", buffering=0)
        except OSError as failure:
            raise OutputError(f"cannot write the events file {path}: {_reason(failure)}") from failure

    def _write_line(self, line: bytes) -> None:
        written = 0
        try:
            while written < len(line):
                written += self._stream.write(line[written:]) or 0
            self._stream.flush()
        except OSError:
            self._take_back(written)
            raise

    def _take_back(self, written: int) -> None:
        if self._owned and written:
            with contextlib.suppress(
                OSError
            ):  # a pipe or device cannot; then the half line is the reader's to skip
                end = os.lseek(self._stream.fileno(), -written, os.SEEK_CUR)
                os.ftruncate(self._stream.fileno(), end)

    def _reader_left(self) -> None:
        self._reader_gone = True
        if not self._owned:
            # Python flushes stdout once more at exit and would complain there: give it somewhere to write to.
            with contextlib.suppress(OSError, ValueError):
                void = os.open(os.devnull, os.O_WRONLY)
                os.dup2(void, sys.stdout.fileno())
                os.close(void)


def _raw_stdout() -> RawIOBase | BinaryIO:
    """Standard output below Python's buffers, so that an error shows at once and nothing is left to flush."""
    sys.stdout.flush()
    raw: RawIOBase | BinaryIO = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
    return raw


def _reason(failure: OSError) -> str:
    return failure.strerror or str(failure)
