"""Small copies of data in memory, for controls to break."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from checks.data import Data
from checks.sequence import order_windows
from checks.table import Table
from checks.windows import Windows, cut_windows

SAMPLE_ROWS = 1500


def sample_train(data: Data, rows: int = SAMPLE_ROWS) -> Data:
    """Return the data with nothing but a copy of about `rows` rows of the training set."""
    return replace_train(data, take_sample(data.train.windows, rows))


def replace_train(data: Data, windows: Windows) -> Data:
    """Return the data with other training windows and no OOD sets."""
    return dataclasses.replace(data, train=dataclasses.replace(data.train, windows=windows), ood=())


def take_sample(windows: Windows, rows: int = SAMPLE_ROWS) -> Windows:
    """Copy whole articles of a table, spread over it, or a stretch of neighbouring windows of an npz; float32."""
    if windows.table is not None:
        return cut_windows(_sample_table(windows.table, rows), windows.context)
    index = order_windows(windows)[:rows]
    contexts, targets = windows.read_contexts(index), windows.read_targets(index)
    first, number = np.arange(len(index), dtype=np.int64) * windows.context, np.arange(len(index), dtype=np.int64)
    article = None if windows.article is None else windows.article[index]
    chunk = None if windows.chunk is None else windows.chunk[index]
    flat = contexts.reshape(-1, windows.dim)
    return Windows(windows.path, flat, targets, first, number, article, chunk, windows.context)


def _sample_table(table: Table, rows: int) -> Table:
    sizes = np.diff(table.offsets)
    stride = max(1, int(table.rows / rows))
    chosen = np.flatnonzero(sizes)[::stride]
    chosen = chosen[: max(1, int(np.searchsorted(np.cumsum(sizes[chosen]), 2 * rows)))]
    index = np.concatenate([np.arange(table.offsets[a], table.offsets[a + 1]) for a in chosen])
    offsets = np.concatenate([[0], np.cumsum(sizes[chosen])]).astype(np.int64)
    articles = chosen if table.articles is None else table.articles[chosen]
    return Table(table.path, table.take(index), None, offsets, table.manifest, articles)


def replace_vectors(windows: Windows, rows: NDArray[np.float32], targets: NDArray[np.float32] | None = None) -> Windows:
    """Return the windows of a sample over other vectors; a table has one array of rows, so its targets change too."""
    if windows.table is not None:
        return cut_windows(dataclasses.replace(windows.table, stored=rows), windows.context)
    return dataclasses.replace(
        windows, context_rows=rows, target_rows=windows.target_rows if targets is None else targets
    )


def replace_targets(windows: Windows, rows: NDArray[np.float32]) -> Windows:
    """Return the windows of a sample with other target rows; those of a table are its rows."""
    return replace_vectors(windows, np.asarray(windows.context_rows) if windows.table is None else rows, rows)


def number_articles(windows: Windows) -> NDArray[np.int64]:
    """Return the article of every context row of a sample, (M,); all one where the file does not say."""
    if windows.table is not None:
        return windows.table.article_of_row.astype(np.int64)
    if windows.article is None:
        return np.zeros(len(windows.context_rows), dtype=np.int64)
    return np.repeat(windows.article.astype(np.int64), windows.context)


def shuffle_within(groups: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return a permutation (M,) that only moves rows inside their own group; groups are contiguous."""
    return np.lexsort((np.random.default_rng(seed).random(len(groups)), groups)).astype(np.int64)


def shift_targets(windows: Windows) -> Windows:
    """Give every window of a sample the target of the one after it in the text; the last keeps to the first."""
    order = order_windows(windows)
    target = windows.target.copy()
    target[order] = windows.target[np.roll(order, -1)]
    return dataclasses.replace(windows, target=target)


def permute_targets(windows: Windows) -> Windows:
    """Give every window of a sample the target of one half of the sample away."""
    return dataclasses.replace(windows, target=np.roll(windows.target, len(windows) // 2))


def mirror_space(windows: Windows, seed: int) -> Windows:
    """Turn the space of a sample: axes permuted and mirrored, so that every cosine between vectors stays as it is."""
    draw = np.random.default_rng(seed)
    axes, signs = draw.permutation(windows.dim), draw.choice(np.array([-1.0, 1.0], dtype=np.float32), windows.dim)
    rows = np.asarray(windows.context_rows)[:, axes] * signs
    return replace_vectors(windows, rows, np.asarray(windows.target_rows)[:, axes] * signs)
