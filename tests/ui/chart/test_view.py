"""The view: every key's function as a table, and no row of keys that leaves the data or fails."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.column import Axis
from amn_tui.ui.chart.view import MOST_OVERLAYS, STRENGTHS, ChartView, Extent, Overlay

TWENTY = Extent(1.0, 20.0, [float(epoch) for epoch in range(1, 21)])
SIX = Extent(1.0, 20.0, [float(epoch) for epoch in range(1, 7)])
ONE = Extent(0.0, 1.0, [1.0])
NONE = Extent(0.0, 1.0)


@pytest.mark.parametrize(
    ("view", "by", "extent", "cursor"),
    [
        (ChartView(), -1, TWENTY, 19.0),
        (ChartView(), 1, TWENTY, 20.0),
        (ChartView(), -1, SIX, 5.0),
        (ChartView(cursor=5.0), 1, SIX, 6.0),
        (ChartView(cursor=6.0), 1, SIX, 6.0),
        (ChartView(cursor=1.0), -1, SIX, 1.0),
        (ChartView(cursor=4.0), -1_000_000, SIX, 1.0),
        (ChartView(cursor=4.0), 1_000_000, SIX, 6.0),
        (ChartView(), -1, ONE, 1.0),
        (ChartView(), -1, NONE, None),
    ],
)
def test_the_cursor_goes_from_stop_to_stop(view: ChartView, by: int, extent: Extent, cursor: float | None) -> None:
    assert view.move(by, extent).cursor == cursor


@pytest.mark.parametrize(
    ("view", "factor", "around", "window"),
    [
        (ChartView(), 2.0, None, (5.75, 15.25)),
        (ChartView(), 2.0, 1.0, (1.0, 10.5)),
        (ChartView(), 2.0, 20.0, (10.5, 20.0)),
        (ChartView(cursor=20.0), 2.0, None, (10.5, 20.0)),
        (ChartView(window=(5.0, 6.0)), 0.01, None, None),
        (ChartView(window=(1.0, 10.5)), 0.5, None, None),
        (ChartView(), 0.5, None, None),
    ],
)
def test_zoom_keeps_one_place_still(
    view: ChartView, factor: float, around: float | None, window: tuple[float, float] | None
) -> None:
    assert view.zoom(factor, TWENTY, around).window == (None if window is None else pytest.approx(window))


@pytest.mark.parametrize(
    ("window", "share", "moved"),
    [((5.0, 10.0), 0.2, (6.0, 11.0)), ((5.0, 10.0), -1.0, (1.0, 6.0)), ((18.0, 20.0), 1.0, (18.0, 20.0)),
     (None, 1, None)],
)  # fmt: skip
def test_pan_stops_at_the_ends(
    window: tuple[float, float] | None, share: float, moved: tuple[float, float] | None
) -> None:
    assert ChartView(window=window).pan(share, TWENTY).window == moved


def test_the_cursor_takes_the_window_along() -> None:
    view = ChartView(window=(5.0, 9.0), cursor=9.0).move(1, TWENTY)
    assert view.window == (6.0, 10.0)
    assert view.move(-6, TWENTY).window == (4.0, 8.0)
    assert ChartView().point(7.4, TWENTY).cursor == 7.0
    assert ChartView().point(float("nan"), TWENTY).cursor is None


def test_reset_keeps_what_is_drawn() -> None:
    view = ChartView("lr", window=(2.0, 3.0), cursor=2.0, smoothing=2, overlays=(Overlay("a", 1),))
    assert view.reset() == ChartView("lr", smoothing=2, overlays=(Overlay("a", 1),))


def test_axes_smoothing_and_metrics_go_round() -> None:
    axes = (Axis.EPOCH, Axis.TIME)
    turned = ChartView(window=(1.0, 2.0), cursor=1.0).turn(axes)
    assert turned == ChartView(axis=Axis.TIME)
    assert turned.turn(axes).axis is Axis.EPOCH
    assert ChartView(axis=Axis.STEP).turn(axes).axis is Axis.EPOCH
    view, seen = ChartView(), []
    for _ in STRENGTHS:
        seen.append(view.strength)
        view = view.smooth()
    assert tuple(seen) == STRENGTHS
    assert view == ChartView()
    assert ChartView(logarithmic=True, fitted=True).choose("lr") == ChartView("lr")


def test_overlays_have_a_number_each_and_there_are_eight() -> None:
    view = ChartView()
    for name in "abcdefghij":
        view = view.toggle(name)
    assert [overlay.number for overlay in view.overlays] == list(range(1, MOST_OVERLAYS + 1))
    view = view.toggle("c")
    assert view.toggle("z").overlays[2] == Overlay("z", 3)
    hidden = view.blink(2)
    assert [overlay.path for overlay in hidden.overlays if not overlay.shown] == ["b"]
    assert hidden.blink(2) == view
    assert view.blink(3) == view


def _move(number: float) -> Callable[[ChartView, Extent], ChartView]:
    return lambda view, extent: view.move(round(number), extent)


CHANGES = st.one_of(
    st.floats(-1e9, 1e9).map(_move),
    st.floats(0.001, 1000).map(lambda factor: lambda view, extent: view.zoom(factor, extent)),
    st.tuples(st.floats(0.1, 9), st.floats(-50, 50)).map(
        lambda pair: lambda view, extent: view.zoom(pair[0], extent, pair[1])
    ),
    st.floats(-3, 3).map(lambda share: lambda view, extent: view.pan(share, extent)),
    st.floats().map(lambda place: lambda view, extent: view.point(place, extent)),
    st.just(lambda view, _: view.reset()),
    st.just(lambda view, _: view.turn(tuple(Axis))),
)
EXTENTS = st.lists(st.integers(0, 30), min_size=0, max_size=30, unique=True).map(
    lambda stops: Extent(0.0, float(max([1, *stops])), sorted(map(float, stops)))
)


@given(st.lists(st.tuples(CHANGES, EXTENTS), max_size=30))
def test_no_row_of_keys_leaves_the_data(
    changes: list[tuple[Callable[[ChartView, Extent], ChartView], Extent]],
) -> None:
    view = ChartView()
    for change, extent in changes:  # the data change, too: a log grows, another metric has other stops
        view = change(view, extent)
        left, right = view.look(extent)
        assert extent.first <= left < right <= extent.last
