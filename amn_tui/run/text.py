"""The one place where foreign text becomes text that can be shown: no byte of a log can act on a terminal."""

import re

LINE_BYTES = 64 * 1024
TRUNCATED = "…(truncated)"

# Whole escape sequences go (CSI, OSC, DCS/SOS/PM/APC, two-character ESC), so that no parameters stay behind as text.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)|\x9b[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]?"
)
# What is left of C0, DEL, C1, surrogates, and the characters that reorder or hide text, is drawn as a dot.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    r"\U000e0000-\U000e007f]"
)

_PLAIN = bytes([0x0A, *range(0x20, 0x7F)])


def sanitize(text: str) -> str:
    """Return text that a terminal only draws: escapes removed, other control and bidi characters as a middle dot.

    A carriage return keeps what follows the last one, as a terminal would show a progress bar; tabs become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.rstrip("\r")
    if "\r" in text:
        text = text[text.rindex("\r") + 1 :]
    return _UNSAFE.sub("·", _ESCAPES.sub("", text)).expandtabs(8)


def decode_log_line(raw: bytes) -> str:
    """Return one line of a log, given without its newline, as safe text of at most 64 KiB; bad UTF-8 becomes U+FFFD."""
    if len(raw) <= LINE_BYTES:
        return sanitize(raw.decode("utf-8", "replace"))
    return sanitize(raw[:LINE_BYTES].decode("utf-8", "replace")) + TRUNCATED


def decode_plain_lines(raw: bytes) -> list[str] | None:
    """Return lines, each with its end, as `decode_log_line` does each: at once, where all are plain, as nearly always.

    None where one has anything but printable ASCII in it, or is too long.
    """
    if not raw.endswith(b"\n") or raw.translate(None, _PLAIN):
        return None
    lines = raw.decode("ascii").split("\n")
    lines.pop()
    return lines if max(map(len, lines)) <= LINE_BYTES else None
