"""The keys, read from the bindings themselves, so that help cannot lie."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from amn_tui.ui.keymap import Group, Keys, list_keys, show_key
from amn_tui.ui.line import Line, Part, Tone, fit, wrap
from amn_tui.ui.screens.explanation import Explanation

KEY_CELLS = 18


def list_help(bindings: Iterable[BindingType], keys: Keys) -> list[tuple[str, str]]:
    """Return (keys, what they do) of every binding; `keys` are a person's own."""
    rows = []
    for binding in bindings:
        if isinstance(binding, Binding) and binding.description:
            shown = ", ".join(map(show_key, list_keys(binding, keys)))
            rows.append((shown, binding.tooltip or binding.description))
    return rows


def draw_help(groups: Sequence[Group], own: Keys, width: int) -> list[Line]:
    """Draw the bindings, group by group."""
    lines: list[Line] = []
    for title, bindings, *_ in groups:
        lines += [*([()] if lines else []), (Part(title, Tone.STRONG),)]
        for keys, words in list_help(bindings, own):
            first, *more = wrap(words, width - KEY_CELLS)
            lines.append((Part(fit(keys, KEY_CELLS), Tone.HERE), Part(first)))
            lines += [(Part(" " * KEY_CELLS), Part(line)) for line in more]
    return lines


class HelpScreen(Explanation):
    """Shows the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark", "close", "close help", id="help")]

    def __init__(self, groups: Sequence[Group], keys: Keys) -> None:
        """Show these groups of bindings, with a person's own keys."""
        super().__init__("Keys", lambda width: draw_help(groups, keys, width))
