"""Small plots as inline SVG: curves, stacked bars, scatter. No script, no font, no file beside the page."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence

WIDTH, HEIGHT = 620, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 150, 14, 46
COLOURS = ("#2563a8", "#d9822b", "#3a8f5c", "#a8457e", "#7a6cc0", "#7d7d7d", "#b0a02c", "#4aa3b5")
Point = tuple[float, float]


class Plot:
    """One plot. x and y: (low, high) of the axes; a logarithmic x axis where ``log``."""

    def __init__(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        *,
        x_label: str,
        y_label: str,
        log: bool = False,
        percent: bool = True,
    ) -> None:
        self._x, self._y, self._log = x, y, log
        self._parts: list[str] = []
        self._legend: list[tuple[str, str]] = []
        self._axes(x_label, y_label, percent)

    def curve(self, points: Sequence[Point], name: str, *, dashed: bool = False) -> None:
        """A line through points."""
        colour = self._colour(name)
        path = " ".join(f"{self._across(x):.1f},{self._up(y):.1f}" for x, y in points)
        dash = ' stroke-dasharray="6 4"' if dashed else ""
        self._parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')

    def dots(self, points: Iterable[Point], name: str) -> None:
        """A cloud of points."""
        colour = self._colour(name)
        places = ((self._across(x), self._up(y)) for x, y in points)
        drawn = f'r="1.6" fill="{colour}" fill-opacity=".45"'
        self._parts += [f'<circle cx="{across:.1f}" cy="{up:.1f}" {drawn}/>' for across, up in places]

    def bars(self, edges: Sequence[float], stacks: Mapping[str, Sequence[float]]) -> None:
        """Stacked bars between ``edges``; heights by name."""
        floors = [0.0] * (len(edges) - 1)
        for name, heights in stacks.items():
            colour = self._colour(name)
            for index, height in enumerate(heights):
                left, right = self._across(edges[index]), self._across(edges[index + 1])
                top, bottom = self._up(floors[index] + height), self._up(floors[index])
                floors[index] += height
                if height > 0:
                    self._parts.append(
                        f'<rect x="{left + 0.5:.1f}" y="{top:.1f}" width="{max(0.5, right - left - 1):.1f}" '
                        f'height="{bottom - top:.1f}" fill="{colour}"/>'
                    )

    def mark(self, x: float, text: str) -> None:
        """A vertical line with a word."""
        at = self._across(x)
        self._parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#b3261e"/>'
        )
        self._parts.append(f'<text x="{at + 4:.1f}" y="{TOP + 10}" fill="#b3261e">{html.escape(text)}</text>')

    def svg(self, title: str) -> str:
        """The plot."""
        legend = [
            f'<rect x="{WIDTH - RIGHT + 12}" y="{TOP + 18 * i}" width="11" height="11" fill="{colour}"/>'
            f'<text x="{WIDTH - RIGHT + 28}" y="{TOP + 10 + 18 * i}">{html.escape(name)}</text>'
            for i, (name, colour) in enumerate(self._legend)
        ]
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">'
            f"<title>{html.escape(title)}</title>{''.join(self._parts)}{''.join(legend)}</svg>"
        )

    def _colour(self, name: str) -> str:
        colour = COLOURS[len(self._legend) % len(COLOURS)]
        self._legend.append((name, colour))
        return colour

    def _across(self, x: float) -> float:
        low, high = self._x
        share = (
            (math.log(max(x, low)) - math.log(low)) / (math.log(high) - math.log(low))
            if self._log
            else (x - low) / (high - low)
        )
        return LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT)

    def _up(self, y: float) -> float:
        low, high = self._y
        return HEIGHT - BOTTOM - min(1.0, max(0.0, (y - low) / (high - low))) * (HEIGHT - TOP - BOTTOM)

    def _axes(self, x_label: str, y_label: str, percent: bool) -> None:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        for i in range(6):
            y = self._y[0] + (self._y[1] - self._y[0]) * i / 5
            at, text = self._up(y), f"{y:.0%}" if percent else f"{y:g}"
            self._parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}" stroke="#e3e3e3"/>')
            self._parts.append(f'<text x="{LEFT - 7}" y="{at + 4:.1f}" text-anchor="end">{text}</text>')
        for x in _ticks(*self._x, log=self._log):
            at = self._across(x)
            self._parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{bottom}" y2="{bottom + 4}" stroke="#555"/>')
            self._parts.append(f'<text x="{at:.1f}" y="{bottom + 17}" text-anchor="middle">{x:g}</text>')
        self._parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}" stroke="#555"/>')
        middle = (LEFT + right) / 2
        self._parts.append(
            f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{html.escape(x_label)}</text>'
        )
        half = (TOP + bottom) / 2
        self._parts.append(
            f'<text x="14" y="{half:.0f}" text-anchor="middle" transform="rotate(-90 14 {half:.0f})">'
            f"{html.escape(y_label)}</text>"
        )


def _ticks(low: float, high: float, *, log: bool) -> list[float]:
    if log:
        steps = (base * 10.0**power for power in range(-3, 5) for base in (1, 2, 5))
        return [step for step in steps if low <= step <= high]
    size = 10 ** math.floor(math.log10((high - low) / 4))
    size *= next(times for times in (1, 2, 5, 10) if (high - low) / (size * times) <= 6)
    return [size * n for n in range(math.ceil(low / size), math.floor(high / size) + 1)]
