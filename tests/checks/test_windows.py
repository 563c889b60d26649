from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.errors import InputError
from checks.table import Table
from checks.windows import cut_windows, open_windows, write_npz

DIM = 4
SIZES = (7, 2, 0, 3, 6)


def make_table(dtype: str = "float32", sizes: tuple[int, ...] = SIZES) -> Table:
    """Make a table whose row r is [r, r, r, r]."""
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    rows = np.repeat(np.arange(offsets[-1], dtype=np.float32)[:, None], DIM, axis=1)
    if dtype == "int8":
        return Table(Path("t"), np.ones((len(rows), DIM), np.int8), rows[:, 0].copy(), offsets, {})
    return Table(Path("t"), rows.astype(dtype), None, offsets, {})


def write_folder(path: Path, table: Table) -> Path:
    path.mkdir()
    np.save(path / "vectors.npy", table.stored)
    np.save(path / "offsets.npy", table.offsets)
    if table.scales is not None:
        np.save(path / "scales.npy", table.scales)
    (path / "manifest.json").write_text("{}")
    return path


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
@pytest.mark.parametrize("context", [1, 2, 5, 6, 7])
def test_windows_are_every_run_inside_an_article(dtype: str, context: int, tmp_path: Path) -> None:
    table = make_table(dtype)
    windows = open_windows(write_folder(tmp_path / "t", table), context)
    expected = [
        (article, start, start + context)
        for article, (a, b) in enumerate(zip(table.offsets, table.offsets[1:], strict=False))
        for start in range(a, b - context)
    ]
    assert len(windows) == len(expected)
    assert (windows.dim, windows.context) == (DIM, context)
    assert windows.article is not None
    assert windows.chunk is not None
    every = np.arange(len(windows))
    contexts, targets = windows.read_contexts(every), windows.read_targets(every)
    assert contexts.shape == (len(expected), context, DIM)
    assert (contexts.dtype.name, targets.dtype.name) == ("float32", "float32")
    for number, (article, start, target) in enumerate(expected):
        assert contexts[number, :, 0].tolist() == list(range(start, target))
        assert targets[number, 0] == target
        assert windows.article[number] == article
        assert windows.chunk[number] == target - table.offsets[article]
        assert table.article_of_row[start] == table.article_of_row[target] == article


def test_a_table_without_a_long_article_has_no_window() -> None:
    for sizes in ((5, 3), (), (0, 0)):
        windows = cut_windows(make_table(sizes=sizes), 5)
        assert len(windows) == 0
        assert windows.read_contexts(np.arange(0)).shape == (0, 5, DIM)


def test_float_rows_stay_where_they_are(tmp_path: Path) -> None:
    windows = open_windows(write_folder(tmp_path / "t", make_table("float16")), 5)
    assert isinstance(windows.context_rows, np.memmap)
    assert windows.context_rows is windows.target_rows
    assert windows.table is not None


def make_arrays(count: int = 6, context: int = 5) -> dict[str, NDArray[Any]]:
    rows = np.random.default_rng(0).random((count, context + 1, DIM)).astype(np.float32)
    positions = np.stack([np.repeat([7, 2_000_000_000], count // 2), np.tile(np.arange(count // 2) + 5, 2)], axis=1)
    return {
        "context_sequences": rows[:, :context],
        "target_vectors": rows[:, context],
        "sequence_positions": positions.astype(np.int64),
    }


def save(path: Path, changed: dict[str, Any] | None = None, compressed: bool = False) -> Path:
    """Save an npz with some arrays changed, and left out where they are None."""
    arrays = {key: value for key, value in {**make_arrays(), **(changed or {})}.items() if value is not None}
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_the_layout_of_the_original(compressed: bool, tmp_path: Path) -> None:
    arrays = make_arrays()
    windows = open_windows(save(tmp_path / "a.npz", compressed=compressed))
    every = np.arange(6)
    np.testing.assert_array_equal(windows.read_contexts(every), arrays["context_sequences"])
    np.testing.assert_array_equal(windows.read_targets(every), arrays["target_vectors"])
    assert windows.article is not None
    assert windows.chunk is not None
    assert windows.article.tolist() == [0, 0, 0, 1, 1, 1], "numbered anew: an id is not an index"
    assert windows.chunk.tolist() == [5, 6, 7, 5, 6, 7]
    assert windows.table is None
    assert isinstance(windows.context_rows, np.memmap) != compressed


@pytest.mark.parametrize(
    ("contexts", "targets", "positions"),
    [
        ("contexts", "targets", "truth_keys"),
        ("train_context_sequences", "train_target_vectors", "sequence_positions"),
        ("context_sequences", "targets", None),
    ],
)
def test_other_names_for_the_same(contexts: str, targets: str, positions: str | None, tmp_path: Path) -> None:
    arrays = make_arrays()
    renamed: dict[str, Any] = {contexts: arrays["context_sequences"], targets: arrays["target_vectors"]}
    if positions:
        renamed[positions] = arrays["sequence_positions"]
    np.savez(tmp_path / "a.npz", **renamed)
    windows = open_windows(tmp_path / "a.npz")
    np.testing.assert_array_equal(windows.read_targets(np.arange(6)), arrays["target_vectors"])
    assert (windows.article is None) == (positions is None)


@pytest.mark.parametrize("positions", [np.arange(6), np.zeros((5, 2), int), np.zeros((6, 3), int), None])
def test_positions_of_another_shape_say_nothing_about_articles(positions: Any, tmp_path: Path) -> None:
    windows = open_windows(save(tmp_path / "a.npz", {"sequence_positions": positions}))
    assert (windows.article, windows.chunk) == (None, None)


def test_pickled_metadata_is_left_alone(tmp_path: Path) -> None:
    metadata = np.array([{"article_index": 3}] * 6, dtype=object)
    assert len(open_windows(save(tmp_path / "a.npz", {"metadata": metadata}))) == 6
    with pytest.raises(InputError, match="pickled objects"):
        open_windows(save(tmp_path / "b.npz", {"sequence_positions": metadata}))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"context_sequences": None}, "one of the arrays context_sequences, contexts"),
        ({"target_vectors": None}, "found 'context_sequences, sequence_positions', expected one of the arrays target"),
        ({"target_vectors": np.zeros((5, DIM), np.float32)}, r"\(N, T, D\) and \(N, D\)"),
        ({"target_vectors": np.zeros((6, DIM + 1), np.float32)}, r"\(N, T, D\) and \(N, D\)"),
        ({"context_sequences": np.zeros((6, DIM), np.float32)}, r"\(N, T, D\) and \(N, D\)"),
        ({"target_vectors": np.zeros((6, DIM), np.int32)}, "target_vectors: found int32, expected float32 or float16"),
        ({"context_sequences": np.zeros((6, 7, DIM), np.float32)}, "found '7 a window', expected '?5, or --context 7"),
        ({"sequence_positions": np.zeros((6, 2))}, "positions: found float64, expected integers"),
        ({"sequence_positions": np.full((6, 2), -1)}, "chunk numbers below 0 or too large"),
        ({"sequence_positions": np.full((6, 2), 1 << 40)}, "chunk numbers below 0 or too large"),
    ],
)
def test_what_does_not_fit_is_told(changed: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=told):
        open_windows(save(tmp_path / "a.npz", changed))


def test_what_is_neither_table_nor_npz_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found 'nothing', expected a table folder or an npz file"):
        open_windows(tmp_path / "gone")
    with pytest.raises(InputError, match=r"manifest\.json"):
        open_windows(tmp_path)
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(InputError, match=r"a\.npy: found 'a file that cannot be read'"):
        open_windows(tmp_path / "a.npy")
    np.savez(tmp_path / "empty.npz")
    with pytest.raises(InputError, match="found 'an empty archive'"):
        open_windows(tmp_path / "empty.npz")


def test_no_window_at_all_is_read(tmp_path: Path) -> None:
    empty = {"context_sequences": np.zeros((0, 5, DIM), np.float32), "target_vectors": np.zeros((0, DIM), np.float32)}
    windows = open_windows(save(tmp_path / "a.npz", {**empty, "sequence_positions": np.zeros((0, 2), np.int32)}))
    assert len(windows) == 0


def test_what_is_written_is_read(tmp_path: Path) -> None:
    table = cut_windows(make_table(), 2)
    every = np.arange(len(table))
    assert table.article is not None
    assert table.chunk is not None
    positions = np.stack([table.article, table.chunk], axis=1)
    write_npz(tmp_path / "a.npz", table.read_contexts(every), table.read_targets(every), positions)
    windows = open_windows(tmp_path / "a.npz", 2)
    np.testing.assert_array_equal(windows.read_contexts(every), table.read_contexts(every))
    np.testing.assert_array_equal(windows.read_targets(every), table.read_targets(every))
    np.testing.assert_array_equal(windows.chunk, table.chunk)
