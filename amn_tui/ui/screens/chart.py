"""The full chart of a run, other runs laid over it: one key opens it, every other key changes the view."""

from contextlib import nullcontext
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from amn_tui.run.column import Axis
from amn_tui.run.model import Run
from amn_tui.ui.chart.memory import ChartMemory
from amn_tui.ui.chart.view import MOST_OVERLAYS, Overlay
from amn_tui.ui.glyphs import UNICODE, Glyphs
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
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,c,q", "close", "back", tooltip="back to the monitor; how the chart is looked at is kept"),
        Binding("left,h", "move(-1)", "cursor", tooltip="inspect the epoch (or step) before; its values stand above"),
        Binding("right,l", "move(1)", "cursor", show=False, tooltip="inspect the next one"),
        Binding("home", "move(-1000000000)", "first", show=False, tooltip="the first epoch"),
        Binding("end", "move(1000000000)", "last", show=False, tooltip="the last one"),
        Binding("g,colon", "jump", "go to", show=False, tooltip="go to an epoch (or step, or second) by its number"),
        Binding("plus,equals_sign", "zoom(1)", "zoom", tooltip="nearer to the cursor; so does the mouse wheel"),
        Binding("minus", "zoom(-1)", "zoom out", show=False, tooltip="further away"),
        Binding("shift+left,H", "pan(-1)", "pan left", show=False, tooltip="move what is in sight, when zoomed"),
        Binding("shift+right", "pan(1)", "pan right", show=False, tooltip="move it the other way"),
        Binding("o", "pick_runs", "runs", tooltip="lay other runs over it, up to eight: baseline, earlier attempts"),
        *(
            Binding(str(number), f"blink({number})", "hide", show=False, tooltip=f"hide run {number}, or show it again")
            for number in range(1, MOST_OVERLAYS + 1)
        ),
        Binding("m", "pick_metric", "metric", tooltip="another metric, by part of its name"),
        Binding("x", "turn", "axis", tooltip="by epochs, by steps or by time, as far as the log tells"),
        Binding("e", "smooth", "smooth", tooltip="smooth by a moving average, ever more strongly; the raw curve stays"),
        Binding("y", "fit", "fit", tooltip="fit the scale to what is in sight, or back to the fixed one"),
        Binding("L", "log", "log", tooltip="logarithmic scale, where every value in sight is above 0"),
        Binding("0", "reset", "whole", tooltip="all of the run again, without a cursor"),
        Binding("question_mark", "help", "help", tooltip="this help"),
    ]

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
        self.watch(self.monitor, "now", self._take_now)
        self.watch(self.monitor, "run", self._take_run)
        self.memory.library.start(self._tell_read)
        self._want()

    def on_unmount(self) -> None:
        """Stop reading; what was read stays."""
        self.memory.library.stop()

    def _take_now(self, now: float) -> None:
        for shows in self.query(Shows):
            shows.now = now

    def _take_run(self, run: Run | None) -> None:
        for shows in self.query(Shows):
            shows.run = run

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
        from amn_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen((("Chart", self.BINDINGS), ("Run", self.app.BINDINGS[:3])), self.monitor.keys))

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
