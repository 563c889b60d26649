"""Foreign text in columns: exactly as wide as asked, and harmless."""

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from amn_tui.run.text import sanitize
from amn_tui.ui.line import Part, Tone, crop, cut, fit, join_ends, join_parts, measure, pad, wrap

TEXT = st.text(max_size=60) | st.text(alphabet="ab \n[]/漢字é\x1b\u202e\u0301", max_size=40)


@given(TEXT, st.integers(0, 50))
def test_fit_is_exactly_as_wide_and_cut_at_most(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(fit(text, width, right=True)) == width
    assert cell_len(cut(text, width)) <= width
    assert sanitize(fit(text, width)) == fit(text, width)


@given(TEXT, st.integers(2, 50))
def test_wrap_keeps_to_the_width(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert lines
    assert all(cell_len(line) <= width for line in lines)


def test_cut_marks_what_is_missing() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"
    assert cut("abcdef", 4, "~") == "abc~"
    assert fit("ab", 4, right=True) == "  ab"


def test_hostile_text_loses_its_escapes(ui: ModuleType) -> None:
    for text in ui.HOSTILE:
        shown = fit(text, 80)
        assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)


def test_lines_are_joined_and_cropped() -> None:
    left, right = (Part("left"),), (Part("right", Tone.DIM),)
    assert "".join(part.text for part in join_ends(left, right, 12)) == "left   right"
    assert join_ends(left, right, 9) == left
    assert join_parts([left, (), right], Part("|")) == (Part("left"), Part("|"), Part("right", Tone.DIM))
    assert measure(crop((*left, *right), 6)) == 6


@pytest.mark.parametrize("width", [0, 1, 4, 9])
def test_crop_never_goes_beyond(width: int) -> None:
    assert measure(crop((Part("漢字漢字"), Part("x")), width)) <= width


@given(TEXT, st.integers(0, 50), st.booleans())
def test_pad_is_fit_whose_blanks_have_no_tone(text: str, width: int, right: bool) -> None:
    line = pad(text, width, Tone.FAIL, right=right)
    assert "".join(part.text for part in line) == fit(text, width, right=right)
    assert [part.text for part in line if part.tone is Tone.PLAIN] == [" " * (width - cell_len(cut(text, width)))]
