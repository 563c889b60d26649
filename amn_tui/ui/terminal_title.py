"""The title of the terminal: which epoch, which cosine, which run. Put back when the monitor leaves."""

import re
from collections.abc import Mapping

from amn_tui.run.model import Run
from amn_tui.run.text import sanitize
from amn_tui.ui.quantity import format_number
from checks.derived import MAIN_METRIC

LONGEST_TITLE = 80
KEEP, RESTORE = "\x1b[22;2t", "\x1b[23;2t"  # xterm's stack of titles; terminals without one ignore both
# Others write a title that they do not know as text on the screen.
_KNOWN = re.compile(
    r"(?:xterm|screen|tmux|rxvt|alacritty|foot|st|kitty|wezterm|konsole|vte|gnome|contour|ghostty|iterm|mintty)(?:[-.]|$)"
)


def has_title(environment: Mapping[str, str]) -> bool:
    """Tell whether the terminal is one that has a title."""
    return _KNOWN.match(environment.get("TERM", "")) is not None


def say_title(run: Run) -> str:
    """Return `3/20 0.5716 NAME`, with what is wrong before it."""
    curve = run.curve
    last = curve.last
    value = last.values.get(MAIN_METRIC) if last else None
    epoch = f"{last.epoch}/{curve.total_epochs}" if last and curve.total_epochs else ""
    state = "ALARM" if run.alarm else run.outcome.replace("_", " ") if run.outcome else ""
    words = (state, epoch, format_number(value) if value is not None else "", run.name)
    return sanitize(" ".join(word for word in words if word))[:LONGEST_TITLE]


def write_title(title: str) -> str:
    """Return what makes a title the terminal's; `title` is safe text."""
    return f"\x1b]2;{sanitize(title)}\x07"
