"""The drawn chart: a collapsed run looks lower, bounds are marked, nan is a mark, and nothing is ever too wide."""

import math
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.ui.chart.chart import BandMark, Chart, Floor, Series, Trivial, interpolate_band
from amn_tui.ui.chart.plot import draw_bars, draw_chart
from amn_tui.ui.chart.scale import Scale
from amn_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from amn_tui.ui.line import Line, Tone, measure
from checks.gate import Reading

HEALTHY = (0.5227, 0.5581, 0.5716, 0.5757)
COLLAPSED = (0.266, 0.270, 0.275, 0.270)


def make_chart(values: Sequence[float], *, epochs: int = 20, bare: bool = False) -> Chart:
    return Chart(
        readings=tuple(Reading(number, {"val_cosine": value}) for number, value in enumerate(values, 1)),
        series=(Series("val_cosine", "val", Tone.VAL), Series("train_cosine", "train", Tone.TRAIN)),
        scale=Scale(0.0, 0.7),
        epochs=epochs,
        floors=() if bare else (Floor(1, 0.45, stops=True), Floor(12, 0.55, stops=False)),
        bands=() if bare else (BandMark(1, 0.50, 0.53), BandMark(20, 0.56, 0.58)),
        trivial=None if bare else Trivial("mean of context", 0.600195),
    )


def find_tone(lines: list[Line], tone: Tone) -> list[int]:
    """Return the rows, counted from the top, that have something in this tone."""
    return [row for row, line in enumerate(lines) if any(part.tone is tone and part.text.strip() for part in line)]


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("height", [5, 8, 16, 40])
def test_a_collapsed_run_looks_lower_than_a_healthy_one(glyphs: Glyphs, height: int) -> None:
    high = find_tone(draw_chart(make_chart(HEALTHY, bare=True), 60, height, glyphs), Tone.VAL)
    low = find_tone(draw_chart(make_chart(COLLAPSED, bare=True), 60, height, glyphs), Tone.VAL)
    assert max(high) < min(low)


def test_the_scale_is_written_and_does_not_follow_the_data(ui: ModuleType) -> None:
    for values in (HEALTHY, COLLAPSED, (0.01,), ()):
        text = ui.read_text(draw_chart(make_chart(values), 60, 12, UNICODE))
        assert text.startswith("0.70 ┤")
        assert "\n0.00 ┤" in text
        assert text.splitlines()[-1].split() == ["1", "5", "10", "12", "15", "20"]


def test_floors_trivial_predictor_and_bands_are_drawn_at_their_heights() -> None:
    lines = draw_chart(make_chart(()), 70, 15, UNICODE)
    (trivial,), (floor,), (hint,) = (find_tone(lines, tone) for tone in (Tone.TRIVIAL, Tone.FLOOR, Tone.HINT))
    assert trivial < hint < floor
    shaded = [row for row, line in enumerate(lines) if any(part.on is Tone.BAND for part in line)]
    assert shaded
    assert min(shaded) > 0
    assert max(shaded) <= floor


def test_nan_is_a_mark_not_a_hole_and_no_line_crosses_it(ui: ModuleType) -> None:
    chart = make_chart((0.52, 0.55, math.nan, math.inf, 0.31), epochs=5, bare=True)
    lines = draw_chart(chart, 46, 10, UNICODE)
    marks = [part for line in lines for part in line if "×" in part.text]
    assert sum(part.text.count("×") for part in marks) == 2
    assert {part.tone for part in marks} == {Tone.FAIL}
    rows = ui.read_text(lines).splitlines()
    (last,) = (row for row, text in enumerate(rows) if "●" in text)
    drawn = [row for row, text in enumerate(rows[:-2]) if text[6:].strip()]
    assert last - 1 not in drawn  # no line leads down to the value after the gap


def test_values_beyond_the_scale_say_so(ui: ModuleType) -> None:
    text = ui.read_text(draw_chart(make_chart((-0.2, 0.9), epochs=2, bare=True), 40, 8, UNICODE))
    assert "▲" in text.splitlines()[0]
    assert "▼" in text.splitlines()[-2]


def test_ten_thousand_epochs_keep_their_worst(ui: ModuleType) -> None:
    values = [0.55] * 10_000
    values[4321] = 0.02
    lines = draw_chart(make_chart(values, epochs=10_000, bare=True), 60, 12, UNICODE)
    rows = find_tone(lines, Tone.VAL)
    assert len(rows) >= 9  # one column reaches from the curve down to the outlier


def test_where_there_is_no_room_bars_on_the_same_scale(ui: ModuleType) -> None:
    healthy = ui.read_text(draw_bars(make_chart(HEALTHY), 40, 1, UNICODE))
    collapsed = ui.read_text(draw_bars(make_chart((*COLLAPSED, math.nan)), 40, 1, UNICODE))
    assert healthy.startswith("val   ▆▇▇▇ ")
    assert collapsed.startswith("val   ▄▄▄▄×")
    assert healthy.rstrip().endswith("0.5757")
    assert ui.read_text(draw_chart(make_chart(HEALTHY), 40, 2, UNICODE)).startswith("val   ▆▇▇▇")


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50),
    st.integers(1, 300), st.integers(1, 60), st.integers(1, 400), st.booleans(),
)  # fmt: skip
def test_any_values_in_any_size_fit(
    values: list[float], width: int, height: int, epochs: int, ascii_only: bool
) -> None:
    lines = draw_chart(make_chart(values, epochs=epochs), width, height, ASCII if ascii_only else UNICODE)
    assert len(lines) <= height
    assert all(measure(line) <= width for line in lines)


def test_bands_run_straight_between_two_and_end_where_they_end() -> None:
    bands = (BandMark(1, 0.50, 0.53), BandMark(5, 0.54, 0.56))
    assert interpolate_band(bands, 3) == pytest.approx((0.52, 0.545))
    assert interpolate_band(bands, 6) is None
    assert interpolate_band(bands[:1], 1.2) == (0.50, 0.53)
    assert interpolate_band((), 1) is None


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_a_restart_draws_a_divider(glyphs: Glyphs) -> None:
    chart = make_chart(HEALTHY, bare=True)
    plain, divided = (draw_chart(replace(chart, restarts=at), 60, 12, glyphs) for at in ((1,), (4,)))
    marked = [row for row, (one, other) in enumerate(zip(plain, divided, strict=True)) if one != other]
    assert len(marked) >= 5
    assert plain == draw_chart(chart, 60, 12, glyphs)  # before epoch 1 there is nothing to divide it from


def test_a_bound_beyond_the_last_epoch_is_not_drawn_at_the_last_one() -> None:
    chart = make_chart(HEALTHY, bare=True)
    beyond, within = (replace(chart, floors=(Floor(at, 0.2, stops=True),)) for at in (chart.epochs + 4, chart.epochs))
    tones = [
        {part.tone for line in draw_chart(one, 60, 12, UNICODE) for part in line if part.text.strip()}
        for one in (beyond, within)
    ]
    assert Tone.FLOOR not in tones[0]
    assert Tone.FLOOR in tones[1]
