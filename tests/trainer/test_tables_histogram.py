import io
import os
import pty

import numpy as np
import pytest

from trainer.tables.histogram import ASCII, BLOCKS, count_values, draw_axis, draw_columns
from trainer.tables.numbers import say, say_change, say_share
from trainer.tables.page import Page, fit, lay_out, measure_width

NAN = float("nan")


def test_columns_grow_in_eighths_of_a_cell() -> None:
    assert draw_columns([0, 1, 2, 3, 4, 5, 6, 7, 8], 1) == [" ▁▂▃▄▅▆▇█"]
    assert draw_columns([0, 4, 8, 12, 16], 2) == ["   ▄█", " ▄███"]
    assert draw_columns([1, 1000], 2) == [" █", "▁█"]  # little is not nothing
    assert draw_columns([0, 0, 0], 2) == ["   ", "   "]


def test_columns_in_ascii_grow_in_ninths() -> None:
    assert draw_columns(range(10), 1, ASCII) == [" .:-=+*#%@"]
    assert draw_columns([9, 18], 2, ASCII) == [" @", "@@"]


def test_values_are_counted_in_equal_bins() -> None:
    values = np.array([-5, 0.0, 0.1, 0.3, 0.6, 0.99, 1.0, 7], dtype=np.float32)
    assert count_values(values, 0.0, 1.0, 4) == [3, 1, 1, 3]  # what lies outside counts at the ends
    many = np.linspace(0, 1, 10_000, dtype=np.float32)
    assert len(set(count_values(many, 0.0, 1.0, 37))) <= 2
    assert count_values(np.empty(0, np.float32), 0.0, 1.0, 5) == [0] * 5


def test_few_values_make_wide_bins() -> None:
    values = np.array([0.0, 0.99], dtype=np.float32)
    assert count_values(values, 0.0, 1.0, 16) == [1, 1, *[0] * 12, 1, 1]


def test_an_axis_says_its_ends_and_its_middle() -> None:
    assert draw_axis(-1.0, 1.0, 20, 1) == "−1.0    0.0      1.0"
    assert draw_axis(0, 2000, 9, 0) == "0   2,000"
    assert [len(draw_axis(0, 277, columns, 0)) for columns in (12, 38, 78)] == [12, 38, 78]


def test_numbers_as_people_read_them() -> None:
    assert [say(value, 2) for value in (1234.5, -0.125, -0.001, NAN)] == ["1,234.50", "−0.12", "0.00", "–"]
    assert (say_share(0.125), say_share(NAN)) == ("12.5 %", "–")
    assert say_change(1.0, 1.5, 1) == "+0.5"
    assert say_change(1.5, 1.0, 1) == "−0.5"
    assert (say_change(1.0, 1.01, 1), say_change(1.01, 1.0, 1), say_change(NAN, 1.0)) == ("0.0", "0.0", "–")


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("日本語", 7, "日本語 "),
        ("日本語", 5, "日本…"),
        ("e\u0301a", 3, "e\u0301a "),
    ],
)
def test_text_is_fitted_by_the_cells_it_takes(text: str, cells: int, shown: str) -> None:
    assert fit(text, cells) == shown
    assert measure_width(shown) == cells


def test_a_page_is_as_wide_as_the_terminal_but_never_below_80(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, width in (("20", 80), ("100", 100), ("500", 160)):
        monkeypatch.setenv("COLUMNS", columns)
        assert lay_out(io.StringIO()).width == width


def test_a_stream_that_cannot_say_blocks_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    page = lay_out(stream)
    assert page == Page(80, ASCII, colour=False)
    page.show(stream, ["Gödel × 2 − 1"])
    assert raw.getvalue() == b"G?del x 2 - 1\n"
    assert lay_out(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")).glyphs == BLOCKS


def test_there_is_colour_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    ends = pty.openpty()
    with os.fdopen(ends[0], "rb"), os.fdopen(ends[1], "w", encoding="utf-8") as terminal:
        assert lay_out(terminal).colour
        assert lay_out(terminal).paint("FAIL", "FAIL") == "\x1b[1;31mFAIL\x1b[0m"
        monkeypatch.setenv("NO_COLOR", "1")
        assert not lay_out(terminal).colour
    monkeypatch.delenv("NO_COLOR")
    assert not lay_out(io.StringIO()).colour
    assert Page().paint("FAIL", "FAIL") == "FAIL"
