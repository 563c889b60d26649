"""What the mouse does to the full chart: it shows values, sets the cursor, and moves and scales what is in sight."""

from textual import events
from textual.reactive import reactive

from amn_tui.ui.chart.compose import Composed
from amn_tui.ui.chart.figure_plot import measure_gutter
from amn_tui.ui.chart.view import ZOOM_STEP, ChartView
from amn_tui.ui.widgets.pane import Shows

PAN_SHARE = 0.1


class ChartMouse(Shows):
    """Turns what the mouse does into `view` and `hover`; whoever draws says what stands where."""

    ALLOW_SELECT = False  # to drag is to move the chart
    view: reactive[ChartView] = reactive(ChartView, repaint=False)
    hover: reactive[float | None] = reactive(None, repaint=False)

    def __init__(self) -> None:
        """Hold nothing."""
        super().__init__()
        self.composed: Composed | None = None
        self.plot_top = 0
        self._held: float | None = None  # the place on the axis that the mouse holds
        self._dragged = False

    def _find_place(self, event: events.MouseEvent) -> float | None:
        """Return the place on the axis under the mouse; None beside the plot."""
        composed, offset = self.composed, event.get_content_offset(self)
        if composed is None or offset is None or offset.y < self.plot_top:
            return None
        width, height = self.content_size
        gutter = measure_gutter(composed.figure.scale, height - self.plot_top - 1)
        cells = width - gutter
        left, right = composed.figure.window
        if not 0 <= offset.x - gutter < cells or cells < 2:
            return None
        return left + (offset.x - gutter) / (cells - 1) * (right - left)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the values there, or move what the mouse holds."""
        place = self._find_place(event)
        if self.composed is None:
            return
        if self._held is None:
            self.hover = None if place is None else self.composed.extent.snap(place)
        elif place is not None:
            left, right = self.composed.figure.window
            moved = self.view.pan((self._held - place) / (right - left), self.composed.extent)
            self._dragged |= moved != self.view
            self.view = moved

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the chart; what is in sight goes with the mouse."""
        self._dragged = False
        self.hover = None
        if (place := self._find_place(event)) is not None:
            self._held = place
            self.capture_mouse()

    def on_mouse_up(self) -> None:
        """Let go of the chart."""
        self.release_mouse()

    def on_mouse_release(self) -> None:
        """Whoever took the mouse away, nothing is held any more."""
        self._held = None

    def on_leave(self) -> None:
        """Go back to the cursor."""
        self.hover = None

    def on_click(self, event: events.Click) -> None:
        """Set the cursor, unless the chart was moved."""
        if self._dragged:
            return
        if (place := self._find_place(event)) is not None and self.composed is not None:
            self.hover = None
            self.view = self.view.point(place, self.composed.extent)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go nearer to what is under the mouse; with shift or ctrl, to the left."""
        self._scroll(event, ZOOM_STEP, -PAN_SHARE)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go further away; with shift or ctrl, to the right."""
        self._scroll(event, 1 / ZOOM_STEP, PAN_SHARE)

    def _scroll(self, event: events.MouseEvent, factor: float, share: float) -> None:
        if self.composed is None:
            return
        event.stop()
        if event.shift or event.ctrl:
            self.view = self.view.pan(share, self.composed.extent)
        else:
            self.view = self.view.zoom(factor, self.composed.extent, self._find_place(event))
