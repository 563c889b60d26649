import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks import pages
from checks.pages import drop_pages, read_spread, take_rows


def write_rows(path: Path, count: int = 20) -> NDArray[Any]:
    np.save(path, np.random.default_rng(0).normal(size=(count, 6)).astype(np.float32))
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]


def count_resident(array: NDArray[Any]) -> int:
    """Return the bytes of a mapped file that this process has in memory, by the kernel's own account."""
    lines, found = Path("/proc/self/smaps").read_text("utf-8").splitlines(), False
    for line in lines:
        if "-" in line.split(" ")[0] and ":" not in line.split(" ")[0]:
            found = str(array.filename) in line  # type: ignore[attr-defined]
        elif found and line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the file is not mapped")


@pytest.mark.parametrize(("count", "expected"), [(5, [0, 4, 8, 12, 16]), (20, list(range(20))), (100, list(range(20)))])
def test_rows_spread_over_a_file_come_some_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, expected: list[int]
) -> None:
    monkeypatch.setattr(pages, "PIECE_BYTES", 3 * pages.PAGE_BYTES)
    parts = list(read_spread(stored := write_rows(tmp_path / "rows.npy"), count))
    assert max(map(len, parts)) <= 3
    assert np.array_equal(np.concatenate(parts), stored[expected])


def test_pages_are_dropped_of_a_mapping_alone_and_the_rows_stay(tmp_path: Path) -> None:
    stored = write_rows(tmp_path / "rows.npy")
    before = np.array(stored)
    for part in (stored[3:], stored[2:5], stored[:, 1:], stored[::2], stored[:0]):
        drop_pages(part)
        assert np.array_equal(stored, before)
    drop_pages(before)  # not mapped: nothing to give back
    assert isinstance(stored.base, mmap.mmap)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what is in memory of a file")
def test_what_was_read_is_no_longer_in_memory(tmp_path: Path) -> None:
    stored = write_rows(tmp_path / "rows.npy", 1_000_000)  # 24 MB
    assert float(stored[500_000:].sum()) != 0.0
    before = count_resident(stored)
    assert before >= 12_000_000
    drop_pages(stored[600_000:700_000])
    assert before - count_resident(stored) >= 2_400_000
    drop_pages(stored)
    take_rows(stored, np.random.default_rng(0).permutation(len(stored))[:10_000])
    assert count_resident(stored) == 0


@pytest.mark.parametrize("shape", [(7,), (3, 4), (0,), (2, 0)])
@pytest.mark.parametrize("page_bytes", [24, 100, 2**21])
def test_rows_taken_at_random_are_those_of_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], page_bytes: int
) -> None:
    monkeypatch.setattr(pages, "PAGE_BYTES", page_bytes)
    monkeypatch.setattr(pages, "PIECE_BYTES", 2 * page_bytes)
    stored = write_rows(tmp_path / "rows.npy")
    index = np.random.default_rng(1).integers(0, len(stored), shape)
    for array in (stored, np.array(stored)):
        taken = take_rows(array, index)
        assert np.array_equal(taken, np.array(stored)[index])
        taken[...] = 0  # a copy: the file stays as it is
