"""The full chart of a run, other runs laid over it: one key opens it, every other key changes the view."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from amn_tui.run.model import Run
from amn_tui.ui.chart.memory import ChartMemory
from amn_tui.ui.chart.view import ZOOM_STEP, ChartView, Extent
from amn_tui.ui.glyphs import UNICODE, Glyphs
from amn_tui.ui.line import OVERLAY_TONES
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.widgets.banner import Banner
from amn_tui.ui.widgets.chart_pane import PAN_SHARE, ChartPane
from amn_tui.ui.widgets.pane import TONE_CLASSES, Shows
from amn_tui.ui.widgets.screen_keys import ScreenKeys

CHART_CLASSES = TONE_CLASSES | {f"tone-{tone}" for tone in OVERLAY_TONES}


class TracksRead(Message):
    """The library has read more; posted from its thread."""


class ChartScreen(Screen[None]):
    """One chart over the whole screen; the run comes from the monitor beneath."""

    CSS_PATH = "chart.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = CHART_CLASSES
    HORIZONTAL_BREAKPOINTS = MonitorScreen.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = MonitorScreen.VERTICAL_BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,c,q", "close", "back", tooltip="back to the monitor; how the chart is looked at is kept"),
        Binding("left,h", "move(-1)", "cursor", tooltip="inspect the epoch (or step) before; its values stand above"),
        Binding("right,l", "move(1)", "cursor", show=False, tooltip="inspect the next one"),
        Binding("plus,equals_sign", "zoom(1)", "zoom", tooltip="nearer to the cursor; so does the mouse wheel"),
        Binding("minus", "zoom(-1)", "zoom out", show=False, tooltip="further away"),
        Binding("shift+left,H", "pan(-1)", "pan left", show=False, tooltip="move what is in sight, when zoomed"),
        Binding("shift+right", "pan(1)", "pan right", show=False, tooltip="move it the other way"),
        Binding("0", "reset", "whole", tooltip="all of the run again, without a cursor"),
        Binding("home", "move(-1000000000)", "first", show=False, tooltip="the first epoch"),
        Binding("end", "move(1000000000)", "last", show=False, tooltip="the last one"),
        Binding("y", "fit", "fit", tooltip="fit the scale to what is in sight, or back to the fixed one"),
        Binding("L", "log", "log", tooltip="logarithmic scale, where every value in sight is above 0"),
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

    def change(self, change: Callable[[ChartView, Extent], ChartView]) -> None:
        """Change the view within what there is to see."""
        if self.pane.composed is not None:
            self.pane.hover = None
            self.pane.view = change(self.pane.view, self.pane.composed.extent)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.change(lambda view, extent: view.move(by, extent))

    def action_zoom(self, way: int) -> None:
        """Zoom in or out."""
        self.change(lambda view, extent: view.zoom(ZOOM_STEP**way, extent))

    def action_pan(self, way: int) -> None:
        """Move the window."""
        self.change(lambda view, extent: view.pan(way * 2 * PAN_SHARE, extent))

    def action_reset(self) -> None:
        """Show all of it."""
        self.change(lambda view, _: view.reset())

    def action_fit(self) -> None:
        """Fit the scale to the data, or go back to the fixed one."""
        self.change(lambda view, _: replace(view, fitted=not view.fitted))

    def action_log(self) -> None:
        """Make the scale logarithmic, or linear again."""
        self.change(lambda view, _: replace(view, logarithmic=not view.logarithmic))

    def action_help(self) -> None:
        """Show the keys."""
        from amn_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen((("Chart", self.BINDINGS), ("Run", self.app.BINDINGS[:3]))))

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
