"""The keys, read from the bindings themselves, so that help cannot lie."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from amn_tui.ui.line import Line, Part, Tone, fit, wrap
from amn_tui.ui.screens.dialog import Dialog

KEY_CELLS = 18
NAMES = {
    "question_mark": "?", "pagedown": "page down", "pageup": "page up", "escape": "esc", "slash": "/", "ampersand": "&",
    "right_square_bracket": "]", "left_square_bracket": "[",
}  # fmt: skip


def list_keys(bindings: Iterable[BindingType]) -> list[tuple[str, str]]:
    """Return (keys, what they do) of every binding."""
    rows = []
    for binding in bindings:
        if isinstance(binding, Binding) and binding.description:
            keys = [NAMES.get(key, key) for key in binding.key.split(",")]
            rows.append((", ".join(keys), binding.tooltip or binding.description))
    return rows


def draw_help(groups: Sequence[tuple[str, Iterable[BindingType]]], width: int) -> list[Line]:
    """Draw the bindings, group by group."""
    lines: list[Line] = []
    for title, bindings in groups:
        lines += [*([()] if lines else []), (Part(title, Tone.STRONG),)]
        for keys, words in list_keys(bindings):
            first, *more = wrap(words, width - KEY_CELLS)
            lines.append((Part(fit(keys, KEY_CELLS), Tone.HERE), Part(first)))
            lines += [(Part(" " * KEY_CELLS), Part(line)) for line in more]
    return lines


class HelpScreen(Dialog[None]):
    """Shows the keys."""

    DEFAULT_CLASSES = "-explains"  # goes by itself when an alarm comes up
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,question_mark", "close", "close"),
        Binding("down,j", "scroll_text(1)", "down"),
        Binding("up,k", "scroll_text(-1)", "up"),
    ]

    def __init__(self, groups: Sequence[tuple[str, Iterable[BindingType]]]) -> None:
        """Show these groups of bindings."""
        super().__init__("Keys", lambda width: draw_help(groups, width), (("esc", "close"),))

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
