"""The model store: only files that are what the manifest says are run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scanapp.cli.main import main
from scanapp.errors import ModelError
from scanapp.inference import ModelStore, open_model
from scanapp.inference.add import add_entry
from scanapp.inference.manifest import MANIFEST, ModelEntry, read_manifest, write_manifest
from scanapp.inference.store import ROOT_VARIABLE, default_root


def onnx_bytes(op: str = "Relu", *, name: str = "x") -> bytes:
    """An ONNX file, field by field (the tests need no onnx package): y = op(x), x float32 (N, 4)."""

    def field(number: int, payload: bytes | int | str) -> bytes:
        if isinstance(payload, int):
            return bytes([number << 3, payload])
        data = payload.encode() if isinstance(payload, str) else payload
        assert len(data) < 128
        return bytes([number << 3 | 2, len(data)]) + data

    shape = field(1, field(2, "N")) + field(1, field(1, 4))
    kind = field(1, field(1, 1) + field(2, shape))
    node = field(1, name) + field(2, "y") + field(4, op)
    graph = field(1, node) + field(2, "g") + field(11, field(1, name) + field(2, kind))
    graph += field(12, field(1, "y") + field(2, kind))
    return field(1, 8) + field(8, field(2, 17)) + field(7, graph)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store with one model in two variants: fp32 is Relu, int8 is Neg."""
    folder = tmp_path / "models"
    (folder / "tiny").mkdir(parents=True)
    for variant, op in (("fp32", "Relu"), ("int8", "Neg")):
        file = folder / "tiny" / f"{variant}.onnx"
        file.write_bytes(onnx_bytes(op))
        add_entry(folder, "tiny", file, variant=variant, task=f'a "{op}" \\ é', notes={"ms": 1e-05, "n": 3})
    return folder


X = np.array([[-1.0, 2.0, 0.0, -3.0]], np.float32)


def test_a_model_runs(root: Path) -> None:
    session = ModelStore(root).open("tiny")
    assert session.inputs == {"x": "float32 (N, 4)"}
    np.testing.assert_array_equal(session.run({"x": X})["y"], np.maximum(X, 0))


def test_views_that_are_not_contiguous_are_taken(root: Path) -> None:
    wide = np.arange(16, dtype=np.float32).reshape(2, 8) - 8
    np.testing.assert_array_equal(
        ModelStore(root).open("tiny").run({"x": wide[:, ::2]})["y"], np.maximum(wide[:, ::2], 0)
    )


def test_auto_is_fp32_unless_the_manifest_says_otherwise(root: Path) -> None:
    assert ModelStore(root).find("tiny").variant == "fp32"
    add_entry(root, "tiny", root / "tiny" / "int8.onnx", variant="int8", default=True)
    store = ModelStore(root)
    assert store.find("tiny").variant == "int8"
    np.testing.assert_array_equal(store.open("tiny").run({"x": X})["y"], -X)
    add_entry(root, "tiny", root / "tiny" / "fp32.onnx", default=True)
    assert [entry.default for entry in read_manifest(root)] == [True, False]


def test_a_model_has_any_number_of_variants(root: Path) -> None:
    for variant, op in (("small", "Abs"), ("small-int8", "Neg")):
        file = root / "tiny" / f"{variant}.onnx"
        file.write_bytes(onnx_bytes(op))
        add_entry(root, "tiny", file, variant=variant, sizes={"N": 5}, notes={"accuracy": 0.5, "macs": 7})
    store = ModelStore(root)
    assert [entry.variant for entry in store.variants("tiny")] == ["fp32", "int8", "small", "small-int8"]
    assert store.find("tiny").variant == "fp32", "further variants change nothing for who does not ask for them"
    np.testing.assert_array_equal(store.open("tiny", variant="small").run({"x": X})["y"], np.abs(X))
    small = store.find("tiny", "small")
    assert (small.accuracy, store.find("tiny").accuracy) == (0.5, None)
    assert small.sizes == {"N": 5}
    assert small.work == {"simple": 20, "moved": 160, "nodes": 1}, "counted at the sizes in use"


def test_auto_without_fp32_is_the_first_by_name(root: Path) -> None:
    entries = [replace(entry, variant=name) for entry, name in zip(read_manifest(root), "ba", strict=True)]
    write_manifest(root, entries)
    assert ModelStore(root).find("tiny").variant == "a"


def test_sessions_are_shared_by_name_variant_and_threads(root: Path) -> None:
    store = ModelStore(root)
    one = open_model("tiny", store=store)
    assert open_model("tiny", variant="fp32", store=ModelStore(root)) is one
    assert open_model("tiny", threads=2, store=store) is not one
    assert open_model("tiny", variant="int8", store=store) is not one


def test_the_cache_does_not_outlive_a_new_file(root: Path) -> None:
    before = open_model("tiny", store=ModelStore(root))
    (root / "tiny" / "fp32.onnx").write_bytes(onnx_bytes("Neg"))
    add_entry(root, "tiny", root / "tiny" / "fp32.onnx")
    after = open_model("tiny", store=ModelStore(root))
    assert after is not before
    np.testing.assert_array_equal(after.run({"x": X})["y"], -X)


def test_two_recognizers_in_parallel(root: Path) -> None:
    store = ModelStore(root)
    inputs = [np.full((3, 4), number, np.float32) for number in range(-50, 50)]

    def work(x: np.ndarray) -> np.ndarray:
        return open_model("tiny", variant="int8", store=store).run({"x": x})["y"]

    with ThreadPoolExecutor(4) as pool:
        for x, y in zip(inputs, pool.map(work, inputs), strict=True):
            np.testing.assert_array_equal(y, -x)


@pytest.mark.parametrize(
    ("feeds", "said"),
    [
        ({"x": X.astype(np.float64)}, "float64"),
        ({"z": X}, "z float32"),
        ({"x": X[:, :3]}, "(1, 3)"),
        ({}, "takes"),
    ],
)
def test_wrong_arrays_are_named(root: Path, feeds: dict[str, np.ndarray], said: str) -> None:
    with pytest.raises(ModelError, match=r"tiny.*float32 \(N, 4\)") as caught:
        ModelStore(root).open("tiny").run(feeds)
    assert said in str(caught.value)


def test_a_flipped_bit_is_refused(root: Path) -> None:
    file = root / "tiny" / "fp32.onnx"
    data = bytearray(file.read_bytes())
    data[10] ^= 1
    file.write_bytes(data)
    with pytest.raises(ModelError, match=r"tiny \(fp32\).*fp32\.onnx is not the file.*SHA-256.*restore"):
        ModelStore(root).open("tiny")
    ModelStore(root).open("tiny", variant="int8")


def test_a_file_cut_short_is_refused(root: Path) -> None:
    file = root / "tiny" / "fp32.onnx"
    file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(ModelError, match=r"has 20 bytes, manifest\.toml says"):
        ModelStore(root).open("tiny")


def test_a_missing_file_is_named(root: Path) -> None:
    (root / "tiny" / "fp32.onnx").unlink()
    with pytest.raises(ModelError, match=r"tiny \(fp32\): .*fp32\.onnx is missing; restore"):
        ModelStore(root).open("tiny")


def test_what_is_no_onnx_file_is_refused(root: Path) -> None:
    """Even when the manifest lists it with its right SHA-256."""
    junk = b"not a network at all"
    (root / "tiny" / "fp32.onnx").write_bytes(junk)
    entry = replace(ModelStore(root).find("tiny"), sha256=hashlib.sha256(junk).hexdigest(), bytes=len(junk))
    write_manifest(root, [entry])
    with pytest.raises(ModelError, match=r"tiny \(fp32\): onnxruntime .* cannot open it"):
        ModelStore(root).open("tiny")
    with pytest.raises(ModelError, match="cannot open it"):
        add_entry(root, "junk", root / "tiny" / "fp32.onnx")


def test_another_network_than_the_listed_one_is_refused(root: Path) -> None:
    data = onnx_bytes(name="w")
    (root / "tiny" / "fp32.onnx").write_bytes(data)
    entry = replace(ModelStore(root).find("tiny"), sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
    write_manifest(root, [entry])
    with pytest.raises(ModelError, match=r"inputs are \{'w': .*manifest\.toml says \{'x'"):
        ModelStore(root).open("tiny")


def test_unknown_models_and_variants_get_a_hint(root: Path) -> None:
    store = ModelStore(root)
    with pytest.raises(ModelError, match=r"model 'tinny' is not listed in .*did you mean 'tiny'"):
        store.find("tinny")
    with pytest.raises(ModelError, match=r"model 'tiny' has no variant 'int9' \(did you mean 'int8'\?\)"):
        store.find("tiny", "int9")
    write_manifest(root, [store.find("tiny", "fp32")])
    with pytest.raises(ModelError, match="no variant 'int8'"):
        ModelStore(root).find("tiny", "int8")
    with pytest.raises(ModelError, match="0 threads"):
        store.open("tiny", threads=0)


def test_the_manifest_is_stable_and_read_back(root: Path) -> None:
    first = (root / MANIFEST).read_text(encoding="utf-8")
    entries = read_manifest(root)
    assert entries[0].task == 'a "Relu" \\ é'
    assert entries[0].notes == {"ms": 1e-05, "n": 3}
    write_manifest(root, reversed(entries))
    assert (root / MANIFEST).read_text(encoding="utf-8") == first
    assert [path.name for path in root.iterdir() if path.is_file()] == [MANIFEST]


GOOD = {"name": "a", "variant": "fp32", "file": "a/a.onnx", "sha256": "0" * 64, "bytes": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": None}, "'name' is missing"),
        ({"name": "A b"}, "lower-case letters"),
        ({"variant": "FP 16"}, "variant 'FP 16': write lower-case letters"),
        ({"variant": "auto"}, "not 'auto'"),
        ({"file": "../../etc/a.onnx"}, "leads out"),
        ({"file": "/etc/a.onnx"}, "leads out"),
        ({"file": "..\\\\a.onnx"}, "leads out"),
        ({"file": "C:/a.onnx"}, "leads out"),
        ({"sha256": "0" * 63}, "64 lower-case"),
        ({"bytes": "1"}, "bytes must be int"),
        ({"bytes": True}, "bytes must be int"),
        ({"work": -1}, "work must be dict"),
        ({"defualt": True}, "did you mean 'default'"),
    ],
)
def test_malformed_entries_are_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    row = {key: value for key, value in (GOOD | change).items() if value is not None}
    body = "".join(
        f"{key} = {str(v).lower() if not isinstance(v, str) else chr(34) + v + chr(34)}\n" for key, v in row.items()
    )
    (tmp_path / MANIFEST).write_text(f"schema = 1\n[[model]]\n{body}", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        read_manifest(tmp_path)
    assert said in str(caught.value)
    assert "[[model]] 1" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = 2\n", "schema 2"),
        ("schema = 1\nmodel = 3\n", r"write \[\[model\]\]"),
        ("schema = 1\nmodel = [3]\n", "no table"),
        ("schema = ", "not valid TOML"),
        ("schema = 1\n" + 2 * ("[[model]]\n" + "".join(f"{k} = {v!r}\n" for k, v in GOOD.items())), "listed twice"),
    ],
)
def test_malformed_manifests_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=said):
        read_manifest(tmp_path)


def test_no_manifest_is_an_error_that_helps(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=rf"manifest\.toml: no such file.*{ROOT_VARIABLE}"):
        ModelStore(tmp_path)


def test_files_from_elsewhere_cannot_be_added(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(onnx_bytes())
    with pytest.raises(ModelError, match="does not lie in"):
        add_entry(root, "other", tmp_path / "other.onnx")
    with pytest.raises(ModelError, match="is missing"):
        add_entry(root, "other", root / "other.onnx")


def test_the_folder_can_be_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROOT_VARIABLE, str(root))
    assert default_root() == root
    assert open_model("tiny").inputs == {"x": "float32 (N, 4)"}


def test_the_shipped_models_are_what_the_manifest_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ROOT_VARIABLE, raising=False)
    assert [check.problem for check in ModelStore().verify() if check.problem] == []


def _command(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as leave:
        main(["models", *arguments])
    return int(leave.value.code or 0)


def test_the_commands(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _command(["verify", "--root", str(root)]) == 0
    assert "2 model files, all as listed" in capsys.readouterr().out
    assert _command(["list", "--root", str(root)]) == 0
    assert "fp32 *" in capsys.readouterr().out
    (root / "tiny" / "int8.onnx").write_bytes(b"x")
    (root / "stray.onnx").write_bytes(onnx_bytes())
    assert _command(["verify", "--root", str(root)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("scanapp: model tiny (int8): ")
    assert "(and 1 more)" in err
    assert err.count("\n") == 1
    assert _command(["add", "stray", str(root / "stray.onnx"), "--root", str(root)]) == 0
    assert ModelStore(root).find("stray").bytes == len(onnx_bytes())


def test_the_store_is_cheap_to_import() -> None:
    code = "import sys, scanapp.inference; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_titles() -> None:
    assert ModelEntry("a", "int8", "a", "0" * 64, 1).title == "a (int8)"
