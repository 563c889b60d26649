import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from checks.errors import InputError
from checks.table import open_table
from trainer.convert.from_table import convert_table
from trainer.convert.manifest import Conversion
from trainer.convert.vector_file import VectorFile
from trainer.datasets import resolve

MakeTable = Callable[..., Path]


def convert(path: Path, folder: Path, dtype: str | None = None) -> Conversion:
    folder.mkdir()
    return convert_table(path, folder, folder.name, dtype=dtype, tell=lambda *_: None)


@pytest.mark.parametrize(("dtype", "made"), [(None, "float32"), ("float16", "float16")])
def test_int8_is_multiplied_out(dtype: str | None, made: str, tmp_path: Path) -> None:
    before = open_table(resolve("moby-dick"))
    assert convert(before.path, tmp_path / "t", dtype).dtype == made
    after = open_table(tmp_path / "t")
    assert (after.stored.dtype, after.scales) == (made, None)
    np.testing.assert_array_equal(after.stored, before.read().astype(made))
    np.testing.assert_array_equal(after.offsets, before.offsets)
    assert (after.read_titles(), after.read_texts()) == (before.read_titles(), before.read_texts())
    changed = {key for key in after.manifest if after.manifest[key] != before.manifest.get(key)}
    assert changed == {"name", "dtype", "content_sha256", "files", "converted"}
    content = before.manifest["content_sha256"]
    assert after.manifest["converted"] == {"from": "moby-dick", "dtype": "int8", "content_sha256": content, "notes": []}


def test_there_and_back_is_the_same(make_table: MakeTable, tmp_path: Path) -> None:
    path = make_table()
    np.save(path / "vectors.npy", np.load(path / "vectors.npy").astype(np.float16))
    convert(path, tmp_path / "wide", "float32")
    convert(tmp_path / "wide", tmp_path / "back", "float16")
    for name in ("vectors.npy", "offsets.npy", "articles.jsonl"):
        assert (tmp_path / "back" / name).read_bytes() == (path / name).read_bytes()
    assert not (tmp_path / "back" / "texts.jsonl.gz").exists()
    assert convert(path, tmp_path / "same").dtype == "float16"


def test_what_is_no_table_or_does_not_fit_is_told(make_table: MakeTable, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"manifest\.json"):
        convert(tmp_path / "empty", tmp_path / "a")
    path = make_table()
    np.save(path / "vectors.npy", np.load(path / "vectors.npy") * 1e6)
    with pytest.raises(InputError, match="a number beyond 65504 among rows 0 to 240"):
        convert(path, tmp_path / "b", "float16")


def test_texts_go_along(make_table: MakeTable, tmp_path: Path) -> None:
    path = make_table(sizes=(2, 3))
    with gzip.open(path / "texts.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps(f"text {row}") + "\n" for row in range(5))
    convert(path, tmp_path / "t")
    assert open_table(tmp_path / "t").read_texts() == [f"text {row}" for row in range(5)]


@pytest.mark.parametrize("blocks", [(), (1,), (99_999, 1)])
def test_a_file_of_rows_is_what_numpy_reads(blocks: tuple[int, ...], tmp_path: Path) -> None:
    rows = np.arange(sum(blocks) * 2, dtype=np.float64).reshape(-1, 2)
    with VectorFile(tmp_path / "v.npy", 2, np.dtype("float32")) as file:
        for block in np.split(rows, np.cumsum(blocks)[:-1].astype(int)):
            file.append(block)
    found = np.load(tmp_path / "v.npy")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, rows)
