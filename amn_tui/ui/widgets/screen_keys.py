"""The last line of a screen that has keys of its own; a click is as good as the key."""

from textual import events
from textual.binding import Binding

from amn_tui.run.model import Run
from amn_tui.ui.keymap import list_keys, show_key
from amn_tui.ui.line import Line, Part, Tone, crop, measure
from amn_tui.ui.widgets.pane import Pane

BESIDE = {"chart-left": "chart-right", "zoom-in": "zoom-out"}  # two that undo each other are shown together


class ScreenKeys(Pane):
    """Read from the screen's bindings, those to be shown; a person's own keys where there are any."""

    def pick(self, run: Run, now: float) -> tuple[tuple[str, str, str], ...]:  # noqa: ARG002 (always the same)
        """Return (key, how it is written, what it does)."""
        bindings = [binding for binding in self.screen.BINDINGS if isinstance(binding, Binding)]
        named = {binding.id: binding for binding in bindings}
        told = []
        for binding in bindings:
            if binding.show:
                pair = [binding, *([named[BESIDE[binding.id]]] if binding.id in BESIDE else [])]
                listed = [list_keys(one, self.keys) for one in pair]
                # Of two that undo each other letters say it in less room than words: h l.
                keys = [min(ways, key=lambda key: len(show_key(key))) if len(pair) > 1 else ways[0] for ways in listed]
                told.append((keys[0], " ".join(map(show_key, keys)), binding.description))
        return tuple(told)

    def choose_shown(self, width: int) -> list[tuple[str, Line]]:
        """Return (key, what is drawn of it) for as many as there is room for; the last, help, tells of the others."""
        keys: list[tuple[str, Line]] = [
            (key, (Part(shown, Tone.HERE), Part(f" {words}  ", Tone.DIM))) for key, shown, words in self.datum or ()
        ]
        while len(keys) > 1 and sum(measure(line) for _, line in keys) > width + 2:
            del keys[-2]
        return keys

    def draw(self, datum: tuple[tuple[str, str, str], ...], width: int, height: int) -> list[Line]:  # noqa: ARG002
        """Draw them in one line."""
        return [crop(tuple(part for _, line in self.choose_shown(width) for part in line), width)]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        at = event.x - self.gutter.left
        for key, line in self.choose_shown(self.content_size.width):
            at -= measure(line)
            if at < 0:
                self.app.simulate_key(key)
                return
