"""Pipelines are checked before the first frame, and errors name file, place and the nearest valid word."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanapp.errors import PipelineError
from scanapp.pipeline import Stage, load_pipeline, parse_pipeline, shipped_pipelines

GOOD = '[[detect]]\nuse = "linear_code"\n[[recognize]]\nuse = "code"\n'


@pytest.mark.parametrize("name", sorted(shipped_pipelines()))
def test_shipped_pipelines_load_and_make_their_stages(name: str) -> None:
    pipeline = load_pipeline(name)
    assert pipeline.name == name
    assert pipeline.description
    assert len(pipeline.make_recognizers()) == len(pipeline.recognize)
    assert len(pipeline.make_detectors()) == len(pipeline.detect)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[recognise]]\n", "shop.toml: unknown key 'recognise' (did you mean 'recognize'?)"),
        (
            '[[recognize]]\nuse = "code"\n[[recognize]]\nuse = "coed"\n',
            "shop.toml: [[recognize]] 2: unknown recognizer 'coed' (did you mean 'code'?)",
        ),
        (
            GOOD.replace("linear_code", "linear_cod"),
            "shop.toml: [[detect]] 1: unknown detector 'linear_cod' (did you mean 'linear_code'?)",
        ),
        (
            GOOD + "format = ['QRCode']\n",
            "shop.toml: [[recognize]] 1 (code): unknown option 'format' (did you mean 'for",
        ),
        (
            GOOD + 'formats = "QRCode"\n',
            "shop.toml: [[recognize]] 1 (code): formats must be a list of texts, got 'QRCode'",
        ),
        (
            GOOD + "max_effort = 1.5\n",
            "shop.toml: [[recognize]] 1 (code): max_effort must be a whole number, got 1.5",
        ),
        (
            GOOD.replace('"linear_code"', '"linear_code"\nmin_score = "high"'),
            "shop.toml: [[detect]] 1 (linear_code): min_score must be a number, got 'high'",
        ),
        (GOOD + "sweep_s = -1\n", "shop.toml: [[recognize]] 1: sweep_s must be a number of at least 0, got -1"),
        (GOOD + "sweep_s = true\n", "shop.toml: [[recognize]] 1: sweep_s must be a number of at least 0, got True"),
        (GOOD + 'fusion = "vote"\n', "shop.toml: [[recognize]] 1: unknown fusion 'vote' (did you mean 'votes'?)"),
        (GOOD + "[policy]\nforget = 2\n", "shop.toml: [policy]: unknown key 'forget' (did you mean 'forget_s'?)"),
        (GOOD + "[policy]\nregion = [0, 0, 2, 1]\n", "shop.toml: [policy]: region must be"),
        (GOOD + '[expect]\nmode = "on"\n', "shop.toml: [expect]: unknown mode 'on' (did you mean 'one'?)"),
        (GOOD + '[expect]\nmode = "set"\n', "shop.toml: [expect]: mode 'set' needs count or texts"),
        (GOOD + '[expect]\ntexts = ["("]\n', "shop.toml: [expect]: texts: '(' is not a regular expression"),
        ("[[recognize]]\nfusion = 'votes'\n", 'shop.toml: [[recognize]] 1: needs use = "NAME"'),
        ("name = 3\n" + GOOD, "shop.toml: name must be a text, got 3"),
        ('detect = "x"\n[[recognize]]\nuse = "code"\n', "shop.toml: detect must be written as [[detect]] tables"),
        ("", "shop.toml: needs at least one [[recognize]]"),
        ("name = ", "shop.toml: not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PipelineError) as caught:
        parse_pipeline(text, source="shop.toml")
    assert message in str(caught.value)


def test_an_unknown_pipeline_names_the_nearest() -> None:
    with pytest.raises(PipelineError, match=r"unknown pipeline 'everythin' \(did you mean 'everything'\?\)"):
        load_pipeline("everythin")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"none\.toml: cannot be read: No such file"):
        load_pipeline(tmp_path / "none.toml")


def test_symbologies_are_checked_when_the_stage_is_made() -> None:
    pipeline = parse_pipeline('[[recognize]]\nuse = "code"\nformats = ["QRcod"]\n', source="shop.toml")
    with pytest.raises(PipelineError, match="QRCode"):
        pipeline.make_recognizers()


def test_a_fusion_rule_takes_options() -> None:
    text = '[[recognize]]\nuse = "text"\n[recognize.fusion]\nuse = "text"\ncertain = 0.9\n'
    pipeline = parse_pipeline(text)
    assert pipeline.recognize[0].fusion == Stage("text", {"certain": 0.9})
    pipeline.make_fusion(0)


def test_a_fusion_rules_options_are_checked_before_the_first_frame() -> None:
    text = '[[recognize]]\nuse = "text"\n[recognize.fusion]\nuse = "text"\ncertian = 0.9\n'
    with pytest.raises(PipelineError, match=r"unknown option 'certian'.*certain"):
        parse_pipeline(text)
