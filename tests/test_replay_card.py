"""The judge of cards: whole numbers are compared, masked ones are written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scanapp.errors import ReplayError
from scanapp.events import FOUND, LOST, UPDATED, Event
from scanapp.payloads.card_number import CardNumber
from scanapp.privacy import mask_value
from scanapp.replay.explain import explain
from scanapp.replay.judge import judge
from scanapp.replay.options import Options
from scanapp.replay.outcome import Golden, Status
from scanapp.replay.suite import replay_suite
from scanapp.replay.testing import ScriptedEngine, card_event, code_event, summary_event
from scanapp.replay.truth import Interval, Truth, TruthObject, parse_truth
from scanapp.replay.verdicts import Judgement

PAN, MASKED = "4012888888881881", "401288••••••1881"
SAME_MASK = "4012888888991881"
FPS = 30.0


def card(pan: str = PAN, *visible: Interval, id: str = "card", **more: Any) -> TruthObject:
    readable = more.pop("readable", None)
    return TruthObject(id, "card", {"pan": pan} | more, visible=visible or None, readable=readable)


def judged(things: Sequence[TruthObject], events: Sequence[Event]) -> Judgement:
    rows = [event.to_dict() for event in [*events, summary_event(300)]]
    return judge(rows, Truth(tuple(things), fps=FPS))


def test_a_number_confirmed_once_is_found_with_its_latency() -> None:
    judgement = judged([card(PAN, (0.5, 4.0), readable=((0.8, 3.9),))], [card_event(PAN, 1.5)])
    (verdict,) = judgement.verdicts
    assert judgement.ok
    assert (verdict.status, verdict.value, verdict.latency_readable) == ("found", MASKED, 0.7)


@pytest.mark.parametrize("other", [SAME_MASK, PAN[:-1], "5555555555554444"])
def test_any_other_digit_is_wrong(other: str) -> None:
    judgement = judged([card(PAN, (0, 4))], [card_event(other, 1.0)])
    assert [finding.why for finding in judgement.wrong] == ["not in the scene"]
    assert len(judgement.missed) == 1


def test_what_the_judge_says_is_masked() -> None:
    judgement = judged([card(PAN, (0, 4))], [card_event(SAME_MASK, 1.0)])
    said = repr(judgement)
    assert MASKED in said
    assert PAN not in said
    assert SAME_MASK not in said


def test_twice_in_one_stay_is_a_duplicate_and_two_cards_are_two() -> None:
    twice = [card_event(PAN, 1.0), card_event(PAN, 3.0, track=2)]
    assert len(judged([card(PAN, (0, 4))], twice).duplicates) == 1
    both = [card(PAN, (0, 2)), card("5555555555554444", (2.5, 5), id="second")]
    assert judged(both, [card_event(PAN, 1.0), card_event("5555555555554444", 3.0, track=2)]).ok


def test_where_no_card_is_no_number_may_be_offered() -> None:
    assert judged([], []).ok
    assert len(judged([], [card_event(PAN, 1.0)]).wrong) == 1
    doubtful = [card_event(PAN, 1.0, type=FOUND), card_event(PAN, 1.2, type=LOST)]
    assert [finding.why for finding in judged([], doubtful).wrong] == ["there is no card's number in the scene"]
    assert judged([card(PAN, (0, 4))], [card_event(SAME_MASK, 1.0, type=FOUND), card_event(PAN, 2.0)]).ok, (
        "where a card is, what is not yet confirmed may change"
    )


def test_a_number_that_changes_after_it_was_confirmed_is_wrong() -> None:
    events = [card_event(PAN, 1.0), card_event(SAME_MASK, 2.0, type=UPDATED)]
    assert [finding.why for finding in judged([card(PAN, (0, 4))], events).wrong] == [f"was confirmed as {MASKED}"]


@pytest.mark.parametrize(
    ("said", "sure", "wrong"),
    [
        ({"expiry": "2031-09", "holder": "Ada  Specimen"}, ("pan", "expiry", "holder"), []),
        ({"expiry": "2031-08"}, ("pan", "expiry"), ["2031-08"]),
        ({"expiry": "2031-08"}, ("pan",), []),
        ({"holder": "ADA SPECIMAN"}, ("holder",), ["ADA SPECIMAN"]),
        ({}, ("pan",), []),
    ],
)
def test_fields_given_as_certain_must_be_right(
    said: dict[str, Any], sure: tuple[str, ...], wrong: list[str]
) -> None:
    thing = card(PAN, (0, 4), expiry="2031-09", holder="ADA SPECIMEN")
    late = [card_event(PAN, 1.0, sure=("pan",)), card_event(PAN, 2.0, type=UPDATED, sure=sure, **said)]
    judgement = judged([thing], late)
    assert [finding.value for finding in judgement.wrong] == wrong
    assert judgement.found == 1


def test_a_certain_field_that_the_card_does_not_have_is_wrong() -> None:
    assert len(judged([card(PAN, (0, 4))], [card_event(PAN, 1.0, holder="GHOST")]).wrong) == 1


def truth_file(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": 1,
        "fps": FPS,
        "objects": [{"id": "card", "kind": "card", "value": value, "visible": [[0, 4]]}],
    }


def test_truth_files_of_cards() -> None:
    truth = parse_truth(truth_file({"pan": PAN, "expiry": "2031-09", "bank": "any"}), "x")
    assert truth.objects[0].value == {"pan": PAN, "expiry": "2031-09"}
    for pan in ("4012 8888 8888 1881", "", "401288••••••1881"):
        with pytest.raises(ReplayError, match="without blanks"):
            parse_truth(truth_file({"pan": pan}), "x")
    with pytest.raises(ReplayError, match="pan: missing"):
        parse_truth(truth_file({}), "x")


def replayed(folder: Path, events: Sequence[Event], **options: Any) -> Any:
    (folder / "x.mp4").touch()
    (folder / "x.truth.json").write_text(json.dumps(truth_file({"pan": PAN})), encoding="utf-8")
    engine = ScriptedEngine({"x.mp4": [*events, summary_event(120)]})
    (outcome,) = replay_suite([folder / "x.mp4"], Options(**options), engine=engine)
    return outcome


def test_logs_and_goldens_are_masked_and_the_judge_sees_each_digit(tmp_path: Path) -> None:
    events = [card_event(PAN, 1.0, type=FOUND), card_event(PAN, 1.2)]
    outcome = replayed(tmp_path, events, update=True, events_folder=tmp_path / "logs")
    assert outcome.status is Status.OK
    assert outcome.golden.state is Golden.UPDATED
    written = [
        path.read_text(encoding="utf-8") for path in (tmp_path / "logs" / "x.jsonl", tmp_path / "x.golden.jsonl")
    ]
    assert written[0] == written[1]
    assert MASKED in written[0]
    assert PAN not in written[0] + repr(outcome.rows)
    wrong = replayed(tmp_path, [card_event(SAME_MASK, 1.2)])
    assert wrong.status is Status.DIFFERS
    assert SAME_MASK not in "\n".join(explain(wrong))


def test_secrets_of_codes_stay_out_of_the_log(tmp_path: Path) -> None:
    outcome = replayed(tmp_path, [code_event(PAN, 1.0)])
    assert PAN not in repr(outcome.rows)


def test_a_revealed_value_masked_is_the_masked_value() -> None:
    """Replay masks what the engine has revealed: its log must be what the engine would have written."""
    fields = {"pan": {"confidence": 0.9, "positions": [0.9, 0.8]}}
    raw = {"pan": CardNumber(PAN), "network": "visa", "holder": "A 4012 8888 8888 1881", "fields": fields}
    revealed = mask_value(raw, "card", reveal=True)
    assert revealed["pan"] == PAN
    assert mask_value(revealed, "card") == mask_value(raw, "card")
