"""The scale stands still: it comes from bounds and the metric's name, never from how the run goes."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.ui.chart.legend import format_edge
from amn_tui.ui.chart.scale import Scale, choose_scale, list_ticks, round_up


def test_a_cosine_reaches_from_0_to_07_whatever_the_run_does() -> None:
    assert choose_scale("val_cosine", [0.45, 0.55, 0.600195]) == Scale(0.0, 0.7)
    assert choose_scale("val_cosine", []) == Scale(0.0, 0.7)
    assert choose_scale("val_cosine", [0.45], first=0.02) == Scale(0.0, 0.7)


def test_the_ends_are_written_as_a_person_would() -> None:
    ends = choose_scale("samples_per_s", [], first=3000.0)
    assert [format_edge(end) for end in (ends.low, ends.high)] == ["0", "5000"]
    assert [format_edge(end) for end in (-0.0, 0.7, 0.000912345, 1234.5)] == ["0", "0.7", "0.000912", "1230"]


def test_bounds_beyond_the_usual_widen_it() -> None:
    assert choose_scale("val_cosine", [0.82]) == Scale(0.0, 0.9)
    assert choose_scale("val_cosine", [-0.15, math.nan]) == Scale(-0.2, 0.7)
    assert choose_scale("val_acc", [0.9]) == Scale(0.0, 1.0)


def test_an_unknown_metric_takes_its_first_value_and_keeps_it() -> None:
    assert choose_scale("val_loss", [], first=2.3) == Scale(0.0, 5.0)
    assert choose_scale("val_loss", [], first=-3.0) == Scale(-5.0, 0.0)
    assert choose_scale("val_loss", [1.8], first=2.3) == Scale(0.0, 2.0)
    assert choose_scale("val_loss", [], first=math.inf) == Scale(0.0, 1.0)
    assert choose_scale("val_loss", []) == Scale(0.0, 1.0)


@given(st.floats(-10, 10), st.integers(1, 500))
def test_every_value_has_a_place(value: float, steps: int) -> None:
    scale = Scale(0.0, 0.7)
    assert 0 <= scale.place(value, steps) < steps


def test_a_lower_value_never_stands_higher() -> None:
    scale = Scale(0.0, 0.7)
    places = [scale.place(i / 100, 40) for i in range(-20, 90)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 39)
    assert not scale.holds(0.71)
    assert scale.words == "0 to 0.7"


@pytest.mark.parametrize("rows", range(2, 60))
def test_ticks_name_both_ends_and_stand_apart(rows: int) -> None:
    ticks = list_ticks(Scale(0.0, 0.7), rows)
    assert ticks[0] == 0.0
    assert ticks[rows - 1] == 0.7
    places = sorted(ticks)
    assert all(b - a >= 2 for a, b in pairwise(places)) or rows == 2
    assert len(ticks) > 2 or rows < 6


@pytest.mark.parametrize(("value", "up"), [(0.0, 0.0), (0.11, 0.2), (1.0, 1.0), (2.2, 2.5), (7.0, 10.0)])
def test_round_up(value: float, up: float) -> None:
    assert round_up(value) == pytest.approx(up)


@pytest.mark.parametrize("first", [1e308, -1e308, 5e-324, math.inf, math.nan])
def test_numbers_beyond_any_scale_get_the_plain_one(first: float) -> None:
    scale = choose_scale("unheard_of", [first], first)
    assert scale == Scale(0.0, 1.0)
    assert list_ticks(scale, 10)
