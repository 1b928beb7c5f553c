"""`WindowView`: the annotated frame in a window, drawn with what the machine has."""

from __future__ import annotations

import sys
import threading
from typing import Protocol

import cv2

from scanapp.errors import UsageError
from scanapp.events import Event
from scanapp.frame import Bgr
from scanapp.snapshot import Snapshot
from scanapp.views.overlay import OverlayPainter
from scanapp.views.screens import window_backend
from scanapp.views.wording import summary_line

TITLE = "scanapp"
_QUIT_KEYS = (ord("q"), ord("Q"), 27)


class Canvas(Protocol):
    """A window that shows pictures."""

    def draw(self, image: Bgr) -> bool:
        """Show the picture and handle keys; False when the user pressed q or Esc or closed the window."""

    def close(self) -> None:
        """Close the window."""


class WindowView:
    """A `Display` in a window. Make it, use it and close it on the main thread: GUIs work nowhere else.

    max_side  pixels of the picture's longer side at most

    UsageError where no window can be opened; its message says why and what to do.
    """

    def __init__(self, max_side: int = 1280) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise UsageError("a window can only be shown from the main thread: use the terminal view on this one")
        self._painter = OverlayPainter(max_side)
        self._canvas: Canvas | None = _open_canvas()

    def show(self, snapshot: Snapshot) -> bool:
        """Draw the snapshot; False once the user pressed q or Esc or closed the window."""
        if self._canvas is not None and not self._canvas.draw(self._painter.paint(snapshot)):
            self.close()
        return self._canvas is not None

    def finish(self, summary: Event | None) -> None:
        """Close the window; the summary goes to standard error, where whoever started it looks next."""
        self.close()
        if summary is not None:
            print(summary_line(summary), file=sys.stderr)

    def close(self) -> None:
        """Close the window; safe to call twice."""
        canvas, self._canvas = self._canvas, None
        if canvas is not None:
            canvas.close()


def _open_canvas() -> Canvas:
    backend = window_backend()
    if backend.name == "opencv":
        return OpenCvCanvas()
    if backend.name == "tk":
        from scanapp.views.tk_canvas import TkCanvas

        return TkCanvas(TITLE)
    raise UsageError(f"no window can be opened: {backend.reason}. Use --view terminal, or --record to see it later")


class OpenCvCanvas:
    """OpenCV's own window; only where `window_backend` allows it."""

    def __init__(self) -> None:
        self._sized = False
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)

    def draw(self, image: Bgr) -> bool:
        """Show the picture; False to quit."""
        if not self._sized:
            self._sized = True
            cv2.resizeWindow(TITLE, image.shape[1], image.shape[0])
        cv2.imshow(TITLE, image)
        key = cv2.waitKey(1) & 0xFF
        return key not in _QUIT_KEYS and _is_open()

    def close(self) -> None:
        """Close the window, which the user may have closed already."""
        try:
            cv2.destroyWindow(TITLE)
            cv2.waitKey(1)  # some GUIs close at the next turn of their event loop only
        except cv2.error:
            return


def _is_open() -> bool:
    try:
        return bool(cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) >= 1)
    except cv2.error:
        return False  # Qt raises once its last window has gone
