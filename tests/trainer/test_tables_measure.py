import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.adjacency import measure_coherence
from checks.scan import scan_windows
from checks.table import open_table
from checks.windows import cut_windows, open_windows, write_npz
from trainer.tables import rows as rows_module
from trainer.tables.measure import measure
from trainer.tables.measures import Measures, Values
from trainer.tables.rows import hash_rows, map_rows, open_source, read_blocks

WriteRows = Callable[..., Path]
Draw = Callable[..., NDArray[np.float32]]
SIZES = (30, 3, 12, 1, 25)


def measure_path(path: Path, context: int = 5) -> tuple[Measures, Values]:
    return measure(open_source(str(path), context), "it")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks end in the middle of articles, and of pairs."""
    reading = rows_module._read_table
    monkeypatch.setattr(rows_module, "_read_table", lambda table, offsets, _: reading(table, offsets, 4))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_the_numbers_are_those_of_all_rows_at_once(dtype: str, write_rows: WriteRows, draw_article: Draw) -> None:
    articles = [draw_article(size, seed) * (1 + seed / 10) for seed, size in enumerate(SIZES)]
    articles[4][7] = articles[0][2]
    path = write_rows("t", articles, kinds=["article", "list", "article", "article", "list"], dtype=dtype)
    found, values = measure_path(path)
    rows = open_table(path).read().astype(np.float64)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    norms = np.linalg.norm(rows, axis=1)
    bounds = np.cumsum([0, *SIZES])
    inside = [unit[a:b] for a, b in pairwise(bounds)]
    assert (found.rows, found.dim, found.dtype, found.layout) == (71, 64, dtype, "table")
    assert (found.articles, found.windows, found.kinds) == (5, 25 + 7 + 20, {"article": 3, "list": 2})
    assert found.copies == 1
    for offset, told in enumerate(found.profile, 1):
        cosines = np.concatenate([(a[:-offset] * a[offset:]).sum(axis=1) for a in inside])
        assert told == pytest.approx(cosines.mean(), abs=1e-6)
    near = np.concatenate([(a[:-1] * a[1:]).sum(axis=1) for a in inside])
    assert np.allclose(values.adjacency, near, atol=1e-6)
    assert (found.adjacency.count, found.adjacency.std) == (66, pytest.approx(near.std(), abs=1e-6))
    assert found.adjacency.p10 == pytest.approx(np.percentile(near, 10), abs=1e-6)
    assert found.low_share == pytest.approx((near < 0.30).mean())
    products = unit @ unit.T
    assert found.random == pytest.approx(products[~np.eye(71, dtype=bool)].mean(), abs=1e-6)
    assert (found.norms.mean, found.norms.max) == pytest.approx((norms.mean(), norms.max()), abs=1e-6)
    assert (found.number_mean, found.number_std) == pytest.approx((rows.mean(), rows.std()), abs=1e-6)
    assert found.lengths is not None
    assert (found.lengths.min, found.lengths.p50, found.lengths.max) == (1, 12, 30)


def test_neighbours_are_those_that_preflight_judges(write_rows: WriteRows, draw_article: Draw, tmp_path: Path) -> None:
    path = write_rows("t", [draw_article(size, size) for size in SIZES])
    windows = cut_windows(open_table(path), 5)
    found, values = measure_path(path)
    judged = measure_coherence(windows, scan_windows(windows), 0)
    assert np.allclose(values.adjacency, judged.cosines, atol=1e-6)
    assert found.low_share == pytest.approx(judged.measure_low(0.30))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_npz_is_measured_by_its_targets(
    save: Any, write_rows: WriteRows, draw_article: Draw, tmp_path: Path
) -> None:
    windows = cut_windows(open_table(write_rows("t", [draw_article(n, n) for n in (20, 30)])), 7)
    every = np.arange(len(windows))
    contexts, targets = windows.read_contexts(every), windows.read_targets(every)
    assert windows.article is not None
    positions = np.stack([windows.article, windows.chunk], axis=1)
    save(tmp_path / "w.npz", context_sequences=contexts, target_vectors=targets, sequence_positions=positions)
    found, values = measure_path(tmp_path / "w.npz", 7)
    assert (found.layout, found.rows, found.windows, found.context, found.kinds) == ("npz", 36, 36, 7, {})
    assert (found.articles, values.lengths.tolist()) == (2, [20, 30])
    opened = open_windows(tmp_path / "w.npz", 7)
    assert np.allclose(values.adjacency, measure_coherence(opened, scan_windows(opened), 0).cosines, atol=1e-6)
    for offset, told in enumerate(found.profile, 1):
        assert told == pytest.approx((contexts[:, -offset] * targets).sum(axis=1).mean(), abs=1e-5)


def test_an_npz_may_say_little(draw_article: Draw, tmp_path: Path) -> None:
    rows = draw_article(24, 0)
    contexts = np.stack([rows[i : i + 3] for i in range(20)])
    write_npz(tmp_path / "w.npz", contexts, rows[3:23], np.arange(20, dtype=np.int32))
    found, values = measure_path(tmp_path / "w.npz", 3)
    assert (found.articles, found.lengths, len(values.lengths), found.encoder) == (0, None, 0, {"dim": 64})
    assert [math.isnan(cosine) for cosine in found.profile] == [False] * 3 + [True] * 2


def test_faulty_rows_are_counted_and_spoil_nothing(write_rows: WriteRows, draw_article: Draw) -> None:
    article = draw_article(40, 0)
    sound, _ = measure_path(write_rows("sound", [article]))
    broken = article.copy()
    broken[3, 5], broken[7, 1], broken[9, 2], broken[12:14] = np.nan, np.inf, -np.inf, 0
    found, values = measure_path(write_rows("broken", [broken]))
    assert (found.nan_rows, found.inf_rows, found.zero_rows, found.copies) == (1, 2, 2, 1)
    assert found.norms.count == len(values.norms) == 37
    assert found.adjacency.count == 39 - 6
    assert found.random == pytest.approx(sound.random, abs=0.1)
    assert (sound.nan_rows, sound.inf_rows, sound.zero_rows, sound.copies) == (0, 0, 0, 0)


def test_a_table_of_one_row_has_no_neighbours(write_rows: WriteRows, draw_article: Draw) -> None:
    found, _ = measure_path(write_rows("t", [draw_article(1, 0)]))
    assert (found.windows, found.adjacency.count) == (0, 0)
    assert all(map(math.isnan, (found.random, found.adjacency.mean, found.low_share, *found.profile)))


def test_rows_are_mapped_a_stretch_at_a_time(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(50, 3, 8)).astype(np.float32)
    np.save(tmp_path / "a.npy", rows)
    stored = np.lib.format.open_memmap(tmp_path / "a.npy", mode="r")
    for start, stop in ((0, 50), (7, 19), (49, 60), (50, 60), (3, 3)):
        assert np.array_equal(map_rows(stored, start, stop), rows[start:stop])
        flat = stored.reshape(-1, 8)
        assert np.array_equal(map_rows(flat, start, stop), rows.reshape(-1, 8)[start:stop])
    assert map_rows(stored, 7, 19).base is not stored
    for other in (rows, np.asfortranarray(rows)):
        assert np.array_equal(map_rows(other, 7, 19), rows[7:19])


def test_equal_bytes_have_equal_hashes() -> None:
    rows = np.array([[1, 2], [1, 3], [1, 2]], dtype=np.int8)
    hashes = hash_rows(rows)
    assert (hashes[0] == hashes[2], hashes[0] == hashes[1]) == (True, False)
    scaled = hash_rows(rows, np.array([1, 1, 2], dtype=np.float32))
    assert len(set(scaled.tolist())) == 3  # the same numbers at another scale are another row


def test_int8_rows_stay_on_disk_and_read_the_same(write_rows: WriteRows, draw_article: Draw) -> None:
    path = write_rows("t", [draw_article(20, 0), draw_article(9, 1)], dtype="int8")
    lazy, eager = open_source(str(path), 5), open_windows(path)
    assert not isinstance(lazy.context_rows, np.ndarray)
    index = np.array([0, 7, 18])
    assert np.array_equal(lazy.read_contexts(index), eager.read_contexts(index))
    assert np.array_equal(lazy.read_targets(index), eager.read_targets(index))
    assert np.array_equal(lazy.context_rows[3:9], eager.context_rows[3:9])
    assert (len(lazy.context_rows), lazy.dim, len(lazy)) == (29, 64, len(eager))
    assert np.array_equal(np.concatenate([block.rows for block in read_blocks(lazy)]), eager.context_rows)
