"""Products in the engine: scripted looks, the real cascade and fusion."""

from __future__ import annotations

from scenes import frames, ground

from scanapp import Detection, Event, Reading, Scanner
from scanapp.geometry import box_quad
from scanapp.pipeline import parse_pipeline
from scanapp.results import View
from scanapp.testing import ScriptedDetector, ScriptedRecognizer, ScriptedSource

PIPELINE = '[[recognize]]\nuse = "product"\nfusion = "product"\nspeculative_ms_per_s = 200\n'
THING = box_quad(100, 60, 500, 312)


def look(sku: str) -> Reading:
    """A sure look at a product; "" is none that is known."""
    share = 0.95
    value = {"sku": sku, "name": sku.upper() or "unknown", "score": share, "alternatives": []}
    strength = 0.5 if sku else 0.0
    return Reading("product", f"sku:{sku}" if sku else "unknown", value, THING, share, strength)


def scan(shown: list[str], looks: list[int] | None = None) -> list[Event]:
    """Events of a picture that hardly changes while, frame by frame, something else is shown in it; the frames that
    were looked at go into ``looks``."""

    def script(view: View) -> list[Reading]:
        if looks is not None:
            looks.append(view.frame.index)
        return [look(shown[view.frame.index])]

    recognizer = ScriptedRecognizer(script, kinds=("product",))
    detector = ScriptedDetector(lambda _: [Detection("product", THING, 0.9)], kinds=("product",))
    # the ground changes once, so that there is something to search; then nothing moves
    pictures = [ground(seed=3 + (index > 2)) for index in range(len(shown))]
    scanner = Scanner(parse_pipeline(PIPELINE), detectors=[detector], recognizers=[recognizer])
    return list(scanner.replay(ScriptedSource(frames(pictures, fps=10))))


def told(events: list[Event], kind: str) -> list[str]:
    return [event.value["sku"] for event in events if event.type == kind and event.value]


def test_a_sibling_put_in_a_product_s_place_is_told_though_no_pixel_says_so() -> None:
    events = scan(["mild"] * 15 + ["hot"] * 35)
    assert told(events, "confirmed") == ["mild", "hot"]


def test_what_stays_is_told_once() -> None:
    events = scan(["mild"] * 50)
    assert told(events, "confirmed") == told(events, "found") == ["mild"]


def test_one_unlucky_look_changes_nothing() -> None:
    for other in ("hot", ""):
        shown = ["mild"] * 50
        shown[25:31] = [other] * 6  # looks at a settled thing are 0.8 s apart: one of them falls in here
        assert told(scan(shown), "confirmed") == ["mild"]


def test_clutter_is_not_looked_at_on_every_frame() -> None:
    looks: list[int] = []
    scan([""] * 50, looks)
    assert 3 <= len(looks) <= 8
    assert looks[-1] - looks[-2] > looks[1] - looks[0]
