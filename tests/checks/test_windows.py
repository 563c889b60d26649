import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.errors import InputError
from checks.table import Table
from checks.windows import cut_windows, open_npz, open_validation, open_windows, write_npz

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


def is_mapped(array: NDArray[Any]) -> bool:
    """Tell whether an array lies in a file; a copy of a memmap calls itself one too."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
@pytest.mark.parametrize("stored", ["plain", "small and compressed", "large and compressed"])
def test_every_dtype_and_order(
    stored: str, dtype: str, order: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if stored.startswith("large"):
        monkeypatch.setattr("checks.npz.LARGE_BYTES", 0)
    arrays = make_arrays()
    floats = {
        key: np.asarray(array, dtype=dtype, order=order) for key, array in arrays.items() if array.dtype.kind == "f"
    }
    windows = open_windows(save(tmp_path / "a.npz", floats, compressed=stored != "plain"))
    every = np.arange(6)
    contexts, targets = windows.read_contexts(every), windows.read_targets(every)
    assert (contexts.dtype.name, targets.dtype.name) == ("float32", "float32")
    np.testing.assert_array_equal(contexts, floats["context_sequences"].astype(np.float32))
    np.testing.assert_array_equal(targets, floats["target_vectors"].astype(np.float32))
    assert windows.context_rows.dtype == dtype, "float64 is not copied as a whole"
    assert is_mapped(windows.context_rows) == (stored.startswith("large") or (stored == "plain" and order == "C"))


def test_positions_by_either_name_count_when_they_are_pairs(tmp_path: Path) -> None:
    pairs = make_arrays()["sequence_positions"]
    path = save(tmp_path / "a.npz", {"sequence_positions": np.arange(6), "truth_keys": pairs})
    windows = open_windows(path)
    assert windows.chunk is not None
    assert windows.chunk.tolist() == [5, 6, 7, 5, 6, 7]
    assert windows.article_ids is not None
    assert windows.article_ids.tolist() == [7, 2_000_000_000]


def test_the_validation_half_that_a_file_carries_itself(tmp_path: Path) -> None:
    arrays = make_arrays()
    names = {"context_sequences": "context_sequences", "target_vectors": "target_vectors"}
    both = {f"train_{name}": arrays[key][:4] for key, name in names.items()}
    both |= {f"val_{name}": arrays[key][4:] for key, name in names.items()}
    np.savez(tmp_path / "a.npz", **both)
    train, validation = open_windows(tmp_path / "a.npz"), open_validation(tmp_path / "a.npz", 5)
    assert validation is not None
    assert (len(train), len(validation), validation.article) == (4, 2, None)
    np.testing.assert_array_equal(train.read_targets(np.arange(4)), arrays["target_vectors"][:4])
    np.testing.assert_array_equal(validation.read_contexts(np.arange(2)), arrays["context_sequences"][4:])
    np.testing.assert_array_equal(validation.read_targets(np.arange(2)), arrays["target_vectors"][4:])
    np.savez(tmp_path / "b.npz", **both, val_truth_keys=arrays["sequence_positions"][4:])
    validation = open_validation(tmp_path / "b.npz", 5)
    assert validation is not None
    assert validation.chunk is not None
    assert validation.chunk.tolist() == [6, 7]
    with pytest.raises(InputError, match="--context 5"):
        open_validation(tmp_path / "a.npz", 3)
    del both["val_target_vectors"]
    np.savez(tmp_path / "c.npz", **both)
    with pytest.raises(InputError, match="one of the arrays val_target_vectors"):
        open_validation(tmp_path / "c.npz", 5)


def test_what_carries_no_validation_half(tmp_path: Path) -> None:
    assert open_validation(save(tmp_path / "a.npz"), 5) is None
    assert open_validation(write_folder(tmp_path / "t", make_table()), 5) is None
    (tmp_path / "b.npz").write_text("no npz")
    with pytest.raises(InputError, match="cannot be read"):
        open_validation(tmp_path / "b.npz", 5)


def test_the_length_of_context_can_be_the_files(tmp_path: Path) -> None:
    assert open_npz(save(tmp_path / "a.npz")).context == 5


def test_only_what_is_needed_is_looked_at(tmp_path: Path) -> None:
    fired = tmp_path / "fired"

    class Evil:
        def __reduce__(self) -> Any:
            return (Path.touch, (fired,))

    evil = np.array([Evil()] * 6, dtype=object)
    unneeded = dict.fromkeys(("metadata", "target_texts", "target_ids", "contexts", "val_context_sequences"), evil)
    assert len(open_windows(save(tmp_path / "a.npz", unneeded))) == 6
    for needed in ("context_sequences", "target_vectors", "sequence_positions"):
        with pytest.raises(InputError, match=rf"b\.npz: {needed}\.npy: found 'pickled objects'"):
            open_windows(save(tmp_path / "b.npz", {needed: evil}))
    with pytest.raises(InputError, match=r"a\.npz: val_context_sequences\.npy: found 'pickled objects'"):
        open_validation(tmp_path / "a.npz", 5)
    assert not fired.exists()


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
        (
            {"context_sequences": np.zeros((6, 5, 0), np.float32), "target_vectors": np.zeros((6, 0), np.float32)},
            "D of",
        ),
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
