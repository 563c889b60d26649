"""Rows of vectors, taken by number: held in the device's memory, or left in their file and mapped."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.pages import PAGE_BYTES, drop_pages

BLOCK_BYTES = 32 * 2**20
MAPPED_BYTES = 512 * 2**20  # that a mapping may have in memory before it gives its pages back
MOST_ROWS = 2 * MAPPED_BYTES // PAGE_BYTES  # read at once
SHARE_OF_MEMORY = 0.5  # of what is free; the rest is for the model, other programs and the file cache


class Rows(Protocol):
    """Vectors (M, D); `home` is where the numbers that `take` gets must be, what it returns is where one computes."""

    home: torch.device
    dim: int

    def take(self, index: Tensor) -> Tensor:
        """Return rows by number, (n,) int64 -> (n, D) float32."""
        ...


class HeldRows:
    """Rows in memory, float16 where they are stored so, and never a second time beside themselves."""

    def __init__(self, array: NDArray[Any], device: torch.device) -> None:
        """Copy (M, D) block by block, so that a mapped file and its copy are never both in memory."""
        self.home, self.dim = device, int(array.shape[1])
        dtype = torch.float16 if array.dtype == np.float16 else torch.float32
        self._rows = torch.empty(array.shape, dtype=dtype, device=device)
        for start, block in _read_blocks(array):
            self._rows[start : start + len(block)] = torch.from_numpy(block).to(device)

    def take(self, index: Tensor) -> Tensor:
        """Return rows by number, (n,) int64 -> (n, D) float32."""
        return self._rows.index_select(0, index).float()


class MappedRows:
    """Rows in their file; the pages that were read are given back now and then, so that memory stays small."""

    def __init__(self, array: NDArray[Any], device: torch.device) -> None:
        """Read (M, D) where it lies and send rows to `device`."""
        self.home, self.dim = torch.device("cpu"), int(array.shape[1])
        self._array = array
        self._device = device
        self._mapped_bytes = 0  # at most

    def take(self, index: Tensor) -> Tensor:
        """Return rows by number, (n,) int64 -> (n, D) float32."""
        pieces = [self._read(numbers) for numbers in np.array_split(index.numpy(), 1 + len(index) // MOST_ROWS)]
        rows = torch.from_numpy(pieces[0] if len(pieces) == 1 else np.concatenate(pieces))
        if self._device.type == "cpu":
            return rows
        return (rows.pin_memory() if self._device.type == "cuda" else rows).to(self._device, non_blocking=True)

    def _read(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Read a few rows; neighbours lie in one page."""
        rows = np.take(self._array, numbers, axis=0).astype(np.float32, copy=False)
        self._mapped_bytes += PAGE_BYTES * (1 + int(np.count_nonzero(np.diff(numbers) != 1)))
        if self._mapped_bytes >= MAPPED_BYTES:
            self._mapped_bytes = 0
            drop_pages(self._array)
        return rows


def open_rows(array: NDArray[Any], device: torch.device, *, mapped: bool) -> Rows:
    """Return rows (M, D) of an array as training reads them."""
    return MappedRows(array, device) if mapped else HeldRows(array, device)


def fits_memory(bytes_needed: int, device: torch.device) -> bool:
    """Tell whether so much may be held on a device: at most half of what is free there."""
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available
    return bytes_needed <= SHARE_OF_MEMORY * free


def count_bytes(array: NDArray[Any]) -> int:
    """Return how much memory HeldRows takes for an array, in bytes."""
    return array.size * (2 if array.dtype == np.float16 else 4)


def _read_blocks(array: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield (first row, block) as float16 or float32, each a copy."""
    dtype = np.float16 if array.dtype == np.float16 else np.float32
    step = max(1, BLOCK_BYTES // max(1, array[:1].nbytes))
    for start in range(0, len(array), step):
        yield start, np.array(array[start : start + step], dtype=dtype, order="C")
        drop_pages(array)
