import dataclasses
from typing import Any

import numpy as np
import pytest

from checks import ranks
from checks.cosine import normalize
from checks.data import Data
from checks.ranks import LOST, rank_targets
from checks.sample import permute_targets
from checks.windows import Windows, cut_windows


def rank_by_hand(windows: Windows, queries: Any, asked: Any) -> list[int]:
    """Sort all scores; equal ones stay in the order of the windows."""
    scores = queries.astype(np.float64) @ windows.read_targets(np.arange(len(windows))).astype(np.float64).T
    order = np.argsort(-np.round(scores, 5), axis=1, kind="stable")
    return [1 + int(np.flatnonzero(order[i] == window)[0]) for i, window in enumerate(asked)]


@pytest.fixture
def sloppy(healthy: Data) -> tuple[Windows, Any, Any]:
    """Return windows, queries that are only near their targets, and the windows asked for."""
    windows = healthy.train.windows
    asked = np.arange(0, len(windows), 7)
    draw = np.random.default_rng(0)
    noise = 0.3 * draw.normal(size=(len(asked), windows.dim)).astype(np.float32)
    return windows, normalize(windows.read_targets(asked) + noise), asked


@pytest.mark.parametrize("block_windows", [13, 256, 4096])
def test_ranks_are_those_of_a_sort(
    block_windows: int, sloppy: tuple[Windows, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranks, "BLOCK_WINDOWS", block_windows)
    windows, queries, asked = sloppy
    told: list[float] = []
    found = rank_targets(windows, queries, asked, 10**6, lambda share, _: told.append(share))
    wanted = rank_by_hand(windows, queries, asked)
    assert max(wanted) > 20
    assert np.mean(found.rank == wanted) > 0.99  # but for scores that float32 cannot tell apart
    assert told[-1] == 1.0
    scores = queries @ windows.read_targets(np.arange(len(windows))).T
    assert np.mean(found.first == scores.argmax(axis=1)) > 0.99


def test_what_is_farther_than_most_is_lost_and_the_others_keep_their_rank(
    sloppy: tuple[Windows, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranks, "BLOCK_WINDOWS", 64)
    windows, queries, asked = sloppy
    whole, cut = (rank_targets(windows, queries, asked, most).rank for most in (10**6, 5))
    near = whole <= 5
    assert 0 < near.sum() < len(asked)
    assert np.array_equal(cut[near], whole[near])
    assert (cut[~near] > 5).all()


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e3])
def test_exact_duplicates_rank_in_the_order_of_the_windows(lab: Any, scale: float) -> None:
    rows, _ = lab.make_rows(0)
    rows[100:400:10] = rows[100]
    windows = cut_windows(dataclasses.replace(lab.make_table(), stored=rows * np.float32(scale)), 5)
    same = np.flatnonzero(np.isin(windows.target, np.arange(100, 400, 10)))
    found = rank_targets(windows, np.repeat(rows[100:101], len(same), axis=0), same, 1000)
    assert found.rank.tolist() == list(range(1, len(same) + 1))
    assert (found.first == same[0]).all()
    assert rank_targets(windows, rows[100:101], same[:1], 3).rank.tolist() == [1]
    assert rank_targets(windows, rows[100:101], same[-1:], 3).rank[0] > 3


def test_targets_in_any_order_are_ranked(healthy: Data) -> None:
    windows = permute_targets(healthy.train.windows)
    asked = np.arange(50)
    assert (rank_targets(windows, windows.read_targets(asked), asked, 1000).rank == 1).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_never_found(value: float, healthy: Data, lab: Any) -> None:
    rows, _ = lab.make_rows(0)
    rows[::3] = value
    windows = cut_windows(dataclasses.replace(lab.make_table(), stored=rows), 5)
    asked = np.arange(30)
    bad = windows.target[asked] % 3 == 0
    found = rank_targets(windows, windows.read_targets(asked), asked, 1000)
    assert (found.rank[bad] == LOST).all()
    if np.isnan(value):  # an infinite score is higher than every other one
        assert (found.rank[~bad] == 1).all()
    lost = rank_targets(windows, np.full((3, windows.dim), value, dtype=np.float32), asked[:3], 1000)
    assert (lost.rank == LOST).all()
