"""A window drawn with Tk, for OpenCV builds without a GUI."""

from __future__ import annotations

import tkinter

import cv2

from scanapp.errors import UsageError
from scanapp.frame import Bgr


class TkCanvas:
    """Shows pictures in a Tk window; the picture shrinks with the window and is never enlarged.

    UsageError where Tk cannot reach the display.
    """

    def __init__(self, title: str) -> None:
        try:
            self._root = tkinter.Tk(className=title)
        except tkinter.TclError as failure:
            raise UsageError(f"no window can be opened: {failure}. Use --view terminal") from failure
        self._open = True
        self._sized = False
        self._root.title(title)
        self._root.configure(background="black")
        self._root.protocol("WM_DELETE_WINDOW", self._quit)
        for key in ("q", "Q", "<Escape>"):
            self._root.bind(key, self._quit)
        self._label = tkinter.Label(self._root, background="black", borderwidth=0)
        self._label.pack(expand=True, fill="both")
        self._photo: tkinter.PhotoImage | None = None

    def draw(self, image: Bgr) -> bool:
        """Show the picture; False to quit."""
        if self._open:
            if not self._sized:
                self._sized = True
                self._root.geometry(f"{image.shape[1]}x{image.shape[0]}")
                self._root.update_idletasks()
            self._photo = tkinter.PhotoImage(master=self._root, data=_ppm(self._fitted(image)), format="PPM")
            self._label.configure(image=self._photo)
            self._root.update()
        return self._open

    def close(self) -> None:
        """Close the window."""
        self._open = False
        self._photo = None
        try:
            self._root.destroy()
        except tkinter.TclError:
            return  # it has gone already

    def _quit(self, *_: object) -> None:
        self._open = False

    def _fitted(self, image: Bgr) -> Bgr:
        width, height = self._root.winfo_width(), self._root.winfo_height()
        scale = min(1.0, width / image.shape[1], height / image.shape[0])
        if scale == 1.0 or min(width, height) < 16:  # 1×1 until the window is on the screen
            return image
        size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype("uint8", copy=False)


def _ppm(image: Bgr) -> bytes:
    """Tk reads PPM bytes faster than base64 PNG, and needs nothing installed for it."""
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return b"P6 %d %d 255 " % (image.shape[1], image.shape[0]) + rgb.tobytes()
