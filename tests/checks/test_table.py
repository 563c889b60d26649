import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.errors import InputError
from checks.table import open_table

OFFSETS = np.array([0, 3, 3, 7])
ROWS = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)


def write(path: Path, **changed: Any) -> Path:
    """Write a table folder; a file whose value is None is left out, bytes are written as they are."""
    path.mkdir()
    files = {
        "vectors.npy": ROWS,
        "offsets.npy": OFFSETS,
        "manifest.json": b'{"encoder": "e"}',
        **{name.replace("__", "."): value for name, value in changed.items()},
    }
    for name, value in files.items():
        if isinstance(value, bytes):
            (path / name).write_bytes(value)
        elif value is not None:
            np.save(path / name, value, allow_pickle=True)
    return path


def write_int8(path: Path, **changed: Any) -> Path:
    scales = np.abs(ROWS).max(axis=1) / 127
    return write(path, vectors__npy=np.rint(ROWS / scales[:, None]).astype(np.int8), scales__npy=scales, **changed)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 0.0), ("float16", 2e-3), ("int8", 2e-2)])
def test_every_dtype_is_read_as_float32(dtype: str, tolerance: float, tmp_path: Path) -> None:
    path = tmp_path / "t"
    write_int8(path) if dtype == "int8" else write(path, vectors__npy=ROWS.astype(dtype))
    table = open_table(path)
    assert (table.rows, table.dim, table.manifest, table.offsets.dtype.name) == (7, 5, {"encoder": "e"}, "int64")
    assert isinstance(table.stored, np.memmap)
    index = np.array([[6, 0], [3, 3]])
    blocks = list(table.read_blocks(3))
    assert [start for start, _ in blocks] == [0, 3, 6]
    for found, expected in (
        (table.read(), ROWS),
        (table.read(2, 4), ROWS[2:4]),
        (table.take(index), ROWS[index]),
        (np.concatenate([block for _, block in blocks]), ROWS),
    ):
        assert (found.dtype.name, found.shape) == ("float32", expected.shape)
        assert np.abs(found - expected).max() <= tolerance


def test_which_article_a_row_is_from(tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "t"))
    assert table.article_of_row.tolist() == [0, 0, 0, 2, 2, 2, 2]
    assert table.article_of_row.dtype == np.int32


@pytest.mark.parametrize("offsets", [OFFSETS.astype(np.int32), OFFSETS.astype(np.uint64), OFFSETS.astype(np.uint8)])
def test_offsets_of_any_integer_type(offsets: Any, tmp_path: Path) -> None:
    assert open_table(write(tmp_path / "t", offsets__npy=offsets)).offsets.tolist() == [0, 3, 3, 7]


def test_titles_kinds_and_texts(tmp_path: Path) -> None:
    articles = [{"id": "1", "title": "A\u2028B\x85C", "kind": "list"}, {"id": "2"}, {"title": 3}]
    lines = "\n".join(json.dumps(article, ensure_ascii=False) for article in articles)
    texts = "".join(json.dumps(f"line {row}\u2028", ensure_ascii=False) + "\n" for row in range(7))
    path = write(tmp_path / "t", articles__jsonl=lines.encode(), texts__jsonl__gz=gzip.compress(texts.encode()))
    table = open_table(path)
    assert table.read_titles() == ["A\u2028B\x85C", "", "3"]
    assert table.read_kinds() == ["list", "article", "article"]
    assert table.read_texts() == [f"line {row}\u2028" for row in range(7)]


def test_what_a_table_may_lack(tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "t"))
    assert (table.read_titles(), table.read_kinds(), table.read_texts()) == ([""] * 3, ["article"] * 3, None)


def test_reading_texts_ends_one_line_beyond_the_rows(tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "t", texts__jsonl__gz=gzip.compress(b'"x"\n' * 1000, mtime=0)))
    assert table.read_texts() == ["x"] * 8


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip",
        gzip.compress(b'"x"\n' * 7, mtime=0)[:-9],
        gzip.compress(b"{\n", mtime=0),
        gzip.compress(b"1\n", mtime=0),
        gzip.compress(b"\xff\n", mtime=0),
    ],
)
def test_texts_that_cannot_be_read_are_told(content: bytes, tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "t", texts__jsonl__gz=content))
    with pytest.raises(InputError, match=r"texts\.jsonl\.gz: found .*, expected one JSON string per line"):
        table.read_texts()


@pytest.mark.parametrize(
    "content", [b"{", b"{}\n{}", b"{}\n{}\n{}\n{}", b"{}\n[]\n{}", b"\xff\n{}\n{}", b"[" * 100_000]
)
def test_articles_that_cannot_be_read_are_told(content: bytes, tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "t", articles__jsonl=content))
    for read in (table.read_titles, table.read_kinds):
        with pytest.raises(InputError, match=r"articles\.jsonl: found"):
            read()


PICKLE = np.array([{"a": 1}] * 7, dtype=object)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"manifest__json": None}, r"manifest\.json: found 'No such file or directory', expected a manifest"),
        ({"manifest__json": b"{"}, r"manifest\.json: found 'text that is not JSON'"),
        ({"manifest__json": b"[" * 100_000}, r"manifest\.json: found 'text that is not JSON'"),
        ({"manifest__json": b"\xff"}, r"manifest\.json: found 'text that is not JSON'"),
        ({"manifest__json": b"[]"}, r"manifest\.json: found 'list', expected a JSON object"),
        ({"vectors__npy": None}, r"vectors\.npy: found 'No such file or directory'"),
        ({"vectors__npy": b""}, r"vectors\.npy: found 'a file that cannot be read'"),
        ({"vectors__npy": b"PK\x03\x04 no zip"}, r"vectors\.npy: found 'a file that cannot be read'"),
        ({"vectors__npy": PICKLE}, r"vectors\.npy: found 'a file that cannot be read', expected a \.npy file without"),
        ({"vectors__npy": ROWS[0]}, r"vectors\.npy: found 'float32 \(5,\)'"),
        ({"vectors__npy": ROWS.astype(np.float64)}, r"found 'float64 \(7, 5\)', expected \(rows, dim\) of float32"),
        ({"vectors__npy": np.zeros((7, 5), np.uint8)}, "found 'uint8"),
        ({"offsets__npy": None}, r"offsets\.npy: found 'No such file"),
        ({"offsets__npy": PICKLE}, r"offsets\.npy: found 'a file that cannot be read'"),
        ({"offsets__npy": OFFSETS[1:]}, "integers rising from 0 to 7"),
        ({"offsets__npy": OFFSETS[:-1]}, "integers rising from 0 to 7"),
        ({"offsets__npy": np.array([0, 5, 3, 7])}, "integers rising from 0 to 7"),
        ({"offsets__npy": np.array([0, 5, 3, 7], np.uint64)}, "integers rising from 0 to 7"),
        ({"offsets__npy": np.array([0, 2**63 + 1, 7], np.uint64)}, "integers rising from 0 to 7"),
        ({"offsets__npy": OFFSETS.astype(float)}, "integers rising from 0 to 7"),
        ({"offsets__npy": OFFSETS[:, None]}, "integers rising from 0 to 7"),
        ({"offsets__npy": np.int64(7)}, "integers rising from 0 to 7"),
        ({"offsets__npy": np.empty(0, np.int64)}, "a file that cannot be read|integers rising"),
    ],
)
def test_a_part_that_is_missing_or_does_not_fit_is_told(changed: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=told):
        open_table(write(tmp_path / "t", **changed))


@pytest.mark.parametrize(
    ("scales", "told"),
    [
        (None, r"scales\.npy: found 'No such file"),
        (np.ones(6, np.float32), r"scales\.npy: found 'float32 \(6,\)', expected one scale per row, float32 \(7,\)"),
        (np.ones((7, 1), np.float32), "one scale per row"),
        (np.array(["a"] * 7), "one scale per row"),
        (np.ones(7, np.int64), "one scale per row"),
    ],
)
def test_scales_that_do_not_fit_are_told(scales: Any, told: str, tmp_path: Path) -> None:
    path = write_int8(tmp_path / "t")
    (path / "scales.npy").unlink()
    if scales is not None:
        np.save(path / "scales.npy", scales)
    with pytest.raises(InputError, match=told):
        open_table(path)


def test_vectors_cut_short_and_an_npz_in_their_place_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "t")
    vectors = path / "vectors.npy"
    vectors.write_bytes(vectors.read_bytes()[:-4])
    with pytest.raises(InputError, match=r"vectors\.npy: found 'a file that cannot be read'"):
        open_table(path)
    with vectors.open("wb") as stream:
        np.savez(stream, a=ROWS)
    with pytest.raises(InputError, match=r"vectors\.npy: found 'a file that cannot be read'"):
        open_table(path)


def test_no_folder_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", tmp_path / "file"):
        if path.name == "file":
            path.touch()
        with pytest.raises(InputError, match=r"manifest\.json: found"):
            open_table(path)
