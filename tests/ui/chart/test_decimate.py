"""More epochs than columns: the extremes survive."""

import math

from hypothesis import given
from hypothesis import strategies as st

from amn_tui.ui.chart.decimate import place_epoch, spread_points


def test_the_first_and_the_last_epoch_touch_the_edges() -> None:
    assert place_epoch(1, 20, 100) == 0
    assert place_epoch(20, 20, 100) == 99
    assert place_epoch(25, 20, 100) == 99
    assert place_epoch(1, 1, 100) == 0


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=300), st.integers(1, 40))
def test_min_max_and_nonfinite_survive(values: list[float], steps: int) -> None:
    columns = spread_points(enumerate(values, 1), len(values), steps)
    assert list(columns) == sorted(columns)
    assert all(0 <= x < steps for x in columns)
    finite = [value for value in values if math.isfinite(value)]
    if finite:
        assert min(column.low for column in columns.values()) == min(finite)
        assert max(column.high for column in columns.values()) == max(finite)
    assert any(column.nonfinite for column in columns.values()) == (len(finite) < len(values))


def test_a_column_keeps_its_ends() -> None:
    column = spread_points([(1, 0.3), (2, math.nan), (3, 0.1), (4, 0.2)], 400, 1)[0]
    assert (column.first, column.last, column.low, column.high, column.nonfinite) == (0.3, 0.2, 0.1, 0.3, True)
