"""The last line of a screen that has keys of its own; a click is as good as the key."""

from textual import events
from textual.binding import Binding

from amn_tui.run.model import Run
from amn_tui.ui.line import Line, Part, Tone, crop, measure
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
        """Draw as many as there is room for in one line; the last, help, tells of the others."""
        keys = [draw_key(SHOWN.get(key, key), words) for key, words in datum]
        while len(keys) > 1 and sum(map(measure, keys)) > width + 2:
            del keys[-2]
        return [crop(tuple(part for key in keys for part in key), width)]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        at = event.x - self.gutter.left
        for key, words in self.datum or ():
            if not any((Part(SHOWN.get(key, key), Tone.HERE)) in line for line in self.drawn):
                continue  # there was no room for it
            at -= measure(draw_key(SHOWN.get(key, key), words))
            if at < 0:
                self.app.simulate_key(key)
                return
