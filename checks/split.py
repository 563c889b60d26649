"""Which articles are held out for validation: one rule, so that preflight and the trainer mean the same windows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SLACK = 0.02  # of the windows asked for: closer than this is close enough, and spares the tail of tiny articles


def split_articles(windows_per_article: NDArray[np.int64], fraction: float, seed: int) -> NDArray[np.bool_]:
    """Choose articles, (A,) windows of each -> (A,) True where held out, holding about `fraction` of all windows.

    Articles come in an order drawn from `seed`; one is held out when it still fits, until the held-out windows are
    within SLACK of what was asked. At least one article with windows is held out and one kept; empty ones are kept.
    Raises ValueError for a fraction outside (0, 1) or fewer than two articles with windows.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"the held-out fraction must lie between 0 and 1, found {fraction}")
    order = np.random.default_rng(seed).permutation(len(windows_per_article))
    order = order[windows_per_article[order] > 0]
    if len(order) < 2:
        raise ValueError(f"a split by article needs two articles with windows, found {len(order)}")
    wanted = fraction * float(windows_per_article.sum())
    held_out = np.zeros(len(windows_per_article), dtype=bool)
    missing, slack = wanted, SLACK * wanted
    for article in order:  # each choice depends on the ones before it; articles are few
        if missing <= slack:
            break
        if windows_per_article[article] <= missing + slack:
            held_out[article] = True
            missing -= float(windows_per_article[article])
    if not held_out.any():
        held_out[order[np.argmin(windows_per_article[order])]] = True
    elif held_out[order].all():
        held_out[order[-1]] = False
    return held_out


def hold_out_windows(
    article: NDArray[np.integer[Any]] | None, count: int, fraction: float, seed: int
) -> NDArray[np.bool_]:
    """Return which of `count` windows are held out, (N,) True, by the article (N,) each comes from.

    Where articles are unknown the last windows of the file are held out: neighbours share their vectors, so that a
    random choice would show the model the targets it is tested on. Raises ValueError as split_articles does.
    """
    if article is None:
        return np.arange(count) >= int(count * (1 - fraction))
    held_out: NDArray[np.bool_] = split_articles(np.bincount(article), fraction, seed)[article]
    return held_out
