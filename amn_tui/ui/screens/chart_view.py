"""The keys that change how a chart is looked at: each is a pure function of the view."""

from collections.abc import Callable
from dataclasses import replace

from textual.screen import Screen

from amn_tui.ui.chart.view import ZOOM_STEP, ChartView, Extent
from amn_tui.ui.widgets.chart_mouse import PAN_SHARE
from amn_tui.ui.widgets.chart_pane import ChartPane


class ViewScreen(Screen[None]):
    """A screen with one chart on it, `pane`; what its keys do to the view."""

    pane: ChartPane

    def change(self, change: Callable[[ChartView, Extent], ChartView]) -> None:
        """Change the view within what there is to see."""
        if (composed := self.pane.find_composed()) is not None:
            self.pane.hover = None
            self.pane.view = change(self.pane.view, composed.extent)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.change(lambda view, extent: view.move(by, extent))

    def action_nearer(self, way: int) -> None:
        """Zoom in or out; "zoom" is what the monitor calls another action."""
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

    def action_smooth(self) -> None:
        """Smooth more, or not at all."""
        self.change(lambda view, _: view.smooth())

    def action_turn(self) -> None:
        """Draw over the next axis; say so where there is no other."""
        composed = self.pane.find_composed()
        axes = composed.axes if composed else ()
        if len(axes) < 2:
            self.notify("This log tells of nothing but epochs (yet).", markup=False)
        else:
            self.change(lambda view, _: view.turn(axes))

    def action_blink(self, number: int) -> None:
        """Hide an overlay, or show it."""
        self.change(lambda view, _: view.blink(number))
