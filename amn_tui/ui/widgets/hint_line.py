"""One line for who sees the monitor for the first time; the first key takes it away."""

from amn_tui.run.model import Run
from amn_tui.ui.keymap import Group, list_actions, list_keys, say_key, show_key
from amn_tui.ui.line import Line, Part, Tone, cut
from amn_tui.ui.widgets.pane import Pane

WAYS = (
    (
        "New here? {help} lists every key  {dot}  {panes}: next pane  {dot}  {explain} explains  {dot}  {palette} "
        "finds a command  {dot}  {leave} leaves, training goes on"
    ),
    "New here? {help} lists every key  {dot}  {panes}: next pane  {dot}  {explain} explains  {dot}  {leave} leaves",
    "New here? {help} lists every key",
)
NAMED = ("help", "palette", "leave", "panes")


class HintLine(Pane):
    """Shown while the app says so."""

    def pick(self, run: Run, now: float) -> bool:  # noqa: ARG002 (it is always the same)
        """Say it whatever the run is."""
        return True

    def draw(self, datum: bool, width: int, height: int) -> list[Line]:  # noqa: ARG002 (one line)
        """Say as much as fits."""
        bindings = list_actions([Group("Run", self.app.BINDINGS)])
        shown = {name: show_key(list_keys(bindings[name], self.keys)[0]) for name in NAMED}
        shown["explain"] = say_key(self.keys, "explain", "enter")
        said = [way.format(dot=self.glyphs.dot, **shown) for way in WAYS]
        words = next((way for way in said if len(way) <= width), said[-1])
        return [(Part(cut(words, width, self.glyphs.ellipsis), Tone.HERE),)]
