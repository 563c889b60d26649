import dataclasses
from typing import Any

import numpy as np
import pytest

from checks.data import Data
from checks.sequence import follow, order_windows, read_neighbours
from checks.windows import Windows


def read_all(windows: Windows, **limits: int) -> list[Any]:
    return list(read_neighbours(windows, limits.pop("limit", 10**9), 0, **limits))


@pytest.mark.parametrize("kind", ["healthy", "healthy_npz"])
def test_runs_are_articles(kind: str, request: pytest.FixtureRequest) -> None:
    windows = request.getfixturevalue(kind).train.windows
    (block,) = read_all(windows, size=10_000)
    assert block.index.tolist() == list(range(len(windows)))
    assert (np.diff(block.run) == (np.diff(windows.article) != 0)).all()
    assert block.crossings == 0


def test_windows_are_put_in_the_order_of_the_text(healthy_npz: Data) -> None:
    windows = healthy_npz.train.windows
    assert windows.article is not None
    assert windows.chunk is not None
    order = np.random.default_rng(0).permutation(len(windows))
    shuffled = dataclasses.replace(
        windows, first=windows.first[order], target=windows.target[order],
        article=windows.article[order], chunk=windows.chunk[order],
    )  # fmt: skip
    assert (order[order_windows(shuffled)] == np.arange(len(windows))).all()
    (block,) = read_all(shuffled, size=10_000)
    assert len(np.unique(block.run)) == len(np.unique(windows.article))


def test_without_positions_the_vectors_tell_the_runs(healthy_npz: Data) -> None:
    windows = dataclasses.replace(healthy_npz.train.windows, article=None, chunk=None)
    (block,) = read_all(windows, size=10_000)
    assert len(np.unique(block.run)) == 60
    order = np.random.default_rng(0).permutation(len(windows))
    (block,) = read_all(dataclasses.replace(windows, first=windows.first[order]), size=10_000)
    assert len(np.unique(block.run)) > 0.99 * len(windows)


def test_followers_keep_to_their_run(healthy: Data) -> None:
    (block,) = read_all(healthy.train.windows, size=10_000)
    for offset in range(-5, 6):
        here, there = follow(block.run, offset)
        assert (there - here == offset).all()
        assert (block.run[here] == block.run[there]).all()
        assert min(here.min(), there.min()) >= 0
        assert max(here.max(), there.max()) < len(block.run)


def test_an_offset_beyond_the_block_has_no_followers(healthy: Data) -> None:
    block = read_all(healthy.train.windows, size=3)[0]
    assert [len(follow(block.run, offset)[0]) for offset in (-5, -3, 3, 5)] == [0, 0, 0, 0]


def test_a_limit_draws_stretches_of_neighbours(healthy: Data) -> None:
    blocks = read_all(healthy.train.windows, limit=300, size=100)
    assert [len(block.index) for block in blocks] == [100, 100, 100]
    assert all((np.diff(block.index) == 1).all() for block in blocks)
    index = np.concatenate([block.index for block in blocks])
    assert len(np.unique(index)) == 300
    assert index.max() - index.min() > 300


def test_windows_that_continue_into_another_article_are_counted(healthy_npz: Data) -> None:
    windows = healthy_npz.train.windows
    assert windows.article is not None
    assert windows.chunk is not None
    article = np.asarray(windows.chunk > 20, dtype=np.int32) + 2 * windows.article
    halves = dataclasses.replace(windows, article=article)
    (block,) = read_all(halves, size=10_000)
    split = [np.unique(article[windows.article == a]).size == 2 for a in np.unique(windows.article)]
    assert block.crossings == sum(split) > 10
