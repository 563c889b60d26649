import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.dataset import read_manifest_of
from checks.errors import InputError
from checks.table import open_table
from checks.windows import Windows, open_windows, write_npz
from trainer.convert import joining
from trainer.convert.from_npz import convert_npz
from trainer.convert.manifest import Conversion

MakeTable = Callable[..., Path]
SIZES = (9, 7, 3, 20, 6)


@pytest.fixture
def source(make_table: MakeTable) -> Windows:
    return open_windows(make_table(sizes=SIZES))


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., Conversion]:
    """Convert an npz into the folder `made`."""

    def run(path: Path, half: str = "train", dtype: str | None = None) -> Conversion:
        folder = tmp_path / "made"
        folder.mkdir()
        return convert_npz(path, folder, "made", half=half, dtype=dtype, tell=lambda *_: None)

    return run


Convert = Callable[..., Conversion]


def take(windows: Windows, index: NDArray[Any] | None = None) -> dict[str, NDArray[Any]]:
    """Return windows as the arrays of an npz."""
    index = np.arange(len(windows)) if index is None else index
    assert windows.article is not None
    assert windows.chunk is not None
    return {
        "context_sequences": windows.read_contexts(index),
        "target_vectors": windows.read_targets(index),
        "sequence_positions": np.stack([windows.article[index], windows.chunk[index]], axis=1),
    }


def list_vectors(windows: Windows) -> list[bytes]:
    """Return the windows, each as its bytes, sorted: the same windows in any order."""
    every = np.arange(len(windows))
    whole = np.concatenate([windows.read_contexts(every), windows.read_targets(every)[:, None]], axis=1)
    return sorted(row.tobytes() for row in whole)


def read_articles(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "articles.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("block", [1, 2000, 1 << 23])
def test_windows_of_a_table_come_back_as_that_table(
    block: int, shuffled: bool, source: Windows, convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining.join_windows, "__defaults__", (block,))
    index = np.random.default_rng(0).permutation(len(source)) if shuffled else np.arange(len(source))
    arrays = take(source, index)
    write_npz(tmp_path / "a.npz", *arrays.values())
    made = convert(tmp_path / "a.npz")
    table, whole = open_table(tmp_path / "made"), source.table
    assert whole is not None
    long = [article for article, size in enumerate(SIZES) if size > 5]
    expected = np.concatenate([whole.read(whole.offsets[a], whole.offsets[a + 1]) for a in long])
    np.testing.assert_array_equal(table.stored, expected)
    assert np.diff(table.offsets).tolist() == [SIZES[a] for a in long]
    assert [article["id"] for article in read_articles(table.path)] == [str(a) for a in long]
    assert [article["first_target"] for article in read_articles(table.path)] == [5] * len(long)
    again = open_windows(tmp_path / "made")
    every = np.arange(len(source))
    np.testing.assert_array_equal(again.read_contexts(every), source.read_contexts(every))
    np.testing.assert_array_equal(again.read_targets(every), source.read_targets(every))
    assert again.chunk is not None
    np.testing.assert_array_equal(again.chunk, source.chunk)
    assert made.notes == ()
    assert made.facts == {
        "windows": len(source), "context": 5, "order": "positions", "gaps": 0, "repeated": 0, "disagreeing": 0,
    }  # fmt: skip
    assert (made.rows, made.articles, made.dim, made.dtype) == (42, 4, 16, "float32")


def test_a_gap_cuts_an_article_into_parts_that_no_window_bridges(
    source: Windows, convert: Convert, tmp_path: Path
) -> None:
    kept = np.array([i for i in range(len(source)) if i not in (1, 12)])  # in the first article, and in the long one
    arrays = take(source, kept)
    write_npz(tmp_path / "a.npz", *arrays.values())
    made = convert(tmp_path / "a.npz")
    again = open_windows(tmp_path / "made")
    assert list_vectors(again) == list_vectors(open_windows(tmp_path / "a.npz"))
    articles = read_articles(tmp_path / "made")
    assert [article["id"] for article in articles] == ["0#1", "0#2", "1", "3#1", "3#2", "4"]
    assert articles[1] == {
        "id": "0#2", "title": "", "kind": "article", "first_target": 7, "article": "0", "part": 2,
    }  # fmt: skip
    assert made.facts["gaps"] == 2
    assert "2 windows follow a gap in their article: articles are cut into parts" in made.notes[0]


def test_vectors_that_differ_between_windows_are_cut_counted_and_kept(
    source: Windows, convert: Convert, tmp_path: Path
) -> None:
    arrays = take(source)
    arrays["context_sequences"][2, 3, 0] = np.nextafter(arrays["context_sequences"][2, 3, 0], 2)  # in one copy of six
    arrays["target_vectors"][8] = np.nan
    write_npz(tmp_path / "a.npz", *arrays.values())
    made = convert(tmp_path / "a.npz")
    assert list_vectors(open_windows(tmp_path / "made")) == list_vectors(open_windows(tmp_path / "a.npz"))
    assert made.facts["disagreeing"] == 3  # window 2 and the one after it, and the one after window 8
    assert "3 windows are the next ones by their position, but not by their vectors" in made.notes[0]
    assert open_table(tmp_path / "made").manifest["converted"]["disagreeing"] == 3


def test_the_same_nan_in_every_copy_is_no_difference(make_table: MakeTable, convert: Convert, tmp_path: Path) -> None:
    folder = make_table(sizes=(12,))
    vectors = np.load(folder / "vectors.npy")
    vectors[7] = np.nan
    np.save(folder / "vectors.npy", vectors)
    write_npz(tmp_path / "a.npz", *take(open_windows(folder)).values())
    assert convert(tmp_path / "a.npz").facts["disagreeing"] == 0
    np.testing.assert_array_equal(open_table(tmp_path / "made").stored, vectors)


def test_a_position_that_is_there_twice_is_counted_and_kept(source: Windows, convert: Convert, tmp_path: Path) -> None:
    arrays = take(source, np.array([0, 1, 1, 2, 3]))
    write_npz(tmp_path / "a.npz", *arrays.values())
    made = convert(tmp_path / "a.npz")
    assert made.facts["repeated"] == 1
    assert "1 windows have the position of another window" in made.notes[0]
    assert list_vectors(open_windows(tmp_path / "made")) == list_vectors(open_windows(tmp_path / "a.npz"))


@pytest.mark.parametrize("positions", ["1-D", "none"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_without_positions_what_continues_is_joined_and_the_rest_stands_alone(
    shuffled: bool, positions: str, source: Windows, convert: Convert, tmp_path: Path
) -> None:
    index = np.arange(len(source))[:: -1 if shuffled else 1]
    arrays = take(source, index)
    del arrays["sequence_positions"]
    if positions == "1-D":
        arrays["sequence_positions"] = np.arange(len(source))
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    made = convert(tmp_path / "a.npz")
    assert list_vectors(open_windows(tmp_path / "made")) == list_vectors(source)
    expected = [6] * len(source) if shuffled else [size for size in SIZES if size > 5]
    assert np.diff(open_table(tmp_path / "made").offsets).tolist() == expected
    assert read_articles(tmp_path / "made")[1]["id"] == "2"
    assert read_articles(tmp_path / "made")[1]["first_window"] == (1 if shuffled else 4)
    assert made.facts == {"windows": len(source), "context": 5, "order": "unknown"}
    assert "a.npz does not say which article a window is from" in made.notes[0]
    assert open_table(tmp_path / "made").manifest["converted"]["notes"] == list(made.notes)


@pytest.mark.parametrize(
    ("stored", "asked", "made"),
    [
        ("float32", None, "float32"),
        ("float16", None, "float16"),
        ("float64", None, "float32"),
        ("float32", "float16", "float16"),
        ("float16", "float32", "float32"),
    ],
)
def test_the_dtype_is_the_files_or_what_was_asked_for(
    stored: str, asked: str | None, made: str, source: Windows, convert: Convert, tmp_path: Path
) -> None:
    arrays = {key: a.astype(stored) if a.dtype.kind == "f" else a for key, a in take(source).items()}
    write_npz(tmp_path / "a.npz", *arrays.values())
    assert convert(tmp_path / "a.npz", dtype=asked).dtype == made
    again = open_windows(tmp_path / "made")
    assert again.context_rows.dtype == made
    expected = arrays["target_vectors"].astype(made).astype(np.float32)
    np.testing.assert_array_equal(again.read_targets(np.arange(len(source))), expected)


def test_a_number_that_does_not_fit_is_told(source: Windows, convert: Convert, tmp_path: Path) -> None:
    arrays = take(source)
    arrays["target_vectors"][-1, 0] = 70_000
    write_npz(tmp_path / "a.npz", *arrays.values())
    with pytest.raises(InputError, match=r"--dtype: found 'a number beyond 65504 among rows .*another dtype"):
        convert(tmp_path / "a.npz", dtype="float16")


def test_texts_and_the_manifest_beside_the_npz_are_carried_over(
    source: Windows, convert: Convert, tmp_path: Path
) -> None:
    texts = np.array([f"text {number} \u00e9\ud800" for number in range(len(source))])
    np.savez(tmp_path / "a.npz", **take(source), target_texts=texts)  # type: ignore[arg-type]
    manifest = {"encoder": "e", "probes": {"sha256": "x"}, "dtype": "other", "rows": 1}
    (tmp_path / "a.manifest.json").write_text(json.dumps(manifest))
    made = convert(tmp_path / "a.npz")
    table = open_table(tmp_path / "made")
    found = table.read_texts()
    assert found is not None
    assert found[:6] == ["", "", "", "", "", "text 0 \u00e9\ud800"]
    assert len(found) == table.rows == made.rows
    assert [text for text in found if text] == texts.tolist()
    assert read_manifest_of(open_windows(tmp_path / "made")) == table.manifest
    assert {key: table.manifest[key] for key in ("encoder", "probes", "name", "dtype", "rows", "dim")} == {
        "encoder": "e", "probes": {"sha256": "x"}, "name": "made", "dtype": "float32", "rows": made.rows, "dim": 16,
    }  # fmt: skip
    assert set(table.manifest["files"]) == {"vectors.npy", "offsets.npy", "articles.jsonl", "texts.jsonl.gz"}


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (np.array(["pickled"] * 22, dtype=object), "pickled objects"),
        (np.array(["few"]), "1 of them for 22 windows"),
        (np.zeros(22), "found 'float64"),
    ],
)
def test_texts_that_cannot_be_used_are_left_out_and_said(
    texts: Any, told: str, source: Windows, convert: Convert, tmp_path: Path
) -> None:
    np.savez(tmp_path / "a.npz", **take(source), target_texts=texts)  # type: ignore[arg-type]
    made = convert(tmp_path / "a.npz")
    assert made.notes[0].startswith("texts are left out: ")
    assert told in made.notes[0]
    assert open_table(tmp_path / "made").read_texts() is None


def test_characters_that_are_none_are_told(source: Windows, convert: Convert, tmp_path: Path) -> None:
    texts = np.full(len(source), 0x7FFFFFFF, dtype=np.uint32).view("<U1")
    np.savez(tmp_path / "a.npz", **take(source), target_texts=texts)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"target_texts: found '0x7fffffff', expected characters of Unicode"):
        convert(tmp_path / "a.npz")


@pytest.mark.parametrize("half", ["train", "val"])
def test_each_half_of_a_file_that_carries_both(half: str, source: Windows, convert: Convert, tmp_path: Path) -> None:
    arrays = take(source)
    cut = {"train": slice(0, 15), "val": slice(15, None)}
    both = {f"{name}_{key}": array[cut[name]] for name in cut for key, array in arrays.items()}
    np.savez(tmp_path / "a.npz", **both)  # type: ignore[arg-type]
    made = convert(tmp_path / "a.npz", half=half)
    again = open_windows(tmp_path / "made")
    np.testing.assert_array_equal(again.read_targets(np.arange(len(again))), arrays["target_vectors"][cut[half]])
    assert made.facts["order"] == "positions"
    other = "val" if half == "train" else "train"
    assert made.notes == (f"a.npz also carries another half: --half {other} converts it",)


def test_another_length_of_context_is_the_files(make_table: MakeTable, convert: Convert, tmp_path: Path) -> None:
    source = open_windows(make_table(sizes=SIZES), 3)
    write_npz(tmp_path / "a.npz", *take(source).values())
    assert convert(tmp_path / "a.npz").facts["context"] == 3
    assert list_vectors(open_windows(tmp_path / "made", 3)) == list_vectors(source)


def test_what_holds_no_windows_is_refused(convert: Convert, tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", np.zeros((0, 5, 4), np.float32), np.zeros((0, 4), np.float32), np.zeros((0, 2), int))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"a\.npz: found 'no windows'"):
        convert(tmp_path / "a.npz")
