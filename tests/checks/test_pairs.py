import dataclasses

import numpy as np
import pytest

from checks.cosine import normalize
from checks.data import Data
from checks.pairs import look_up_rows


def test_pairs_near_and_far_agree_with_the_vectors(healthy: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.pairs.PIECE_PAIRS", 100)
    windows = healthy.train.windows
    pairs = look_up_rows(windows, healthy.scan)
    assert pairs is not None
    draw = np.random.default_rng(0)
    here = draw.integers(0, len(windows.context_rows), 1000)
    for there in (draw.permutation(here), np.maximum(here - 3, 0), here):
        rows = normalize(windows.context_rows)
        assert pairs.measure(here, there) == pytest.approx((rows[here] * rows[there]).sum(axis=1), abs=1e-5)


def test_only_rows_of_one_table_are_looked_up(healthy: Data, healthy_npz: Data) -> None:
    assert look_up_rows(healthy_npz.train.windows, healthy_npz.scan) is None
    assert look_up_rows(healthy.train.windows, None) is None
    apart = dataclasses.replace(healthy.scan, targets=dataclasses.replace(healthy.scan.targets))
    assert look_up_rows(healthy.train.windows, apart) is None
