"""Truth files: what is accepted, and what is said of the rest."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanapp.errors import ReplayError
from scanapp.replay.truth import THINGS, load_truth, parse_truth, truth_path

steady = settings(deadline=None, derandomize=True, max_examples=60)

WHOLE: dict[str, Any] = {
    "schema": 1,
    "video": "x.mp4",
    "pipeline": "payment_code",
    "size": [1280, 720],
    "fps": 30.0,
    "frames": 150,
    "duration": 5.0,
    "scene": "payment_qr",
    "seed": 7,
    "objects": [
        {
            "id": "payment",
            "kind": "code",
            "value": {"format": "QRCode", "text": "https://pay.example/7"},
            "required": True,
            "visible": [[0.0, 4.967]],
            "readable": [[0.7, 4.9]],
            "quads": [[0, [[1, 2], [3.5, 2], [3, 4], [1, 4]]], [5, [[1, 2], [3, 2], [3, 4], [1, 4]]]],
        },
        {
            "id": "page",
            "kind": "text",
            "value": {"text": "line one\nline two", "lines": ["line one", "line two"]},
            "required": False,
            "max_cer": 0.1,
        },
    ],
}


def test_everything_in_a_truth_file_is_read() -> None:
    truth = parse_truth(WHOLE, "x.truth.json")
    code, page = truth.objects
    assert (truth.pipeline, truth.fps, truth.kinds) == ("payment_code", 30.0, THINGS)
    assert (code.id, code.required, code.visible, code.readable) == (
        "payment",
        True,
        ((0.0, 4.967),),
        ((0.7, 4.9),),
    )
    assert code.value == {"format": "QRCode", "text": "https://pay.example/7"}
    assert [frame for frame, _ in code.quads] == [0, 5]
    assert (page.lines, page.required, page.visible, page.max_cer) == (("line one", "line two"), False, None, 0.1)


def test_a_truth_written_by_hand_can_be_short() -> None:
    truth = parse_truth(
        {
            "schema": 1,
            "kinds": ["code"],
            "objects": [
                {"kind": "code", "value": {"format": "EAN13", "text": "4006381333931"}},
                {"kind": "text", "value": {"text": "one\ntwo"}},
                {"kind": "text", "value": {"lines": ["three"]}},
            ],
        },
        "x",
    )
    assert [thing.id for thing in truth.objects] == ["code 1", "text 2", "text 3"]
    assert [thing.required for thing in truth.objects] == [True, True, True]
    assert [thing.value.get("text") for thing in truth.objects] == ["4006381333931", "one\ntwo", "three"]
    assert truth.objects[1].lines == ("one", "two")
    assert truth.kinds == ("code",)
    assert truth.objects[0].visible is None


def changed(path: str, value: Any) -> dict[str, Any]:
    """WHOLE with one leaf replaced; ``...`` removes it."""
    data = copy.deepcopy(WHOLE)
    node: Any = data
    keys = [int(key) if key.isdigit() else key for key in path.split(".")]
    for key in keys[:-1]:
        node = node[key]
    if value is ...:
        del node[keys[-1]]
    else:
        node[keys[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("schema", ..., "schema: missing, expected a whole number"),
        ("schema", 2, "schema: expected schema 1, got 2"),
        ("schema", "1", 'schema: expected a whole number, 0 or more, got "1"'),
        ("objects", ..., "objects: missing, expected a list"),
        ("objects", {}, "objects: expected a list, got an object of 0"),
        ("objects.0", "payment", 'objects[0]: expected an object, got "payment"'),
        ("objects.0.kind", "cod", "objects[0].kind: expected a known kind (did you mean 'code'?), got \"cod\""),
        ("objects.0.kind", ..., "objects[0].kind: missing, expected a text"),
        ("objects.0.value", ..., "objects[0].value: missing, expected an object"),
        ("objects.0.value.text", ..., "objects[0].value.text: missing, expected a text"),
        ("objects.0.value.format", 7, "objects[0].value.format: expected a text, got 7"),
        ("objects.0.required", "yes", 'objects[0].required: expected true or false, got "yes"'),
        ("objects.0.visible", [[2.0, 1.0]], "objects[0].visible[0]: expected [first second, last second]"),
        ("objects.0.visible", [[0, 1], 5], "objects[0].visible[1]: expected [first second, last second], got 5"),
        ("objects.0.readable", 3, "objects[0].readable: expected a list, got 3"),
        ("objects.0.quads.1.1.0", [1], "objects[0].quads[1]: expected [frame index, [[x, y]"),
        ("objects.0.quads.0.1.0", [1e300, 0], "objects[0].quads[0]: expected [frame index"),
        ("objects.0.quads.0.0", True, "objects[0].quads[0]: expected [frame index"),
        ("objects.1.max_cer", -1, "objects[1].max_cer: expected a number, 0 or more, got -1"),
        ("objects.1.value.lines.1", 7, "objects[1].value.lines[1]: expected a text, got 7"),
        ("objects.1.id", "payment", "objects[1].id: expected an id of its own (objects[0] has it)"),
        ("fps", 0, "fps: expected a number above 0, got 0"),
        ("fps", True, "fps: expected a number, 0 or more, got true"),
        ("pipeline", 3, "pipeline: expected a text, got 3"),
        ("kinds", ["code", "crad"], "kinds[1]: expected a known kind"),
    ],
)
def test_an_error_names_file_place_and_what_was_expected(path: str, value: Any, message: str) -> None:
    with pytest.raises(ReplayError) as caught:
        parse_truth(changed(path, value), "x.truth.json")
    assert str(caught.value).startswith(f"x.truth.json: {message}")


def test_a_misspelt_key_is_not_passed_over() -> None:
    data = changed("objects.0.required", ...)
    data["objects"][0]["requried"] = False
    with pytest.raises(ReplayError, match=r"objects\[0\]\.requried: expected the key 'required' here"):
        parse_truth(data, "x")


def test_keys_of_the_scene_script_are_its_own_business() -> None:
    assert parse_truth(changed("camera", {"tremor": 3}), "x") == parse_truth(WHOLE, "x")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"schema": 1,\n "objects": [}', "line 2, column 14: damaged JSON"),
        (b"", "line 1, column 1: damaged JSON"),
        (b"[1]", "the whole file: expected an object, got a list of 1"),
        (b"\xff\xfe", "byte 0: expected UTF-8 text"),
        (b'{"schema": NaN}', "damaged JSON: NaN is not a number"),
        (b"[" * 100_000, "damaged JSON"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.truth.json"
    path.write_bytes(content)
    with pytest.raises(ReplayError) as caught:
        load_truth(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"gone\.truth\.json: cannot be read"):
        load_truth(tmp_path / "gone.truth.json")


def test_the_truth_lies_beside_the_recording() -> None:
    assert truth_path(Path("videos/a.b.mp4")) == Path("videos/a.b.truth.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def leaves(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return [path]
    here = [path] if path else []
    return here + [leaf for key, inner in items for leaf in leaves(inner, f"{path}.{key}" if path else str(key))]


@steady
@given(st.sampled_from(leaves(WHOLE)), json_values)
def test_whatever_stands_anywhere_is_read_or_refused(path: str, value: Any) -> None:
    data = json.loads(json.dumps(changed(path, value)))
    refusal = "x.truth.json: "
    try:
        parse_truth(data, "x.truth.json")
    except ReplayError as error:
        refusal = str(error)
    assert refusal.startswith("x.truth.json: ")
