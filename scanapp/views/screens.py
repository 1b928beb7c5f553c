"""Whether a window can be opened here, asked without risk.

OpenCV's Qt build *aborts the process* when the display cannot be reached, and a headless build raises on the first
`imshow`. So everything is asked beforehand: which GUI the build names, and whether the display answers.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2


@dataclass(frozen=True, slots=True)
class Backend:
    """What can draw a window: name "opencv" or "tk", or "" with the reason in words."""

    name: str
    reason: str = ""


def window_backend() -> Backend:
    """OpenCV's GUI if its build has one and the display answers, else Tk, else none and why."""
    gui = opencv_gui()
    trouble = display_trouble(gui)
    if trouble:
        return Backend("", trouble)
    if gui and not (gui.startswith("QT") and _qt_would_abort()):
        return Backend("opencv")
    if _has_tk():
        return Backend("tk")
    return Backend("", "this OpenCV has no usable GUI and this Python no Tk: install opencv-python or python3-tk")


def opencv_gui(build_information: str | None = None) -> str:
    """The GUI that the installed OpenCV was built with ("QT5", "GTK3", "COCOA", "WIN32UI", …), "" for none."""
    found = re.search(r"^\s*GUI:\s*(\S+)", build_information or cv2.getBuildInformation(), re.MULTILINE)
    name = found.group(1).upper() if found else ""
    return "" if name in ("", "NONE", "NO") else name


def display_trouble(gui: str, platform: str = sys.platform) -> str:
    """Why no window can appear on this machine, "" when one can. Windows and macOS always have a screen."""
    if platform in ("win32", "cygwin", "darwin"):
        return ""
    if os.environ.get("DISPLAY"):
        name = os.environ["DISPLAY"]
        return "" if _x_answers(name) else f"the display {name} does not answer"
    if os.environ.get("WAYLAND_DISPLAY"):
        # The wheels' Qt and Tk speak X11 only; a distribution's GTK build speaks Wayland too.
        return "" if gui.startswith("GTK") else "Wayland without X11 (XWayland): DISPLAY is not set"
    return "there is no display (DISPLAY is not set)"


def _qt_would_abort() -> bool:
    """Whether the wheel's Qt lacks the platform plugin that it is to use, or a library that the plugin needs."""
    folder = Path(cv2.__file__).parent / "qt" / "plugins" / "platforms"
    if sys.platform != "linux" or not folder.is_dir():
        return False  # a distribution's own build: its packages see to it
    platform = os.environ.get("QT_QPA_PLATFORM", "xcb").split(":")[0]
    try:
        ctypes.CDLL(str(folder / f"libq{platform}.so"))
    except OSError:
        return True
    return False


def _has_tk() -> bool:
    try:
        import tkinter  # noqa: F401 - only asked for
    except ImportError:
        return False
    return True


@lru_cache(maxsize=4)
def _x_answers(name: str) -> bool:
    """Open the display, with its access rights, through the library that Tk and Qt use.

    It stays open: an X server starts anew when its last client leaves, and Qt would abort if it came just then.
    """
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    return x11.XOpenDisplay(name.encode()) is not None
