"""No byte of a log can act on a terminal."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.text import LINE_BYTES, TRUNCATED, decode_log_line, decode_plain_lines, sanitize

HARMFUL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Epoch 1/20 done", "Epoch 1/20 done"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]52;c;ZXZpbA==\x1b\\after", "after"),
        ("\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPdevice control\x1b\\after", "after"),
        ("\x1bcafter a reset", "after a reset"),
        ("\x9b2Jcleared", "cleared"),
        ("nul\x00bell\x07", "nul·bell·"),
        ("a\u202eb\u2066c", "a·b·c"),
        ("10%\r20%\r30%", "30%"),
        ("30%\r", "30%"),
        ("a\tb", "a       b"),
        ("[/red] [@click=app.abort]x[/]", "[/red] [@click=app.abort]x[/]"),
        ("cosine 0,5 größer 日本", "cosine 0,5 größer 日本"),
    ],
)
def test_what_a_line_may_carry(raw: str, shown: str) -> None:
    assert sanitize(raw) == shown


@given(st.text())
def test_nothing_harmful_is_left_and_once_is_enough(raw: str) -> None:
    shown = sanitize(raw)
    assert not HARMFUL.search(shown)
    assert sanitize(shown) == shown


@given(st.binary(max_size=300))
def test_any_bytes_give_text_that_can_be_written(raw: bytes) -> None:
    decode_log_line(raw).encode("utf-8")


PLAIN_OR_NOT = st.one_of(st.binary(max_size=20), st.text("ab \t\r\x1b~", max_size=9).map(str.encode))


@given(st.lists(PLAIN_OR_NOT | st.text("ab ~", max_size=9).map(str.encode), max_size=5))
def test_plain_lines_are_read_at_once_as_one_by_one(raw: list[bytes]) -> None:
    lines = [line.replace(b"\n", b"") for line in raw]
    found = decode_plain_lines(b"".join(line + b"\n" for line in lines))
    plain = bool(lines) and all(0x20 <= byte < 0x7F for line in lines for byte in line)
    assert found == ([decode_log_line(line) for line in lines] if plain else None)


def test_a_huge_line_or_half_a_line_is_not_read_at_once() -> None:
    assert decode_plain_lines(b"a\n\nb\n") == ["a", "", "b"]
    assert decode_plain_lines(b"x" * LINE_BYTES + b"\n") == ["x" * LINE_BYTES]
    assert decode_plain_lines(b"a\n" + b"x" * (LINE_BYTES + 1) + b"\n") is None
    assert decode_plain_lines(b"a\nb") is None
    assert decode_plain_lines(b"") is None


def test_bad_utf8_is_marked_and_a_huge_line_is_cut() -> None:
    assert decode_log_line(b"caf\xe9") == "caf\ufffd"
    cut = decode_log_line(b"x" * (LINE_BYTES + 1))
    assert cut.endswith(TRUNCATED)
    assert len(cut) == LINE_BYTES + len(TRUNCATED)
