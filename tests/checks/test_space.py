import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from checks.data import Data
from checks.space import cosine, measure_overlap, measure_space, read_directions
from checks.windows import cut_windows


def test_directions_are_orthogonal_and_hold_the_share_that_is_said(healthy: Data) -> None:
    windows = healthy.train.windows
    space = measure_space(windows)
    directions = read_directions(space)
    assert directions.shape == (space.count, windows.dim) == (24, 96)
    assert directions @ directions.T == pytest.approx(np.eye(24), abs=2e-3)
    targets = windows.read_targets(np.arange(len(windows)))
    centred = targets - targets.mean(axis=0)
    assert space.share == pytest.approx(np.square(centred @ directions.T).sum() / np.square(centred).sum(), abs=1e-3)
    assert list(space.mean) == pytest.approx(targets.mean(axis=0).tolist(), abs=1e-5)


def test_a_set_lies_in_its_own_space(healthy: Data) -> None:
    contexts, targets = measure_overlap(healthy.train.windows, measure_space(healthy.train.windows), 10**9, 0)
    assert targets.overlap == pytest.approx(1.0, abs=0.01)
    assert targets.mean_cosine == pytest.approx(1.0, abs=0.001)
    assert contexts.overlap == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_other_text_of_the_same_encoder_overlaps_and_another_encoder_does_not(
    seed: int, healthy: Data, lab: Any
) -> None:
    space = measure_space(healthy.train.windows)
    same = measure_overlap(cut_windows(lab.make_table(seed + 1), 5), space, 10**9, 0)[1]
    other = measure_overlap(cut_windows(lab.make_table(seed + 1, encoder=1 + seed), 5), space, 10**9, 0)[1]
    assert same.overlap > 0.9
    assert abs(other.overlap) < 0.2


def test_rows_that_are_all_alike_have_no_overlap(healthy: Data) -> None:
    table = healthy.train.windows.table
    assert table is not None
    alike = dataclasses.replace(table, stored=np.repeat(np.asarray(table.stored)[:1], table.rows, axis=0))
    contexts, _ = measure_overlap(cut_windows(alike, 5), measure_space(healthy.train.windows), 10**9, 0)
    assert math.isnan(contexts.overlap)


def test_nan_in_is_nan_out(healthy: Data) -> None:
    table = healthy.train.windows.table
    assert table is not None
    rows = np.array(table.stored)
    rows[50] = np.nan
    contexts, _ = measure_overlap(
        cut_windows(dataclasses.replace(table, stored=rows), 5), measure_space(healthy.train.windows), 10**9, 0
    )
    assert math.isnan(contexts.overlap)


def test_the_cosine_with_nothing_is_nan() -> None:
    assert math.isnan(cosine(np.zeros(3), np.ones(3)))


def test_a_sample_says_how_far_off_its_overlap_may_be(lab: Any, healthy: Data) -> None:
    windows = cut_windows(lab.make_table(articles=600), 5)
    space = measure_space(healthy.train.windows)
    whole = measure_overlap(windows, space, 10**9, 0)[1]
    assert whole.error == 0.0
    off = []
    for seed in range(30):
        some = measure_overlap(windows, space, 6000, seed)[1]
        assert 0 < some.error < 0.1
        off.append((some.overlap - whole.overlap) / some.error)
    assert 0.4 < np.sqrt(np.mean(np.square(off))) < 1.6
    assert math.isnan(measure_overlap(windows, space, 100, 0)[1].error)  # one stretch says nothing of that
