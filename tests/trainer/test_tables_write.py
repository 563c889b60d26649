import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.errors import InputError
from checks.table import open_table
from trainer.junk import JunkReport, find_junk
from trainer.tables import write
from trainer.tables.rows import open_source
from trainer.tables.write import write_filtered

WriteRows = Callable[..., Path]
Draw = Callable[..., NDArray[np.float32]]
SIZES, TITLES = (12, 7, 20, 15), ["Ä", "List of stubs", "\x1b[31mTwo", "Lists of lists"]


@pytest.fixture
def made(write_rows: WriteRows, draw_article: Draw) -> Callable[..., Path]:
    """Write a table with texts, of which two articles are lists."""

    def make(dtype: str = "int8", texts: int = sum(SIZES), **manifest: Any) -> Path:
        articles = [draw_article(size, size) for size in SIZES]
        path = write_rows("in", articles, TITLES, dtype=dtype, encoder="made up", **manifest)
        with gzip.open(path / "texts.jsonl.gz", "wt", encoding="utf-8") as lines:
            lines.writelines(json.dumps(f"text “{row}”", ensure_ascii=False) + "\n" for row in range(texts))
        return path

    return make


def filter_path(path: Path, output: Path) -> JunkReport:
    windows = open_source(str(path), 5)
    report = find_junk(windows)
    assert windows.table is not None
    write_filtered(windows.table, report, output, {"from": str(path)})
    return report


@pytest.mark.parametrize("dtype", ["int8", "float16", "float32"])
def test_what_is_kept_is_kept_as_it_was(
    dtype: str, made: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "BLOCK_ROWS", 5)
    path = made(dtype)
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    report = filter_path(path, tmp_path / "new" / "out")
    old, new = open_table(path), open_table(tmp_path / "new" / "out")
    rows = [*range(12), *range(19, 39)]
    assert report.kept.tolist() == [True, False, True, False]
    assert np.array_equal(np.asarray(new.stored), np.asarray(old.stored)[rows])
    assert np.array_equal(new.read(), old.read()[rows])
    assert new.stored.dtype == dtype
    assert new.offsets.tolist() == [0, 12, 32]
    assert new.read_titles() == [TITLES[0], TITLES[2]]
    texts = new.read_texts()
    assert texts == [f"text “{row}”" for row in rows]
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["out"]


def test_the_manifest_says_what_was_removed_and_why(made: Callable[..., Path], tmp_path: Path) -> None:
    path = made(licence="CC0-1.0", rows=54, content_sha256="old")
    filter_path(path, tmp_path / "out")
    manifest = open_table(tmp_path / "out").manifest
    assert (manifest["encoder"], manifest["licence"], manifest["rows"], manifest["articles"]) == (
        "made up", "CC0-1.0", 32, 2,
    )  # fmt: skip
    assert manifest["filtered"] == [{"from": str(path)}]
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    assert set(manifest["files"]) | {"manifest.json"} == {file.name for file in (tmp_path / "out").iterdir()}
    assert manifest["content_sha256"] == manifest["files"]["vectors.npy"]
    lines = [json.loads(line) for line in (tmp_path / "out" / "removed.jsonl").read_text("utf-8").splitlines()]
    assert lines == [
        {"title": "List of stubs", "rule": "list", "why": "title", "windows": 2, "article": 1, "rows": 7},
        {"title": "Lists of lists", "rule": "list", "why": "title", "windows": 10, "article": 3, "rows": 15},
    ]
    filter_path(tmp_path / "out", tmp_path / "again")
    assert len(open_table(tmp_path / "again").manifest["filtered"]) == 2


def test_a_table_without_titles_and_texts_stays_one(write_rows: WriteRows, draw_article: Draw, tmp_path: Path) -> None:
    path = write_rows("bare", [draw_article(12, 0), draw_article(3, 1)])
    (path / "articles.jsonl").unlink()
    filter_path(path, tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "manifest.json", "offsets.npy", "removed.jsonl", "vectors.npy",
    ]  # fmt: skip
    assert open_table(tmp_path / "out").rows == 12


@pytest.mark.parametrize("texts", [sum(SIZES) - 1, sum(SIZES) + 1])
def test_texts_that_do_not_fit_leave_nothing_behind(texts: int, made: Callable[..., Path], tmp_path: Path) -> None:
    path = made(texts=texts)
    with pytest.raises(InputError, match="one text for each of the 54 rows"):
        filter_path(path, tmp_path / "out")
    assert [file.name for file in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b'"a"\n' * 54, mtime=0)[:-9], gzip.compress(b'"a"\n' * 54, mtime=0)[:15] + b"x" * 40],
    ids=["foreign", "cut short", "damaged"],
)
def test_texts_that_cannot_be_read_are_told(content: bytes, made: Callable[..., Path], tmp_path: Path) -> None:
    path = made()
    (path / "texts.jsonl.gz").write_bytes(content)
    with pytest.raises(InputError, match="a file that cannot be read"):
        filter_path(path, tmp_path / "out")
    assert [file.name for file in tmp_path.iterdir()] == ["in"]


def test_half_a_character_in_a_manifest_is_carried_over(made: Callable[..., Path], tmp_path: Path) -> None:
    filter_path(made(note="\ud800 “whole”"), tmp_path / "out")
    assert open_table(tmp_path / "out").manifest["note"] == "\ud800 “whole”"


def test_what_is_there_is_never_written_over(made: Callable[..., Path], tmp_path: Path) -> None:
    path = made()
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("out", "link"):
        with pytest.raises(InputError, match=r"OUT: found .* a folder that does not exist yet"):
            filter_path(path, tmp_path / name)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in", "link", "out"]


def test_a_table_of_junk_alone_is_told(write_rows: WriteRows, draw_article: Draw, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing but junk"):
        filter_path(write_rows("in", [draw_article(3, 0)]), tmp_path / "out")
    assert not (tmp_path / "out").exists()
