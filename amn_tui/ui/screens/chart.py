"""The full chart of a run, other runs laid over it: one key opens it, every other key changes the view."""

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from amn_tui.run.column import Axis
from amn_tui.ui.chart.looked_at import find_epoch_at
from amn_tui.ui.chart.memory import ChartMemory
from amn_tui.ui.chart.view import Overlay
from amn_tui.ui.glyphs import UNICODE, Glyphs
from amn_tui.ui.keymap import Group
from amn_tui.ui.messages import EpochWanted
from amn_tui.ui.screens.chart_keys import CHART_KEYS
from amn_tui.ui.screens.chart_view import ViewScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.widgets.banner import Banner
from amn_tui.ui.widgets.chart_pane import ChartPane
from amn_tui.ui.widgets.pane import CHART_CLASSES, Shows
from amn_tui.ui.widgets.screen_keys import ScreenKeys


class TracksRead(Message):
    """The library has read more; posted from its thread."""


class ChartScreen(ViewScreen):
    """One chart over the whole screen; the run comes from the monitor beneath."""

    CSS_PATH = "chart.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = CHART_CLASSES
    HORIZONTAL_BREAKPOINTS = MonitorScreen.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = MonitorScreen.VERTICAL_BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = CHART_KEYS

    def __init__(self, memory: ChartMemory, monitor: MonitorScreen) -> None:
        """Show the run of `monitor` as `memory` says."""
        super().__init__()
        self.memory, self.monitor = memory, monitor
        self.glyphs: Glyphs = monitor.glyphs
        self.pane = ChartPane(memory)
        self.set_class(monitor.glyphs is not UNICODE, "-ascii")

    def compose(self) -> ComposeResult:
        """Lay out: what is pressing, the chart, the keys."""
        yield Banner(can_answer=self.monitor.can_answer)
        yield self.pane
        yield ScreenKeys()

    def on_mount(self) -> None:
        """Take the run as it is and as it changes; read what is wanted."""
        for name in ("now", "run"):
            self.watch(self.monitor, name, partial(self._hand_down, name))
        self.memory.library.start(self._tell_read)
        self._want()

    def on_unmount(self) -> None:
        """Stop reading; what was read stays."""
        self.memory.library.stop()

    def _hand_down(self, name: str, value: object) -> None:
        for shows in self.query(Shows):
            setattr(shows, name, value)

    def _want(self) -> None:
        paths = [overlay.path for overlay in self.pane.view.overlays]
        self.memory.library.want([self.memory.path, *paths])

    def _tell_read(self) -> None:
        try:
            self.post_message(TracksRead())
        except RuntimeError:
            return  # the screen's loop has just ended, and with it whoever would have looked

    def on_tracks_read(self) -> None:
        """Show what was read."""
        self.pane.draw_anew()

    def action_pick_metric(self) -> None:
        """Ask for a metric."""
        from amn_tui.ui.screens.pick_metric import PickMetricScreen, list_metrics

        own = self.memory.library.readers.get(self.memory.path)
        if self.pane.run is None:
            return
        with own.lock if own else nullcontext():
            rows = list_metrics(self.pane.run, own.track if own else None, self.glyphs)
        self.app.push_screen(
            PickMetricScreen(rows), lambda metric: self.change(lambda view, _: view.choose(metric)) if metric else None
        )

    def action_pick_runs(self) -> None:
        """Ask which runs are laid over."""
        from amn_tui.ui.screens.pick_run import PickRunScreen

        self.app.push_screen(
            PickRunScreen(Path(self.memory.path), self.pane.view.overlays, self._toggle_run, self.glyphs)
        )

    def _toggle_run(self, path: str) -> tuple[Overlay, ...]:
        self.pane.view = self.pane.view.toggle(path)
        if not any(overlay.path == path for overlay in self.pane.view.overlays):
            self.memory.library.forget(path)
        self._want()
        return self.pane.view.overlays

    def action_jump(self) -> None:
        """Ask for a place."""
        from amn_tui.ui.screens.jump import JumpScreen

        what = {Axis.EPOCH: "epoch", Axis.STEP: "step", Axis.TIME: "second"}[self.pane.view.axis]
        self.app.push_screen(
            JumpScreen(what), lambda place: None if place is None else self.change(lambda v, e: v.point(place, e))
        )

    def action_help(self) -> None:
        """Show the keys."""
        from amn_tui.ui.places import list_answers
        from amn_tui.ui.screens.help import HelpScreen

        groups = (Group("Chart", self.BINDINGS), Group("Run", list_answers(self.app.BINDINGS)))
        self.app.push_screen(HelpScreen(groups, self.monitor.keys))

    def action_show_in_log(self) -> None:
        """Go back, to the line of the epoch that one looks at."""
        own = self.memory.library.readers.get(self.memory.path)
        with own.lock if own else nullcontext():
            epoch = find_epoch_at(self.pane.view, self.pane.run, own.track if own else None)
        self.dismiss(None)
        self.monitor.post_message(EpochWanted(epoch, "no epoch has come yet"))

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
