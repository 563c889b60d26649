"""Rows with a history: columns that stand still, marks for what is no number, and words for what has no room."""

import math

import pytest

from amn_tui.ui.bar import draw_bar, fill_bar, flow
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.line import Part, measure
from amn_tui.ui.trend import (
    Trend,
    draw_high_spark,
    draw_spark,
    draw_trends,
    flow_trends,
    keep_first,
    say_extent,
    squeeze,
)


@pytest.mark.parametrize(
    ("share", "bar"),
    [(0.0, "─" * 10), (0.5, "━━━━━─────"), (0.55, "━━━━━╸────"), (1.0, "━" * 10), (7.0, "━" * 10),
     (math.nan, "─" * 10)],
)  # fmt: skip
def test_a_bar_is_as_long_as_its_share(share: float, bar: str) -> None:
    assert "".join(fill_bar(share, 10, UNICODE)) == bar
    assert len("".join(fill_bar(share, 10, ASCII))) == 10


def test_a_bar_without_room_leaves_the_number() -> None:
    assert [part.text for part in draw_bar("epoch 1/2", 0.5, 18, UNICODE)] == ["epoch 1/2", "  50 %"]
    assert measure(draw_bar("epoch 1/2", 0.5, 40, UNICODE)) == 40


def test_a_sparkline_goes_from_the_lowest_to_the_highest_or_between_the_bounds_of_its_scale() -> None:
    assert draw_spark((1.0, 2.0, 3.0), 10, UNICODE) == "▁▄▇"
    assert draw_spark((0.0, 50.0, 100.0), 2, UNICODE, (0.0, 100.0))[-1] == "▇"
    assert len(draw_spark(tuple(map(float, range(100))), 7, UNICODE)) == 7
    assert draw_spark((5.0, 5.0), 4, UNICODE) == "▁▁"
    assert draw_spark((), 4, UNICODE) == ""
    assert draw_spark((1.0,), 0, UNICODE) == ""


def test_a_whole_history_is_drawn_however_narrow_the_row_and_nothing_that_stands_out_is_lost() -> None:
    falling = tuple(100.0 / epoch for epoch in range(1, 61))
    assert squeeze(falling, 4)[0] == 100.0
    assert list(squeeze(falling, 4)) == sorted(squeeze(falling, 4), reverse=True)
    spiked = (*[1.0] * 29, 9.0, *[1.0] * 30)
    assert list(squeeze(spiked, 4)) == [1.0, 9.0, 1.0, 1.0]
    assert math.isnan(squeeze((*[1.0] * 9, math.nan), 3)[2])
    assert squeeze(falling, 60) is falling
    assert squeeze((), 4) == ()
    ((_, _, _, spark),) = draw_trends([Trend("loss", "0.5", falling, whole=True)], 25, UNICODE)
    assert spark.text == "▇▁▁▁"
    ((_, _, _, spark),) = draw_trends([Trend("cpu", "5 %", (*[0.0] * 56, 1.0, 2.0, 3.0, 4.0))], 25, UNICODE)
    assert spark.text == "▁▃▅▇"


def test_a_high_sparkline_goes_over_its_rows_and_touches_nothing_above() -> None:
    assert draw_high_spark((1.0, 2.0, 3.0, math.nan), 10, 2, UNICODE) == ["  ▇ ", "▁██×"]
    assert draw_high_spark((1.0, 3.0), 10, 3, ASCII)[0] == " #"
    assert draw_high_spark((5.0, 5.0), 4, 2, UNICODE) == ["  ", "▁▁"]


def test_histories_are_drawn_higher_where_there_are_rows_for_all_of_them() -> None:
    trends = [Trend("loss", "0.5", (1.0, 2.0), say="{:.1f}".format), Trend("share", "45 %", (0.4, 0.5), share=0.45)]
    one, two, three = (draw_trends(trends, 60, UNICODE, budget) for budget in (2, 3, 9))
    assert [len(lines) for lines in (one, two, three)] == [2, 3, 4]  # a share has a bar, and stays as it is
    texts = ["".join(part.text for part in line) for line in three]
    assert texts[1].startswith("         1.0 to 2.0  ")
    assert len({measure(line) for line in three[:3]}) == 1
    assert len(draw_trends(trends, 28, UNICODE, 9)) == 2  # too narrow for height to say more


def test_the_extent_is_said_where_there_is_one() -> None:
    assert say_extent((1.0, math.nan, 3.0), "{:.0f}".format) == "1 to 3"
    assert say_extent((1.0, 1.1), "{:.0f}".format) == say_extent((), str) == ""


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_mark_and_does_not_move_the_scale(value: float) -> None:
    assert draw_spark((1.0, value, 2.0), 3, UNICODE) == "▁×▇"


def test_huge_numbers_have_a_scale_too() -> None:
    assert draw_spark((-1e308, 0.0, 1e308), 3, ASCII)[0] == ASCII.levels[1]


def test_names_and_values_stand_in_columns() -> None:
    rows = draw_trends([Trend("loss", "0.5", (1.0, 2.0)), Trend("variance", "45 %", share=0.45)], 40, UNICODE)
    texts = ["".join(part.text for part in row) for row in rows]
    assert texts[0].startswith("loss            0.5  ▁▇")
    assert texts[1].startswith("variance       45 %  ━━")
    assert draw_trends([], 40, UNICODE) == []


@pytest.mark.parametrize("width", range(1, 60, 7))
def test_no_row_is_wider_than_it_may_be_by_more_than_its_words(width: int) -> None:
    for row in draw_trends([Trend("x" * 30, "1.5", (1.0,) * 90, share=0.5)], width, UNICODE):
        assert measure(row) <= max(width, 16 + 1 + 3)


def test_fields_that_do_not_fit_in_one_line_are_counted() -> None:
    trends = [Trend("a", "1"), Trend("b", "2"), Trend("c", "3")]
    words = ["".join(part.text for part in flow_trends(trends, width, UNICODE)) for width in (40, 12, 6)]
    assert words == ["a 1  b 2  c 3", "a 1  +2 more", "+3 mo…"]
    assert words[1] == "a 1  +2 more"
    assert flow_trends([], 10, UNICODE) == ()
    assert flow([(Part("ab"),), (Part("cd"),)], 4) == [(Part("ab"),), (Part("cd"),)]


def test_what_is_left_out_is_said() -> None:
    trends = [Trend(str(number), "") for number in range(5)]
    kept, more = keep_first(trends, 3, "terms")
    assert len(kept) == 3
    assert more[0].text == "+2 more terms"
    assert keep_first(trends, 5, "terms")[1] == ()
