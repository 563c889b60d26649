"""The last line of a screen that has keys of its own; a click is as good as the key."""

from textual import events
from textual.binding import Binding

from amn_tui.run.model import Run
from amn_tui.ui.line import Line, crop, measure
from amn_tui.ui.widgets.key_line import draw_key
from amn_tui.ui.widgets.pane import Pane

SHOWN = {"left": "h l", "plus": "+ -", "escape": "esc", "question_mark": "?"}


class ScreenKeys(Pane):
    """Read from the screen's bindings, those to be shown."""

    def pick(self, run: Run, now: float) -> tuple[tuple[str, str], ...]:  # noqa: ARG002 (they are always the same)
        """Return (key, what it does)."""
        return tuple(
            (binding.key.split(",")[0], binding.description)
            for binding in self.screen.BINDINGS
            if isinstance(binding, Binding) and binding.show
        )

    def draw(self, datum: tuple[tuple[str, str], ...], width: int, height: int) -> list[Line]:  # noqa: ARG002
        """Draw them in one line."""
        return [crop(tuple(part for key, words in datum for part in draw_key(SHOWN.get(key, key), words)), width)]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        at = event.x - self.gutter.left
        for key, words in self.datum or ():
            at -= measure(draw_key(SHOWN.get(key, key), words))
            if at < 0:
                self.app.simulate_key(key)
                return
