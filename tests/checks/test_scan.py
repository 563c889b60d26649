import dataclasses
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks import dataset, scan
from checks.cosine import normalize
from checks.data import Data
from checks.dataset import Dataset
from checks.pages import drop_pages
from checks.scan import LEAST_REACH, scan_rows, scan_windows
from checks.windows import cut_windows, open_windows, write_npz


def make_rows(count: int = 40, dim: int = 8) -> Any:
    return np.random.default_rng(0).normal(size=(count, dim)).astype(np.float32)


@pytest.mark.parametrize("block_rows", [1, 3, 7, 512])
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_a_scan_agrees_with_a_plain_computation_whatever_the_blocks(
    block_rows: int, dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "BLOCK_ROWS", block_rows)
    stored = make_rows().astype(dtype)
    rows, weights = stored.astype(np.float64), np.arange(40, dtype=np.float32)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    told: list[float] = []
    found = scan_rows(stored, 6, weights, progress=lambda share, _: told.append(share))
    assert found.norms == pytest.approx(np.linalg.norm(rows, axis=1), abs=1e-5)
    for d in range(1, 7):
        assert found.cosines[d - 1, : 40 - d] == pytest.approx((unit[:-d] * unit[d:]).sum(axis=1), abs=1e-5)
        assert np.isnan(found.cosines[d - 1, 40 - d :]).all()
    assert found.weighted == pytest.approx(weights @ unit, abs=1e-3)
    assert told[-1] == 1.0


@pytest.mark.parametrize("block_rows", [2, 512])
@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 3e38, 1e-30])
def test_rows_that_are_no_vectors_are_told_by_their_norms(
    value: float, block_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "BLOCK_ROWS", block_rows)
    rows = make_rows()
    rows[7] = value
    found = scan_rows(rows, 2, np.ones(40, dtype=np.float32))
    assert np.isfinite(found.norms).tolist() == [i != 7 or bool(np.isfinite(value)) for i in range(40)]
    unit = normalize(rows)
    with np.errstate(invalid="ignore"):
        assert found.cosines[0, :39] == pytest.approx((unit[:-1] * unit[1:]).sum(axis=1), abs=1e-6, nan_ok=True)
    if np.isfinite(value):
        assert found.norms[7] == pytest.approx(abs(value) * 8**0.5)


def test_cosines_are_looked_up_both_ways_and_only_as_far_as_they_reach() -> None:
    rows = make_rows()
    rows[3], rows[4] = 0.0, np.nan
    found = scan_rows(rows, 2, np.ones(40, dtype=np.float32))
    here, there = np.array([10, 12, 10, 10, 9, 3, 4]), np.array([12, 10, 13, 10, 10, 3, 4])
    cosines, known = found.look_up(here, there)
    assert known.tolist() == [True, True, False, True, True, True, True]
    assert cosines[0] == cosines[1] == found.cosines[1, 10]
    assert cosines[4] == found.cosines[0, 9]
    assert cosines[[3, 5]].tolist() == [1.0, 0.0]
    assert np.isnan(cosines[[2, 6]]).all()


def test_a_table_is_read_once_and_an_npz_array_by_array(healthy: Data, healthy_npz: Data) -> None:
    windows = healthy.train.windows
    table = scan_windows(windows)
    assert table.contexts is table.targets
    assert list(table.parts) == ["rows"]
    assert table.contexts.reach == LEAST_REACH
    npz = scan_windows(healthy_npz.train.windows)
    assert list(npz.parts) == ["contexts", "targets"]
    assert (npz.contexts.reach, npz.targets.reach) == (4, 0)
    for found in (table, npz):
        targets = normalize(windows.read_targets(np.arange(len(windows))))
        assert found.target_sum == pytest.approx(targets.sum(axis=0), abs=1e-3)


def test_a_longer_context_is_reached(lab: Any) -> None:
    assert scan_windows(cut_windows(lab.make_table(), 9)).contexts.reach == 9


def test_the_digest_is_that_of_what_windows_read(healthy: Data, lab: Any) -> None:
    windows = healthy.train.windows
    table = windows.table
    assert table is not None
    digest = scan_windows(windows).digest
    assert len(digest) == 64
    assert scan_windows(cut_windows(lab.make_table(), 5)).digest == digest
    assert scan_windows(windows, hashed=False).digest == ""
    rows = np.array(table.stored)
    rows[17, 3] = np.nextafter(rows[17, 3], 2.0)
    changed = [
        cut_windows(dataclasses.replace(table, stored=rows), 5), cut_windows(table, 4),
        dataclasses.replace(windows, target=np.roll(windows.target, 1)),
        dataclasses.replace(windows, article=None, chunk=None),
    ]  # fmt: skip
    assert len({digest, *(scan_windows(other).digest for other in changed)}) == 5


def test_the_scan_of_a_data_set_is_made_once_whoever_asks(healthy: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(dataset, "scan_windows", lambda *a, **k: made.append(1) or scan_windows(*a, **k))
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(healthy.train.scan)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert all(one is found[0] for one in found)
    assert healthy.scan is found[0]


def test_a_changed_copy_of_a_data_set_has_a_scan_of_its_own(healthy: Data) -> None:
    table = healthy.train.windows.table
    assert table is not None
    whole = healthy.train.scan
    doubled = cut_windows(dataclasses.replace(table, stored=2 * np.asarray(table.stored)), 5)
    other = dataclasses.replace(healthy.train, windows=doubled)
    assert other.scan.contexts.norms == pytest.approx(2 * whole.contexts.norms)
    assert Dataset("train", doubled, None, hashed=False).scan.digest == ""


def test_a_mapped_npz_of_windows_is_scanned_where_it_lies(tmp_path: Path, healthy_npz: Data) -> None:
    windows = healthy_npz.train.windows
    every = np.arange(len(windows))
    contexts, targets = windows.read_contexts(every), windows.read_targets(every)
    assert windows.article is not None
    assert windows.chunk is not None
    write_npz(tmp_path / "w.npz", contexts, targets, np.stack([windows.article, windows.chunk], axis=1))
    opened = open_windows(tmp_path / "w.npz")
    assert scan_windows(opened).contexts.cosines == pytest.approx(
        healthy_npz.train.scan.contexts.cosines, abs=1e-6, nan_ok=True
    )
    drop_pages(opened.context_rows)
