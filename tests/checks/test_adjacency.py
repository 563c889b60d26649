import math

import numpy as np
import pytest

from checks.adjacency import BINS, Coherence, measure_coherence
from checks.data import Data


def test_a_table_gives_every_pair_inside_articles(healthy: Data) -> None:
    table = healthy.train.windows.table
    assert table is not None
    cosines = [
        float(table.stored[row] @ table.stored[row + 1])
        for a, b in zip(table.offsets, table.offsets[1:], strict=False)
        for row in range(a, b - 1)
    ]
    coherence = measure_coherence(healthy.train.windows, healthy.scan, 0)
    assert coherence.cosines == pytest.approx(np.array(cosines), abs=1e-5)


def test_windows_give_the_pair_before_each_target(healthy_npz: Data) -> None:
    windows = healthy_npz.train.windows
    contexts = windows.read_contexts(np.arange(len(windows)))
    coherence = measure_coherence(windows, healthy_npz.scan, 0)
    assert coherence.cosines == pytest.approx((contexts[:, -2] * contexts[:, -1]).sum(axis=1), abs=1e-5)


def test_shuffled_rows_are_less_alike(healthy: Data) -> None:
    coherence = measure_coherence(healthy.train.windows, healthy.scan, 0)
    assert coherence.shuffled < coherence.cosines.mean() - 0.2
    assert 0 < coherence.shuffled_error < 0.01


def test_the_histogram_counts_all_pairs() -> None:
    coherence = Coherence(np.array([-1.0, 0.0, 0.29, 0.31, 1.0, 1.0000001], dtype=np.float32), 0.0, 0.0)
    assert len(coherence.histogram) == BINS
    assert sum(coherence.histogram) == 6
    assert coherence.histogram[0] == 1
    assert coherence.histogram[-1] == 2
    assert coherence.measure_low(0.30) == 0.5
    assert coherence.measure_quantiles()[1] == pytest.approx(0.30)


def test_nothing_has_no_quantiles() -> None:
    nothing = Coherence(np.empty(0, dtype=np.float32), 0.0, 0.0)
    assert all(math.isnan(value) for value in nothing.measure_quantiles())
    assert math.isnan(nothing.measure_low(0.3))
