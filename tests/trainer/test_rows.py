from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from trainer import rows
from trainer.rows import HeldRows, MappedRows, count_bytes, fits_memory, open_rows

CPU = torch.device("cpu")
INDEX = torch.tensor([5, 0, 19, 5])


def write_rows(path: Path, dtype: Any) -> NDArray[Any]:
    np.save(path, np.random.default_rng(0).normal(size=(20, 6)).astype(dtype))
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
@pytest.mark.parametrize("mapped", [True, False])
def test_rows_come_as_float32_wherever_they_lie(tmp_path: Path, dtype: Any, mapped: bool) -> None:
    stored = write_rows(tmp_path / "rows.npy", dtype)
    taken = open_rows(stored, CPU, mapped=mapped).take(INDEX)
    assert taken.dtype == torch.float32
    assert np.array_equal(taken.numpy(), stored[INDEX.numpy()].astype(np.float32))


def test_rows_of_half_the_size_are_held_as_such(tmp_path: Path) -> None:
    sizes = {dtype: count_bytes(write_rows(tmp_path / "rows.npy", dtype)) for dtype in (np.float16, np.float32)}
    assert sizes == {np.float16: 240, np.float32: 480}
    assert count_bytes(write_rows(tmp_path / "rows.npy", np.float64)) == 480


@pytest.mark.parametrize("block_bytes", [1, 100, 10_000])
def test_rows_are_copied_whole_block_by_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(rows, "BLOCK_BYTES", block_bytes)
    stored = write_rows(tmp_path / "rows.npy", np.float32)
    assert np.array_equal(HeldRows(stored, CPU).take(torch.arange(20)).numpy(), stored)


def test_a_mapping_gives_its_pages_back_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[int] = []
    monkeypatch.setattr(rows, "drop_pages", lambda array: dropped.append(len(array)))
    monkeypatch.setattr(rows, "MAPPED_BYTES", 10 * rows.PAGE_BYTES)
    mapped = MappedRows(write_rows(tmp_path / "rows.npy", np.float32), CPU)
    for _ in range(6):
        mapped.take(INDEX)
    assert dropped == [20, 20]
    for _ in range(6):
        mapped.take(torch.arange(4))  # neighbours: one page
    assert dropped == [20, 20]


@pytest.mark.parametrize("most", [1, 3, 4, 100])
def test_many_rows_are_read_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", most)
    stored = write_rows(tmp_path / "rows.npy", np.float32)
    index = torch.tensor([5, 0, 19, 5, 6, 7, 2, 2, 18, 1])
    assert np.array_equal(MappedRows(stored, CPU).take(index).numpy(), stored[index.numpy()])


def test_what_is_more_than_half_of_the_free_memory_does_not_fit() -> None:
    assert fits_memory(1, CPU)
    assert not fits_memory(2**50, CPU)
