"""The last line: the keys that do something now; a click is as good as the key."""

from textual import events
from textual.binding import Binding

from amn_tui.run.model import Run
from amn_tui.ui.keymap import list_keys, show_key
from amn_tui.ui.line import Line, Part, Tone, measure
from amn_tui.ui.widgets.pane import Pane


class KeyLine(Pane):
    """Read from the app's bindings; those that the app does not offer now are left out."""

    def pick(self, run: Run, now: float) -> tuple[tuple[str, str], ...]:  # noqa: ARG002 (what is offered changes it)
        """Return (key, what it does)."""
        return tuple(
            (list_keys(binding, self.keys)[0], binding.description)
            for binding in self.app.BINDINGS
            if isinstance(binding, Binding) and binding.show and self.app.check_action(binding.action, ()) is not False
        )

    def draw(self, datum: tuple[tuple[str, str], ...], width: int, height: int) -> list[Line]:  # noqa: ARG002
        """Draw as many as there is room for; the help lists all."""
        keys = [draw_key(*pair) for pair in datum]
        room = width if sum(map(measure, keys)) <= width else width - len(self.glyphs.ellipsis)
        while keys and sum(map(measure, keys)) > room:
            keys.pop()
        more = (Part(self.glyphs.ellipsis, Tone.DIM),) if len(keys) < len(datum) else ()
        return [(*(part for key in keys for part in key), *more)]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        at = event.x - self.gutter.left
        for key, words in self.datum or ():
            at -= measure(draw_key(key, words))
            if at < 0:
                self.app.simulate_key(key)
                return


def draw_key(key: str, words: str) -> Line:
    """Draw one key with what it does."""
    return (Part(show_key(key), Tone.HERE), Part(f" {words}  ", Tone.DIM))
