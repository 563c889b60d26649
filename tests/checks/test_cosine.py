import math

import numpy as np
import pytest

from checks.cosine import measure_cosines, measure_mean, normalize


def test_rows_get_length_one_and_keep_their_shape() -> None:
    rows = np.random.default_rng(0).normal(size=(3, 4, 8)).astype(np.float16)
    unit = normalize(rows)
    assert unit.shape == (3, 4, 8)
    assert unit.dtype == np.float32
    assert np.linalg.norm(unit, axis=-1) == pytest.approx(np.ones((3, 4)), abs=1e-6)


def test_a_zero_row_stays_zero_and_a_nan_row_nan() -> None:
    unit = normalize(np.array([[0.0, 0.0], [np.nan, 1.0], [3.0, 4.0], [np.inf, 1.0]]))
    assert unit[0].tolist() == [0.0, 0.0]
    assert np.isnan(unit[1]).all()
    assert unit[2].tolist() == pytest.approx([0.6, 0.8])
    assert measure_cosines(unit, unit)[[0, 2]].tolist() == pytest.approx([0.0, 1.0])
    assert math.isnan(measure_cosines(unit, unit)[1])


def test_a_row_too_long_for_float32_squares_is_normalised_all_the_same() -> None:
    assert normalize(np.array([[3e38, 0.0]], dtype=np.float32)).tolist() == [[1.0, 0.0]]


def test_the_mean_of_nothing_is_nan() -> None:
    assert math.isnan(measure_mean(np.empty(0)))
    assert measure_mean(np.array([1, 2], dtype=np.float32)) == 1.5
