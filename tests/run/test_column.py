"""One metric in bounded memory: exact while short, extremes kept after, and what was said twice is forgotten once."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.column import ABOVE, BELOW, NAN, Axis, Column, Place

NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])


def place(number: int) -> Place:
    return float(number), 10.0 * number, 100.0 * number


def make_column(values: list[float], most: int = 4096, batch: int = 7) -> Column:
    column = Column(most)
    for start in range(0, len(values), batch):
        part = values[start : start + batch]
        column.extend([place(start + i + 1) for i in range(len(part))], part)
    return column


def test_what_is_short_is_exact() -> None:
    column = make_column([0.5, 0.6, math.nan, 0.7])
    assert list(column.place(Axis.EPOCH)) == [1, 2, 3, 4]
    assert list(column.place(Axis.TIME)) == [100, 200, 300, 400]
    assert list(column.low)[:2] == list(column.high)[:2] == list(column.last)[:2] == [0.5, 0.6]
    assert math.isnan(column.last[2])
    assert list(column.flags) == [0, 0, NAN, 0]
    assert column.newest == 0.7
    assert math.isnan(Column().newest)


@given(st.lists(NUMBERS, max_size=300), st.integers(2, 16), st.integers(1, 40))
def test_no_extreme_and_no_nan_is_ever_lost(values: list[float], most: int, batch: int) -> None:
    column = make_column(values, most, batch)
    finite = [value for value in values if math.isfinite(value)]
    assert len(column) <= most
    assert min(column.low, default=math.inf) == min(finite, default=math.inf)
    assert max(column.high, default=-math.inf) == max(finite, default=-math.inf)
    for kind, test in ((NAN, math.isnan), (ABOVE, math.inf.__eq__), (BELOW, (-math.inf).__eq__)):
        assert any(flags & kind for flags in column.flags) == any(map(test, values))
    assert list(column.place(Axis.EPOCH)) == sorted(column.place(Axis.EPOCH))
    if values:
        assert column.place(Axis.STEP)[-1] == 10.0 * len(values)
        assert str(column.newest) == str(values[-1])
        assert (len(column) - 1) * column.stride + column.filled == len(values)


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=200), st.integers(2, 16))
def test_however_it_arrives_it_is_the_same(values: list[float], most: int) -> None:
    one, many = make_column(values, most, 1), make_column(values, most, 64)
    assert (one.at, one.low, one.high, one.first, one.last) == (many.at, many.low, many.high, many.first, many.last)


@pytest.mark.parametrize(("epoch", "kept"), [(0.5, 0), (3, 2), (3.5, 3), (99, 5)])
def test_what_comes_again_is_forgotten_first(epoch: float, kept: int) -> None:
    column = make_column([1.0, 2.0, 3.0, 4.0, 5.0])
    before = column.version
    column.cut(epoch)
    assert list(column.last) == [1.0, 2.0, 3.0, 4.0, 5.0][:kept]
    assert (column.version == before) == (kept == 5)
    column.extend([place(50)], [9.0])
    assert column.newest == 9.0
    assert len(column) == kept + 1


def test_a_million_values_take_a_quarter_of_a_megabyte() -> None:
    column = Column()
    places = [place(i) for i in range(1, 10_001)]
    for _ in range(100):
        column.extend(places, [0.5] * 10_000)
    column.extend([place(1)], [77.0])
    size = sum(len(part) * part.itemsize for part in (*column.at, column.low, column.high, column.first, column.last))
    assert size + len(column.flags) < 250_000
    assert max(column.high) == 77.0
