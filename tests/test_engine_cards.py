"""Bank cards in the engine: scripted views, the real cascade and fusion."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from fusion_card_views import VISA, view
from scenes import frames, ground

from scanapp import Detection, Event, Reading, Scanner, View
from scanapp.geometry import as_quad, box_quad, coverage, transform_quad
from scanapp.pipeline import parse_pipeline
from scanapp.results import Effort, Line
from scanapp.snapshot import Snapshot
from scanapp.testing import ScriptedDetector, ScriptedRecognizer, ScriptedSource

OTHER = "4024007186539739"
MASKED, OTHER_MASKED = "453914••••••6467", "402400••••••9739"
PIPELINE = '[[recognize]]\nuse = "card"\nfusion = "card"\nspeculative_ms_per_s = 100\n'
CARD = box_quad(100, 60, 500, 312)
NUMBER = box_quad(130, 180, 470, 205)
EFFORTS = (Effort("look", 8, 0.7), Effort("fields", 45, 0.1))
Read = Callable[[View], list[Reading]]


def read_card(number: str, frame: int, expiry: str = "", holder: str = "") -> Reading:
    """As the recognizer reads it; the number line of each frame's view differs a little."""
    shaken = 4.0 * (frame % 5)
    made = view(number, expiry=expiry, holder=holder)
    lines = tuple(Line(as_quad(NUMBER + shaken), line.chars, line.name) for line in made.lines)
    return Reading("card", number, made.value, as_quad(CARD + shaken), lines=lines)


def scan(
    read: Read, count: int = 30, *, detections: list[Detection] | None = None, reveal: bool = False
) -> tuple[list[Event], list[Snapshot], ScriptedRecognizer]:
    found = detections or [Detection("card", CARD, 0.9)]
    recognizer = ScriptedRecognizer(read, kinds=("card",), efforts=EFFORTS)
    # The ground changes now and then, or nothing is searched for.
    pictures = [ground(seed=3 + index // 4) for index in range(count)]
    detector = ScriptedDetector(lambda _: found, kinds=("card", "text"))
    scanner = Scanner(parse_pipeline(PIPELINE), detectors=[detector], recognizers=[recognizer], reveal=reveal)
    snapshots: list[Snapshot] = []
    scanner.snapshots.subscribe(snapshots.append)
    return list(scanner.replay(ScriptedSource(frames(pictures, fps=10)))), snapshots, recognizer


def numbers(events: list[Event], kind: str) -> list[str]:
    return [event.value["pan"] for event in events if event.type == kind and event.value]


def test_a_card_is_found_then_confirmed_by_a_second_view_and_its_number_stays_masked() -> None:
    events, _, _ = scan(lambda v: [read_card(VISA, v.frame.index)])
    assert numbers(events, "found") == numbers(events, "confirmed") == [MASKED]
    confirmed = next(event for event in events if event.type == "confirmed")
    assert confirmed.frames_used >= 2
    assert confirmed.value is not None
    assert confirmed.value["network"] == "visa"
    assert confirmed.value["fields"]["pan"]["confidence"] > 0.99
    assert VISA not in repr(events)


def test_reveal_gives_all_digits() -> None:
    events, snapshots, _ = scan(lambda v: [read_card(VISA, v.frame.index)], reveal=True)
    assert numbers(events, "confirmed") == [VISA]
    assert not any(state.secrets for snapshot in snapshots for state in snapshot.tracks)


def test_another_card_in_the_same_place_starts_anew() -> None:
    events, _, _ = scan(lambda v: [read_card(VISA if v.frame.index < 15 else OTHER, v.frame.index)], 40)
    assert numbers(events, "confirmed") == [MASKED, OTHER_MASKED]
    lost = next(event for event in events if event.type == "lost")
    assert lost.value is not None
    assert lost.value["pan"] == MASKED
    assert (
        next(event.pts for event in events if event.type == "confirmed" and event.track != lost.track) >= lost.pts
    )


def test_one_wrong_view_changes_nothing() -> None:
    wrong = VISA[:5] + "9" + VISA[6:]
    events, _, _ = scan(lambda v: [read_card(wrong if v.frame.index == 3 else VISA, v.frame.index)])
    assert numbers(events, "confirmed") == [MASKED]


def test_expiry_and_holder_arrive_as_updates_and_the_holder_is_asked_for() -> None:
    def read(v: View) -> list[Reading]:
        name = "JANE SPECIMEN" if EFFORTS[v.effort].name == "fields" else ""
        return [read_card(VISA, v.frame.index, "08/29" if v.frame.index > 8 else "", name)]

    events, _, recognizer = scan(read)
    confirmed = next(event for event in events if event.type == "confirmed")
    assert confirmed.value is not None
    assert "holder" not in confirmed.value
    last = [event for event in events if event.type == "updated"][-1]
    assert last.value is not None
    assert (last.value["expiry"], last.value["holder"]) == ("2029-08", "JANE SPECIMEN")
    first_asked = next(number for number, v in enumerate(recognizer.views) if v.effort == 1)
    assert recognizer.views[first_asked].frame.pts >= confirmed.pts - 0.2
    assert len(recognizer.views) < 30, "a settled card is not looked at again"


def test_advice_is_told_while_nothing_can_be_read() -> None:
    blind = Reading("card", "", {}, CARD, advice="glare")
    events, snapshots, _ = scan(lambda _: [blind])
    assert [event.type for event in events] == ["summary"]
    assert "glare" in {state.advice for snapshot in snapshots for state in snapshot.tracks}


def test_the_whole_card_is_hidden_until_its_number_is_found_and_the_number_from_then_on() -> None:
    _, snapshots, _ = scan(lambda v: [read_card(VISA, v.frame.index)] if v.frame.index > 5 else [])
    unread = [state for shot in snapshots for state in shot.tracks if state.value is None]
    known = [state for shot in snapshots for state in shot.tracks if state.value is not None]
    assert unread
    assert all(coverage(state.quad, state.secrets[0]) > 0.99 for state in unread)
    assert known
    for state in known:
        moved = cv2.getPerspectiveTransform(np.array(CARD), np.array(state.quad))
        number = transform_quad(moved, NUMBER)
        assert any(coverage(number, secret) > 0.98 for secret in state.secrets)
        assert not any(coverage(state.quad, secret) > 0.9 for secret in state.secrets)


def test_print_on_a_card_is_not_proposed_as_text() -> None:
    both = [Detection("card", CARD, 0.9), Detection("text", NUMBER, 0.9)]
    _, snapshots, _ = scan(lambda v: [read_card(VISA, v.frame.index)], detections=both)
    late = [state.kind for shot in snapshots[10:] for state in shot.tracks]
    assert "card" in late
    assert "text" not in late


def test_what_is_settled_but_not_confirmed_is_not_shown_as_confirmed() -> None:
    doubtful = Line(NUMBER, tuple(((char, 0.6), ("x", 0.3)) for char in "faint"))
    recognizer = ScriptedRecognizer(
        lambda _: [Reading("text", "faint", {"text": "faint"}, CARD, 0.6, lines=(doubtful,))], kinds=("text",)
    )
    detector = ScriptedDetector(lambda _: [Detection("text", CARD, 0.9)], kinds=("text",))
    pipeline = parse_pipeline('[[recognize]]\nuse = "text"\nfusion = "text"\n')
    scanner = Scanner(pipeline, detectors=[detector], recognizers=[recognizer])
    statuses: list[str] = []
    scanner.snapshots.subscribe(lambda shot: statuses.extend(state.status for state in shot.tracks))
    events = list(scanner.replay(ScriptedSource(frames([ground(seed=3 + i // 4) for i in range(40)], fps=10))))
    assert len(recognizer.views) >= 8
    assert "confirmed" not in {event.type for event in events}
    assert "found" in statuses
    assert "confirmed" not in statuses
