"""`scanapp catalog`: what a user does with it, and what happens when something is wrong."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from scanapp.cli.main import main

Run = tuple[int, str, str]


def label_picture(seed: int, side: int = 200) -> np.ndarray:
    """A drawn package: coloured panels and blobs of one seed, always the same."""
    rng = np.random.default_rng(seed)
    picture = np.full((side, side, 3), rng.integers(30, 225, 3), np.uint8)
    for _ in range(45):
        x, y, r = rng.integers(10, side - 10), rng.integers(10, side - 10), rng.integers(3, 18)
        cv2.circle(picture, (int(x), int(y)), int(r), rng.integers(0, 256, 3).tolist(), -1)
    return picture


def seen_again(picture: np.ndarray, turn: float = 12.0) -> np.ndarray:
    """The package a little turned, nearer and darker."""
    side = picture.shape[0]
    way = cv2.getRotationMatrix2D((side / 2, side / 2), turn, 0.9)
    return np.asarray(cv2.warpAffine(picture, way, (side, side), borderMode=cv2.BORDER_REPLICATE) * 0.85, np.uint8)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with one folder a product, two pictures each."""
    for seed, name in enumerate(("oat-drink", "cola", "peas")):
        folder = tmp_path / "shelf" / name
        folder.mkdir(parents=True)
        picture = label_picture(seed)
        cv2.imwrite(str(folder / "a.png"), picture)
        cv2.imwrite(str(folder / "b.png"), seen_again(picture, -8))
    return tmp_path / "shelf"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Runs `scanapp ARGUMENTS` with an own catalogue: exit code, output, errors."""
    monkeypatch.setenv("SCANAPP_CATALOG", str(tmp_path / "catalogue"))

    def runner(*arguments: object) -> Run:
        with pytest.raises(SystemExit) as leave:
            main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return int(leave.value.code or 0), told.out, told.err

    return runner


def test_taught_with_pictures_then_recognised(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    known, other = label_picture(1), label_picture(2)
    for name, picture in (("cola", known), ("peas", other), ("query", seen_again(known))):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    code, out, err = run(
        *("catalog", "add", tmp_path / "cola.png", "--sku", "123"),
        *("--name", "Cola 330 ml", "--gtin", "5449000000996"),
    )
    assert (code, err) == (0, "")
    assert "1 added, 1 in all" in out
    assert run("catalog", "add", tmp_path / "peas.png", "--sku", "7")[0] == 0
    code, out, err = run("catalog", "search", tmp_path / "query.png", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["candidates"][0]["sku"] == "123"
    assert found["candidates"][0]["score"] > 0.8
    code, out, err = run("read", tmp_path / "query.png", "--pipeline", "product", "--events", "-")
    assert (code, err) == (0, "")
    (result,) = json.loads(out)["results"]
    assert (result["kind"], result["value"]["sku"], result["value"]["name"]) == ("product", "123", "Cola 330 ml")


def test_a_stranger_is_unknown(run, shelf: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    cv2.imwrite(str(tmp_path / "stranger.png"), np.full((200, 200, 3), (250, 250, 250), np.uint8))
    assert run("catalog", "import", shelf)[0] == 0
    _, out, _ = run("read", tmp_path / "stranger.png", "--pipeline", "product", "--events", "-")
    (result,) = json.loads(out)["results"]
    assert result["value"]["name"] == "unknown"
    assert result["value"]["sku"] == ""
    assert {row["sku"] for row in result["value"]["alternatives"]} == {"oat-drink", "cola", "peas"}


def test_import_names_a_corrupt_picture_and_goes_on(run, shelf: Path) -> None:  # type: ignore[no-untyped-def]
    (shelf / "cola" / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    code, out, err = run("catalog", "import", shelf)
    assert code == 2
    assert "3 products: 6 pictures added" in out
    assert "broken.jpg" in err
    assert err.count("\n") == 1


def test_import_goes_on_where_it_was_stopped(run, shelf: Path) -> None:  # type: ignore[no-untyped-def]
    assert "6 pictures added, 0 known" in run("catalog", "import", shelf)[1]
    cv2.imwrite(str(shelf / "peas" / "c.png"), label_picture(9))
    assert "1 pictures added, 6 known" in run("catalog", "import", shelf)[1]


def test_import_of_a_csv_tells_of_rows_that_make_no_sense(run, shelf: Path) -> None:  # type: ignore[no-untyped-def]
    rows = [
        "picture,sku,name,gtin",
        "cola/a.png,1,Cola,5449000000996",
        "cola/b.png,1,Cola,",
        "peas/a.png,1,Peas,",
        "peas/a.png,2,Peas,123",
        "nowhere.png,3,Nothing,",
    ]
    (shelf / "all.csv").write_text("\n".join(rows))
    code, out, err = run("catalog", "import", shelf / "all.csv")
    assert code == 2
    assert "1 products: 2 pictures added" in out
    assert "all.csv:4: SKU '1' stands for 'Cola' already" in err
    assert "'123' is no GTIN" in err
    assert "nowhere.png" in err


def test_an_sku_is_not_given_twice(run, shelf: Path) -> None:  # type: ignore[no-untyped-def]
    run("catalog", "add", shelf / "cola", "--sku", "1", "--name", "Cola")
    code, _, err = run("catalog", "add", shelf / "peas", "--sku", "1", "--name", "Peas")
    assert code == 2
    assert "SKU '1' is 'Cola' already" in err
    assert "2 known already" in run("catalog", "add", shelf / "cola", "--sku", "1")[1]


def test_what_was_exported_can_be_imported(run, shelf: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("catalog", "import", shelf)
    assert "6 pictures" in run("catalog", "export", tmp_path / "out")[1]
    assert run("catalog", "remove", "cola", "peas", "oat-drink")[0] == 0
    assert "0 products" in run("catalog", "list")[1]
    assert "3 products: 6 pictures added" in run("catalog", "import", tmp_path / "out" / "catalog.csv")[1]
    assert "cola" in run("catalog", "show", "cola")[1]
    assert "all is well" in run("catalog", "check")[1]


def test_no_catalogue_and_an_empty_one_say_what_to_do(run, shelf: Path) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("catalog", "list")
    assert code == 2
    assert "scanapp catalog add" in err
    run("catalog", "import", shelf)
    run("catalog", "remove", "cola", "peas", "oat-drink")
    code, _, err = run("read", shelf / "cola" / "a.png", "--pipeline", "product")
    assert code == 2
    assert "is empty" in err
    assert run("catalog", "show", "cole")[0] == 2


def test_check_finds_what_is_missing(run, shelf: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("catalog", "import", shelf)
    folder = tmp_path / "catalogue"
    next((folder / "pictures").rglob("*.jpg")).unlink()
    (folder / "pictures" / "stray.jpg").write_bytes(b"left by a crash")
    code, _, err = run("catalog", "check")
    assert code == 2
    assert "missing or damaged" in err
    assert "no product refers to" in err
    run("catalog", "check", "--repair")
    assert not (folder / "pictures" / "stray.jpg").exists()


def test_another_embedder_is_said_and_repaired(run, shelf: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("catalog", "import", shelf)
    with sqlite3.connect(tmp_path / "catalogue" / "catalog.sqlite") as database:
        database.execute("UPDATE refs SET version = 'older', local = x'0102'")
    database.close()
    _, _, err = run("catalog", "list")
    assert "6 references were made by another embedder" in err
    _, _, err = run("catalog", "check")
    assert "6 references of another embedder are not searched" in err
    assert "damaged" not in err
    assert "6 references of another embedder looked at again" in run("catalog", "check", "--repair")[1]
    assert (
        json.loads(run("catalog", "search", shelf / "cola" / "a.png", "--json")[1])["candidates"][0]["sku"]
        == "cola"
    )


def test_a_damaged_database_is_one_line(run, shelf: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("catalog", "import", shelf)
    (tmp_path / "catalogue" / "catalog.sqlite").write_bytes(b"not a database at all" * 300)
    code, _, err = run("catalog", "list")
    assert code == 2
    assert "damaged, or no catalogue" in err
    assert err.count("\n") == 1


def test_a_full_disk_is_told_and_leaves_the_catalogue_whole(run, shelf: Path) -> None:  # type: ignore[no-untyped-def]
    run("catalog", "add", shelf / "cola", "--sku", "cola")
    program = "import sys; from scanapp.cli.main import main; main(sys.argv[1:])"

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [sys.executable, "-c", program, "catalog", "add", str(shelf / "peas"), "--sku", "peas"],
        capture_output=True,
        text=True,
        preexec_fn=small_files,
    )
    assert done.returncode == 2
    assert "free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert "1 products" in run("catalog", "list")[1]
    assert "all is well" in run("catalog", "check")[1]
