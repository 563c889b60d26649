"""Two tables of characters, chosen by what the terminal can show."""

from dataclasses import fields

import pytest
from rich.cells import cell_len

from amn_tui.ui.glyphs import ASCII, UNICODE, Glyphs, choose_glyphs
from checks.verdict import Verdict


@pytest.mark.parametrize(
    ("encoding", "table"),
    [("UTF-8", UNICODE), ("utf8", UNICODE), ("utf_16", UNICODE), ("ANSI_X3.4-1968", ASCII), ("ISO-8859-1", ASCII)],
)
def test_the_encoding_chooses(encoding: str, table: Glyphs) -> None:
    assert choose_glyphs(encoding) is table


def test_ascii_is_ascii_and_every_glyph_is_one_cell() -> None:
    for field in fields(Glyphs):
        ascii_value, unicode_value = getattr(ASCII, field.name), getattr(UNICODE, field.name)
        if isinstance(unicode_value, str):
            assert ascii_value.isascii()
            assert all(cell_len(character) == 1 for character in unicode_value)
    assert len(ASCII.levels) == len(UNICODE.levels) == 9


def test_every_verdict_has_its_own_glyph_in_both_tables() -> None:
    for table in (UNICODE, ASCII):
        assert len({table.of(verdict) for verdict in (*Verdict, None)}) == 5
