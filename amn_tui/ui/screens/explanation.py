"""Text to read over the screen: it scrolls, and goes with any of the keys that close it."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from amn_tui.ui.keymap import Group, find_own_keys, list_actions, list_keys, show_key
from amn_tui.ui.screens.dialog import Dialog, DrawLines


class Explanation(Dialog[None]):
    """What help and the pages of checks and gates share."""

    DEFAULT_CLASSES = "-explains"  # goes by itself when an alarm comes up
    REFUSAL: ClassVar[str] = "close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "close", id="page-close"),
        Binding("down,j", "scroll_text(1)", "line down", id="page-line-down"),
        Binding("up,k", "scroll_text(-1)", "line up", id="page-line-up"),
    ]

    def __init__(self, title: str, draw_lines: DrawLines) -> None:
        """Show what `draw_lines` returns for a width."""
        super().__init__(title, draw_lines, ())

    def list_keys(self) -> tuple[tuple[str, str], ...]:
        """Return the keys of the page, a person's own where there are any."""
        actions, own = list_actions([Group("", Explanation.BINDINGS)]), find_own_keys(self.app)
        close, down, up = (list_keys(actions[f"page-{name}"], own) for name in ("close", "line-down", "line-up"))
        scroll = ",".join(min(keys, key=lambda key: len(show_key(key))) for keys in (down, up))
        return (close[0], "close"), (scroll, "scroll")

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
