"""`Recorder`: the annotated stream as a video file.

Drawing and encoding cost several milliseconds a frame, so they run on a thread of their own behind a short queue.
Live, a full queue drops the frame (counted in `Recorder.dropped`) rather than slow the engine; lossless, it waits.

A card is in the picture before the engine has located it. So each frame waits `AHEAD_S` (one second of media time)
before it is drawn and encoded, and hides what the frames after it have found to be secret: about 80 MB at 30 frames
a second and 1280 pixels. The end of the stream sends out what waits.
"""

from __future__ import annotations

import atexit
import threading
from collections import deque
from pathlib import Path
from queue import Empty, Full, Queue

from scanapp.errors import OutputError
from scanapp.events import Event
from scanapp.snapshot import Snapshot
from scanapp.views.overlay import OverlayPainter, Sheet
from scanapp.views.secrets import AHEAD_S
from scanapp.views.video_file import VideoFile

_QUEUE = 8
"""Frames that may wait: a quarter of a second, 25 MB at 1080p. More would hide an encoder that is too slow."""


class Recorder:
    """A `Display` that writes to ``path`` (.mp4, .m4v, .mov or .mkv), replacing what is there.

    fps       the stream's nominal rate; every frame is placed by its own pts, so this only guides players. None: 30
    live      drop frames when encoding falls behind, instead of waiting
    max_side  pixels of the picture's longer side at most

    OutputError when the file cannot be made (at once), or when writing fails later (once, from the next `show` or
    from `close`); what was written until then is kept.
    """

    def __init__(
        self, path: str | Path, fps: float | None = None, *, live: bool = True, max_side: int = 1280
    ) -> None:
        self.dropped = 0
        self.written = 0
        self._live = live
        self._painter = OverlayPainter(max_side)
        self._file = VideoFile(Path(path), fps or 30.0)
        self._queue: Queue[Snapshot] = Queue(_QUEUE)
        self._waiting: deque[Sheet] = deque()
        self._failure: OutputError | None = None
        self._failed = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scanapp-recorder", daemon=True)
        self._thread.start()
        atexit.register(self._end_thread)  # the file is completed even if nobody calls close

    def show(self, snapshot: Snapshot) -> bool:
        """Hand the snapshot to the encoder; always True. OutputError once when writing has failed."""
        self._raise_failure()
        while not self._failed and not self._ending.is_set():
            try:
                self._queue.put(snapshot, block=not self._live, timeout=0.2)
                break
            except Full:
                if self._live:
                    self.dropped += 1
                    break
        return True

    def finish(self, summary: Event | None) -> None:
        """Complete the file."""
        del summary
        self.close()

    def close(self) -> None:
        """Encode what waits and complete the file; safe to call twice. OutputError if that fails."""
        self._end_thread()
        atexit.unregister(self._end_thread)
        self._raise_failure()

    def _end_thread(self) -> None:
        self._ending.set()
        self._thread.join()

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _run(self) -> None:
        try:
            self._encode_all()
        except OutputError as failure:
            self._fail(failure)
        except Exception as failure:  # whatever it is, the engine's thread must hear of it and must not wait for us
            self._fail(OutputError(f"recording stopped: {type(failure).__name__}: {failure}"))
        try:
            self._file.close()
        except OutputError as failure:
            self._fail(failure)

    def _fail(self, failure: OutputError) -> None:
        if not self._failed:
            self._failure = failure
        self._failed = True

    def _encode_all(self) -> None:
        while True:
            try:
                snapshot = self._queue.get(timeout=0.05)
            except Empty:
                if self._ending.is_set():
                    self._encode_until(float("inf"))
                    return
                continue
            now = snapshot.frame.pts
            if self._waiting and now < self._waiting[-1].pts:  # the stream has started anew
                self._encode_until(float("inf"))
            self._waiting.append(self._painter.take(snapshot))
            self._encode_until(now - AHEAD_S)

    def _encode_until(self, pts: float) -> None:
        """Draw and encode what was taken in before ``pts``."""
        while self._waiting and self._waiting[0].pts < pts:
            sheet = self._waiting.popleft()
            self._file.add(self._painter.finish(sheet), sheet.pts)
            self.written += 1
