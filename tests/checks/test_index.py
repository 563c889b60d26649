import numpy as np
import pytest

from checks.data import Data
from checks.index import build_index, find
from checks.registry import keep_silent


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
