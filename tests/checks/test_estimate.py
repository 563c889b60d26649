import math

import numpy as np
import pytest

from checks.estimate import measure_jackknife_error, measure_mean_error, measure_share_error


def test_stretches_count_and_not_their_neighbours() -> None:
    draw = np.random.default_rng(0)
    population = np.repeat(draw.normal(size=200), 50)  # stretches of 50 that are all alike
    chosen = draw.permutation(200)[:100]
    values = population.reshape(200, 50)[chosen].ravel()
    expected = math.sqrt(0.5 * population.reshape(200, 50)[chosen, 0].var(ddof=1) / 100)
    assert measure_mean_error(values, np.full(100, 50), len(population)) == pytest.approx(expected)


def test_the_whole_has_no_error_and_one_stretch_none_that_is_known() -> None:
    values = np.arange(4.0)
    assert measure_mean_error(values, np.array([4]), 4) == 0.0
    assert math.isnan(measure_mean_error(values, np.array([4]), 8))
    assert measure_share_error(3, 10, 10) == 0.0
    assert math.isnan(measure_jackknife_error(np.array([1.0])))


def test_a_share_of_one_in_a_sample_is_not_certain() -> None:
    assert 0.0005 < measure_share_error(1000, 1000, 790_391) < 0.002
    assert measure_share_error(500, 1000, 790_391) == pytest.approx(math.sqrt(0.25 / 1004), rel=1e-3)


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(size=50)
    without = (values.sum() - values) / 49
    assert measure_jackknife_error(without) == pytest.approx(values.std(ddof=1) / math.sqrt(50))
