"""Rows in sight on columns of dots: no spike is averaged away, no nan is a hole, smoothing is what TensorBoard's is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.column import ABOVE, BELOW, NAN, Axis, Column
from amn_tui.ui.chart.scale import Scale
from amn_tui.ui.chart.trace import Points, Trace, TraceCache, place, smooth, spread, take_points
from amn_tui.ui.line import Tone


def make_points(values: list[float], places: list[float] | None = None) -> Points:
    column = Column(10_000)
    at = places or [float(epoch) for epoch in range(1, len(values) + 1)]
    column.extend([(epoch, math.nan, epoch) for epoch in at], values)
    return take_points(column, Axis.EPOCH)


@given(
    st.lists(st.floats(-9, 9) | st.sampled_from([math.nan, math.inf]), min_size=1, max_size=200),
    st.integers(2, 80),
    st.floats(0, 200),
    st.floats(0.1, 200),
)
def test_what_is_in_sight_keeps_its_extremes(values: list[float], dots: int, left: float, width: float) -> None:
    points, right = make_points(values), left + width
    columns = [column for column in spread(points, left, right, dots) if 0 <= column.x < dots]
    seen = [value for at, value in zip(points.at, values, strict=True) if left <= at <= right]
    finite = [value for value in seen if math.isfinite(value)]
    if finite:
        assert min(column.low for column in columns) <= min(finite)
        assert max(column.high for column in columns) >= max(finite)
    assert any(column.flags & NAN for column in columns) >= any(map(math.isnan, seen))
    assert any(column.flags & BELOW for column in columns) is False
    assert [column.x for column in columns] == sorted({column.x for column in columns})


def test_a_spike_in_ten_thousand_epochs_stands() -> None:
    values = [0.5] * 10_000
    values[6543] = 0.9
    values[7000] = math.nan
    values[8000] = math.inf
    columns = spread(make_points(values), 1, 10_000, 200)
    assert len(columns) == 200
    assert max(column.high for column in columns) == 0.9
    assert sum(bool(column.flags & NAN) for column in columns) == 1
    assert sum(bool(column.flags & ABOVE) for column in columns) == 1
    assert all(math.isfinite(column.low) for column in columns)


def test_one_epoch_is_one_column() -> None:
    (column,) = spread(make_points([0.4]), 0.0, 1.0, 100)
    assert (column.x, column.low, column.high) == (99, 0.4, 0.4)


def test_lines_run_on_over_the_edge_of_the_window() -> None:
    columns = spread(make_points([0.1, 0.2, 0.3, 0.4, 0.5]), 2.5, 3.5, 11)
    assert [column.x for column in columns] == [-5, 5, 15]


def test_rows_without_a_place_on_an_axis_are_left_out() -> None:
    column = Column()
    column.extend([(1.0, math.nan, 1.0), (2.0, 20.0, 2.0)], [0.1, 0.2])
    assert list(take_points(column, Axis.STEP).last) == [0.2]
    assert list(take_points(column, Axis.TIME).last) == [0.1, 0.2]


def test_a_broken_line_is_broken() -> None:
    points = make_points([0.1, math.nan, 0.3])
    placed = place(spread(points, 1, 3, 30), Scale(0.0, 1.0), 11)
    assert placed == [(0, 1, 1, 1, None), (29, 3, 3, 3, 3)]


@pytest.mark.parametrize("strength", [0.6, 0.99])
def test_smoothing_is_the_mean_of_the_past(strength: float) -> None:
    values = [1.0, 3.0, 2.0, 5.0]
    smoothed = smooth(make_points(values), strength)
    for count in range(1, 5):
        weights = [strength ** (count - 1 - age) for age in range(count)]
        expected = sum(w * v for w, v in zip(weights, values, strict=False)) / sum(weights)
        assert smoothed.last[count - 1] == pytest.approx(expected)


def test_smoothing_passes_over_what_is_no_number() -> None:
    smoothed = smooth(make_points([1.0, math.nan, 1.0, math.inf, 1.0]), 0.9)
    assert [value for value in smoothed.last if math.isfinite(value)] == pytest.approx([1.0] * 3)
    assert math.isnan(smoothed.last[1])
    assert smoothed.low[1] > smoothed.high[1]


def test_what_is_the_same_is_computed_once() -> None:
    cache, points = TraceCache(), make_points([0.1, 0.2])
    trace = Trace("val", "val_cosine", Tone.VAL, "*", points, 1, "own")
    once = cache.spread(trace, (1.0, 2.0), 10)
    assert cache.spread(trace, (1.0, 2.0), 10) is once
    assert cache.spread(trace, (1.0, 2.0), 11) is not once
    assert cache.smooth(trace, 0.6).points is cache.smooth(trace, 0.6).points
    assert cache.smooth(trace, 0.9).points is not cache.smooth(trace, 0.6).points


def test_the_nearest_row_is_found() -> None:
    points = make_points([0.1, 0.2, 0.3])
    assert [points.find(place) for place in (-5, 1.4, 1.6, 2.5, 99)] == [0, 0, 1, 1, 2]
