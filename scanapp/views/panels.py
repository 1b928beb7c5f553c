"""The terminal view's screen: what stands where. Pure: a state goes in, a rich renderable comes out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from scanapp.events import CONFIRMED, NOTICE, Event
from scanapp.sanitize import printable
from scanapp.snapshot import Snapshot, StageTime, TrackState
from scanapp.views.base import RateMeter
from scanapp.views.card_fields import advice_words, card_fields
from scanapp.views.card_panel import leading_card
from scanapp.views.miniature import Miniature
from scanapp.views.secrets import Secrets
from scanapp.views.steady import SteadyAdvice
from scanapp.views.wording import caption, drop_count, heading

STYLES = {"seen": "bright_black", "reading": "yellow", "found": "bright_blue", "confirmed": "bright_green"}
_STAGES_WIDTH = 34
_BAR_WIDTH = 10


@dataclass
class ScreenState:
    """What the terminal view knows: the newest snapshot and what happened so far."""

    snapshot: Snapshot | None = None
    results: deque[Event] = field(default_factory=lambda: deque(maxlen=200))
    confirmed: int = 0
    notice: str = ""
    rate: RateMeter = field(default_factory=RateMeter)
    secrets: Secrets = field(default_factory=Secrets)
    card: TrackState | None = None
    advice: SteadyAdvice = field(default_factory=SteadyAdvice)

    def add(self, snapshot: Snapshot) -> None:
        """One more snapshot; only the newest picture is kept, of the events all that matter."""
        self.snapshot = snapshot
        now = snapshot.frame.pts
        self.rate.add(now, snapshot.delivered)
        self.secrets.see(now, snapshot.tracks)
        card = leading_card(snapshot.tracks)
        self.card = card and self.advice.of(card, now)
        for event in snapshot.events:
            if event.type == CONFIRMED:
                self.results.append(event)
                self.confirmed += 1
            elif event.type == NOTICE:
                self.notice = printable(str(event.data.get("message", "")), 120)


def screen(state: ScreenState, width: int, height: int, *, colour: bool = True) -> RenderableType:
    """Everything, for a terminal of ``width`` × ``height`` characters; works from 40×10 up.

    colour  False leaves the picture out: half-blocks show nothing without colours
    """
    snapshot = state.snapshot
    if snapshot is None:
        return Text("waiting for the first frame …", style="dim")
    body = height - 1
    picture_width, upper = _picture_room(snapshot, width, body)
    top = [_upper(state, snapshot, upper)]
    if colour and picture_width:
        hidden = state.secrets.at(snapshot.frame.pts, snapshot.tracks)
        top.insert(0, Layout(Miniature(snapshot.frame, snapshot.tracks, hidden), size=picture_width))
    bottom = [Layout(_results(state, body - upper - 2))]
    if snapshot.stages and width >= 2 * _STAGES_WIDTH:
        stages = Panel(_stages(snapshot.stages, body - upper - 3), title="ms  p50 / p95", border_style="dim")
        bottom.append(Layout(stages, size=_STAGES_WIDTH))
    root = Layout()
    rows = [Layout(_status(state, snapshot), size=1), Layout(size=upper, name="top"), Layout(name="bottom")]
    root.split_column(*rows)
    root["top"].split_row(*top)
    root["bottom"].split_row(*bottom)
    return root


def final_report(state: ScreenState) -> RenderableType:
    """The results that stay on the screen after the end."""
    lines = [_result_line(event) for event in state.results]
    for line in lines:
        line.no_wrap, line.overflow = False, "fold"
    return Group(*lines)


def _upper(state: ScreenState, snapshot: Snapshot, rows: int) -> Layout:
    """The tracks, and below them the card that is being read, field by field, while there is room for both."""
    room = len(card_fields(state.card)) + 2 if state.card is not None else 0
    if state.card is None or rows - room < 4:
        return Layout(Panel(_tracks(snapshot.tracks, rows - 3), title="tracks", border_style="dim"))
    both = Layout()
    both.split_column(
        Layout(Panel(_tracks(snapshot.tracks, rows - room - 3), title="tracks", border_style="dim")),
        Layout(_card(state.card), size=room),
    )
    return both


def _card(track: TrackState) -> Panel:
    """Progress of each field, and on the panel's edge what the person with the card should do."""
    table = Table(box=None, expand=True, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(no_wrap=True, width=_BAR_WIDTH)
    table.add_column(justify="right", no_wrap=True, width=5)
    for one in card_fields(track):
        style = STYLES["confirmed" if one.confirmed else "reading"]
        bar = ProgressBar(1.0, 1.0 if one.confirmed else one.confidence, _BAR_WIDTH, complete_style=style)
        share = "✓" if one.confirmed else f"{100 * one.confidence:.0f} %"
        table.add_row(Text(one.name), Text(one.shown), bar, Text(share, style=style))
    words = advice_words(track)
    advice = Text(words, style="not dim bold yellow") if words else None
    return Panel(table, title="card", subtitle=advice, border_style="dim")


def _picture_room(snapshot: Snapshot, width: int, body: int) -> tuple[int, int]:
    """Columns of the picture and rows of the screen's upper part: as large as the shape of the frame can use."""
    frame = snapshot.frame
    columns, rows = width // 2, max(5, round(body * 0.58))
    used_rows = min(rows, max(6, round(columns * frame.height / frame.width / 2)))
    used_columns = min(columns, max(8, round(2 * used_rows * frame.width / frame.height)))
    return used_columns, used_rows


def _status(state: ScreenState, snapshot: Snapshot) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(" scanapp ", style="bold reverse")
    rate = state.rate.rate
    parts = [f"{snapshot.frame.pts:.1f} s", f"{rate:.1f} fps" if rate else "", f"age {snapshot.age * 1000:.0f} ms"]
    parts.append(f"{snapshot.produced} produced = {snapshot.delivered} delivered + {_drops(snapshot.dropped)}")
    line.append("  " + " · ".join(part for part in parts if part))
    return line


def _drops(dropped: Mapping[str, int]) -> str:
    reasons = ", ".join(f"{printable(reason, 20)} {count}" for reason, count in dropped.items() if count)
    return f"{drop_count(dropped)} dropped" + (f" ({reasons})" if reasons else "")


def _tracks(tracks: Sequence[TrackState], rows: int) -> Table:
    table = Table(box=None, expand=True, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("id", justify="right", no_wrap=True)
    table.add_column("what", no_wrap=True, max_width=12)
    table.add_column("value", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("conf", justify="right", no_wrap=True)
    order = list(STYLES)
    for track in sorted(tracks, key=lambda track: (-order.index(track.status), track.id))[: max(0, rows)]:
        said = caption(track.kind, track.value) or track.status
        sure = f"{track.confidence:.2f}" if track.value else ""
        cells = (str(track.id), heading(track.kind, track.value), said, sure)
        table.add_row(*(Text(cell) for cell in cells), style=STYLES[track.status])
    return table


def _results(state: ScreenState, rows: int) -> Panel:
    """The newest results, and the last notice on the panel's edge."""
    newest = list(state.results)[-rows:] if rows > 0 else []
    notice = Text(state.notice, style="not dim yellow") if state.notice else None
    return Panel(
        Group(*(_result_line(event) for event in reversed(newest))),
        title=f"{state.confirmed} confirmed",
        subtitle=notice,
        border_style="dim",
    )


def _result_line(event: Event) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{event.pts:7.2f}s ", style="dim")
    line.append(f"{heading(event.kind, event.value):10s} ", style=STYLES["confirmed"])
    line.append(caption(event.kind, event.value))
    return line


def _stages(stages: Mapping[str, StageTime], rows: int) -> Table:
    """The stages that cost most in all, dearest first."""
    table = Table(box=None, expand=True, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    dearest = sorted(stages.items(), key=lambda item: -item[1].total_ms)
    for name, time in dearest[: max(1, rows + 1)]:
        table.add_row(Text(printable(name, 24)), f"{time.p50_ms:.1f}", f"{time.p95_ms:.1f}")
    return table
