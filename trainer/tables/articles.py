"""What is known of each article of a table: its title, its length, and how its vectors follow each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError
from checks.printer import mask_controls
from checks.registry import Progress, keep_silent
from checks.windows import Windows
from trainer.tables.rows import read_blocks


@dataclass(frozen=True, slots=True)
class Articles:
    """Per article (A,): windows, rows read, mean cosine of neighbours (nan of none), and rows that repeat others."""

    titles: list[str]
    kinds: list[str]
    windows: NDArray[np.int64]
    rows: NDArray[np.int64]
    adjacency: NDArray[np.float64]
    copies: NDArray[np.int64]


def measure_articles(windows: Windows, progress: Progress = keep_silent) -> Articles:
    """Measure every article; vectors are streamed, and only sums per article and a hash per row are kept.

    An npz has neither titles nor kinds. Raises InputError when it does not say which article a window comes from.
    """
    table, article = windows.table, windows.article
    if article is None:
        raise InputError(windows.path, "--filter-junk", "no articles", "a table, or an npz with positions (N, 2)")
    count = int(article.max(initial=-1)) + 1 if table is None else len(table.offsets) - 1
    sums, pairs, rows = np.zeros(count), np.zeros(count, np.int64), np.zeros(count, np.int64)
    seen, total = 0, len(windows) if table is None else table.rows
    hashes, owners = [np.empty(0, np.uint64)], [np.empty(0, np.int32)]
    for block in read_blocks(windows, offsets=(1,)):
        sums += np.bincount(block.adjacent.article, block.adjacent.cosines, count)
        pairs += np.bincount(block.adjacent.article, minlength=count)
        rows += np.bincount(block.article, minlength=count)
        hashes.append(block.hashes)
        owners.append(block.article)
        seen += len(block.rows)
        progress(seen / total, "articles")
    with np.errstate(invalid="ignore"):
        adjacency = sums / pairs
    titles = [""] * count if table is None else table.read_titles()
    return Articles(
        titles=[mask_controls(title) or f"article number {number}" for number, title in enumerate(titles)],
        kinds=[""] * count if table is None else table.read_kinds(),
        windows=np.bincount(article, minlength=count).astype(np.int64), rows=rows, adjacency=adjacency,
        copies=_count_copies(np.concatenate(hashes), np.concatenate(owners), count),
    )  # fmt: skip


def _count_copies(hashes: NDArray[np.uint64], owners: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Count each article's rows that repeat an earlier row of the table: of two equal articles the first stays."""
    later = np.ones(len(hashes), dtype=bool)
    later[np.unique(hashes, return_index=True)[1]] = False
    return np.bincount(owners[later], minlength=count).astype(np.int64)
