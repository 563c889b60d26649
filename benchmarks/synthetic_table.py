"""A table of any size with the order of real text in it: articles of chunks that walk on from one to the next.

vector = normalise(sqrt(0.3) * article + sqrt(0.3) * walk + sqrt(0.4) * noise), each of the three of unit variance and
the walk an AR(1) process, so that neighbours have a cosine of about 0.3 + 0.3 * 0.8 = 0.54, as the shipped Wikipedia
table (0.545), and chunks of two articles one of about 0. Lengths of articles are lognormal, 75 chunks in the mean.
"""

import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError
from checks.table import Table, open_table

ARTICLE, WALK, NOISE = math.sqrt(0.3), math.sqrt(0.3), math.sqrt(0.4)
PERSISTENCE = 0.8  # of the walk, from one chunk to the next
MEDIAN_LENGTH, SPREAD, SHORTEST, LONGEST = 55, 0.8, 8, 400  # of articles, in chunks
BLOCK_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a synthetic table is made by; equal recipes make equal tables."""

    rows: int
    dim: int = 768
    dtype: str = "float32"  # or float16
    seed: int = 0


def draw_lengths(recipe: Recipe, draw: np.random.Generator) -> NDArray[np.int64]:
    """Return the articles' lengths (A,), which sum up to the recipe's rows; the last one takes what is left."""
    expected = MEDIAN_LENGTH * math.exp(SPREAD**2 / 2)
    drawn = draw.lognormal(math.log(MEDIAN_LENGTH), SPREAD, int(2 * recipe.rows / expected) + 2)
    lengths = np.clip(drawn.astype(np.int64), SHORTEST, LONGEST)
    whole = int(np.searchsorted(np.cumsum(lengths), recipe.rows - SHORTEST, side="right"))
    return np.append(lengths[:whole], recipe.rows - lengths[:whole].sum())


def make_article(length: int, dim: int, draw: np.random.Generator) -> NDArray[np.float32]:
    """Return one article's vectors (length, dim), each of unit length."""
    article = draw.standard_normal(dim, dtype=np.float32)
    walk = draw.standard_normal((length, dim), dtype=np.float32)
    walk[1:] *= math.sqrt(1 - PERSISTENCE**2)
    for earlier, later in itertools.pairwise(walk):
        later += PERSISTENCE * earlier
    rows = ARTICLE * article + WALK * walk + NOISE * draw.standard_normal((length, dim), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows, dtype=np.float32)


def make_blocks(lengths: NDArray[np.int64], dim: int, draw: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """Yield whole articles, about BLOCK_ROWS rows at a time."""
    block: list[NDArray[np.float32]] = []
    for length in lengths:
        block.append(make_article(int(length), dim, draw))
        if sum(map(len, block)) >= BLOCK_ROWS:
            yield np.concatenate(block)
            block = []
    if block:
        yield np.concatenate(block)


def write_table(folder: Path, recipe: Recipe) -> Table:
    """Write the table in a stream, or open the one of the same recipe that is there.

    Raises InputError when something else is there. The manifest comes last: without it no table is whole.
    """
    manifest = folder / "manifest.json"
    if manifest.exists():
        return _reopen(folder, recipe)
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(recipe.seed)
    lengths = draw_lengths(recipe, draw)
    np.save(folder / "offsets.npy", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
    _write_vectors(folder / "vectors.npy", recipe, make_blocks(lengths, recipe.dim, draw))
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"id": i, "title": f"Article {i}", "kind": "article"}) + "\n" for i in range(len(lengths))
        )
    manifest.write_text(json.dumps(_describe(recipe, len(lengths)), indent=2) + "\n", "utf-8")
    return open_table(folder)


def _write_vectors(path: Path, recipe: Recipe, blocks: Iterator[NDArray[np.float32]]) -> None:
    dtype = np.dtype(recipe.dtype)
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (recipe.rows, recipe.dim)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(block.astype(dtype, copy=False).tobytes())


def _describe(recipe: Recipe, articles: int) -> dict[str, Any]:
    made_by = {"encoder": "synthetic", "revision": None, "pooling": "none", "normalized": True, "licence": "CC0-1.0"}
    return {"name": "synthetic", **made_by, **asdict(recipe), "articles": articles}


def _reopen(folder: Path, recipe: Recipe) -> Table:
    table = open_table(folder)
    found = {key: table.manifest.get(key) for key in asdict(recipe)}
    if found != asdict(recipe):
        raise InputError(folder, "manifest.json", found, f"{asdict(recipe)}, or a new folder")
    return table
