"""Dots, marks and shades on a grid of cells."""

from types import ModuleType

from amn_tui.ui.chart.canvas import Canvas
from amn_tui.ui.line import Tone


def test_dots_of_braille_count_from_the_bottom_left(ui: ModuleType) -> None:
    canvas = Canvas(2, 1, braille=True)
    canvas.dot(0, 0, Tone.VAL)
    canvas.dot(3, 3, Tone.VAL)
    canvas.dot(4, 0, Tone.VAL)  # outside
    canvas.dot(0, -1, Tone.VAL)
    assert ui.read_text(canvas.list_lines()) == "⡀⠈"


def test_a_line_has_no_holes() -> None:
    canvas = Canvas(10, 5, braille=True)
    canvas.draw_line((0, 0), (19, 19), Tone.VAL)
    assert sum(bits.bit_count() for bits in canvas.bits) == 20
    canvas = Canvas(10, 5, braille=True)
    canvas.draw_line((3, 19), (3, 0), Tone.VAL)
    assert sum(bits.bit_count() for bits in canvas.bits) == 20


def test_what_is_drawn_later_lies_on_top_and_marks_over_dots(ui: ModuleType) -> None:
    canvas = Canvas(3, 1, braille=False)
    canvas.dot(0, 0, Tone.TRAIN)
    canvas.dot(0, 0, Tone.VAL)
    canvas.dot(1, 0, Tone.FLOOR)
    canvas.mark(1, 0, "xyz", Tone.FAIL)
    canvas.mark(0, 7, "far", Tone.FAIL)
    assert ui.read_text(canvas.list_lines()) == "*xy"
    assert [part.tone for part in canvas.list_lines()[0]] == [Tone.VAL, Tone.FAIL]


def test_a_shade_is_a_ground_below_everything() -> None:
    canvas = Canvas(2, 2, braille=True)
    canvas.shade(1, 0, Tone.BAND)
    canvas.dot(2, 0, Tone.VAL)
    top, bottom = canvas.list_lines()
    assert [part.on for part in top] == [None]
    assert [(part.on, part.tone) for part in bottom] == [(None, Tone.PLAIN), (Tone.BAND, Tone.VAL)]


def test_in_ascii_what_is_measured_compared_and_pointed_at_differ_without_colour(ui: ModuleType) -> None:
    canvas = Canvas(7, 1, braille=False)
    for column, tone in enumerate((Tone.VAL, Tone.TRAIN, Tone.OOD, Tone.TRIVIAL, Tone.FLOOR, Tone.HERE, Tone.RUN_3)):
        canvas.dot(column, 0, tone)
    text = ui.read_text(canvas.list_lines())
    assert len(set(text)) == len(text) == 7
