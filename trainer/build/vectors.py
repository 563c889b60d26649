"""Rows on disk while they are being made: encoded block by block, quantised row by row."""

import dataclasses
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError
from trainer.build.encoder import Encoder
from trainer.build.workplace import BuildState, read_texts, write_state

BLOCK_ROWS = 256
INT8_TOP = 127
DTYPES = ("int8", "float16", "float32")
_UNIT_TOLERANCE = 1e-3


def quantise(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return (rows int8 (B, D), scales float32 (B,)) with vector = row * scale; a row's largest number becomes 127."""
    scales = np.abs(vectors).max(axis=1) / INT8_TOP
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def encode_rows(
    folder: Path, state: BuildState, encoder: Encoder, dtype: str, batch_size: int, tell: Callable[[int], None]
) -> BuildState:
    """Encode the rows that are not on disk yet; after each block it is, and the state says so."""
    state = _claim(folder, state, encoder)
    arrays = _open_arrays(folder, state, encoder.facts.dim, dtype)
    texts = read_texts(folder, state.encoded)
    tell(state.encoded)
    for block in _cut_blocks(texts):
        vectors = encoder.encode(block, batch_size)
        _require_unit(vectors, state.encoded, encoder)
        columns = quantise(vectors) if dtype == "int8" else (vectors,)
        for array, column in zip(arrays, columns, strict=True):
            array[state.encoded : state.encoded + len(block)] = column
            array.flush()
        state = dataclasses.replace(state, encoded=state.encoded + len(block))
        write_state(folder, state)
        tell(state.encoded)
    return state


def _claim(folder: Path, state: BuildState, encoder: Encoder) -> BuildState:
    """Half a table must not come from other weights than the other half."""
    weights = encoder.facts.weights_sha256
    if state.encoded and state.weights_sha256 != weights:
        found = f"weights {weights[:12]}…, after {state.encoded} rows from {state.weights_sha256[:12]}…"
        raise InputError(folder, "", found, "the same encoder, or --restart to begin anew")
    return dataclasses.replace(state, weights_sha256=weights)


def _open_arrays(folder: Path, state: BuildState, dim: int, dtype: str) -> list[np.memmap[Any, Any]]:
    shapes: dict[str, tuple[tuple[int, ...], str]] = {"vectors.npy": ((state.rows, dim), dtype)}
    if dtype == "int8":
        shapes["scales.npy"] = ((state.rows,), "float32")
    arrays = []
    for name, (shape, kind) in shapes.items():
        if state.encoded:
            arrays.append(np.lib.format.open_memmap(folder / name, mode="r+"))
        else:
            arrays.append(np.lib.format.open_memmap(folder / name, mode="w+", dtype=np.dtype(kind), shape=shape))
    return arrays


def _cut_blocks(texts: Iterator[str]) -> Iterator[list[str]]:
    while block := list(islice(texts, BLOCK_ROWS)):
        yield block


def _require_unit(vectors: NDArray[np.float32], first: int, encoder: Encoder) -> None:
    lengths = np.linalg.norm(vectors, axis=1)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= _UNIT_TOLERANCE))  # nan is wrong too
    if len(wrong):
        found = f"a vector of length {lengths[wrong[0]]:g}"
        raise InputError(encoder.facts.name, f"row {first + wrong[0]}", found, "length 1")
