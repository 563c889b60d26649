import dataclasses
from typing import Any

import numpy as np
import pytest

from checks.data import Data
from checks.index import build_index, choose_indexed, find
from checks.registry import keep_silent
from checks.windows import cut_windows


@pytest.mark.parametrize("flat_rows", [100, 10_000])
def test_an_index_finds_what_brute_force_finds(flat_rows: int, healthy: Data) -> None:
    windows = healthy.train.windows
    told: list[float] = []
    index = build_index(windows, flat_rows, 0, lambda share, _: told.append(share))
    targets = windows.read_targets(np.arange(len(windows)))
    queries = targets[::50]
    nearest = np.argsort(-(queries @ targets.T), axis=1)[:, :5]
    found = find(index, queries, 5)
    assert found.shape == (len(queries), 5)
    assert (found[:, 0] == nearest[:, 0]).all()
    assert (found == nearest).mean() > 0.8
    assert told[-1] == 1.0


def test_there_is_nothing_to_find_beyond_the_index(healthy: Data) -> None:
    windows = healthy.train.windows
    index = build_index(windows, 10_000, 0, keep_silent)
    found = find(index, windows.read_targets(np.arange(2)), len(windows) + 3)
    assert (found[:, -3:] == -1).all()


def test_a_sample_to_index_holds_what_is_asked_for(healthy: Data) -> None:
    windows = healthy.train.windows
    asked = np.array([3, 500, 900])
    some = choose_indexed(windows, asked, 200, 0)
    assert len(some) == len(np.unique(some)) == 200
    assert (np.diff(some) > 0).all()
    assert np.isin(asked, some).all()
    assert np.array_equal(choose_indexed(windows, asked, len(windows), 0), np.arange(len(windows)))
    assert np.array_equal(choose_indexed(windows, asked, 1, 0), asked)


def test_cells_are_trained_on_finite_rows_and_the_others_are_not_found(lab: Any) -> None:
    rows, _ = lab.make_rows(0)
    rows[::9] = np.nan
    windows = cut_windows(dataclasses.replace(lab.make_table(), stored=rows), 5)
    index = build_index(windows, 100, 0, keep_silent)
    found = find(index, windows.read_targets(np.arange(60)), 1)[:, 0]
    bad = windows.target[:60] % 9 == 0
    assert (found[bad] == -1).all()
    assert np.array_equal(found[~bad], np.arange(60)[~bad])
