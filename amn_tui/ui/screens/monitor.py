"""The screen itself: how the panes are laid out, and the keys that change what is looked at."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.reactive import reactive
from textual.screen import Screen

from amn_tui.run.model import Run
from amn_tui.run.outcome import Outcome, Phase
from amn_tui.ui.chart.memory import ChartMemory
from amn_tui.ui.glyphs import UNICODE, Glyphs
from amn_tui.ui.keymap import Keys
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_lines import LogLines
from amn_tui.ui.messages import EpochWanted, RowChosen
from amn_tui.ui.widgets.banner import Banner
from amn_tui.ui.widgets.checklist import Checklist
from amn_tui.ui.widgets.cosine import Cosine
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.header import Header
from amn_tui.ui.widgets.hint_line import HintLine
from amn_tui.ui.widgets.key_line import KeyLine
from amn_tui.ui.widgets.log_pane import LogPane
from amn_tui.ui.widgets.losses import Losses
from amn_tui.ui.widgets.optimizer import Optimizer
from amn_tui.ui.widgets.pane import TALL_ROWS, TONE_CLASSES
from amn_tui.ui.widgets.status_line import StatusLine
from amn_tui.ui.widgets.system import System
from amn_tui.ui.widgets.throughput import Throughput


class MonitorScreen(Screen[None]):
    """One run on one screen; `run` and `now` are set by the app and bound to every pane."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    AUTO_FOCUS = "LogView"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny-wide"), (40, "-narrow"), (72, "-wide"), (150, "-three")]  # noqa: RUF012 (Textual's)
    VERTICAL_BREAKPOINTS = [(0, "-tiny-high"), (10, "-short"), (18, "-low"), (TALL_ROWS, "-tall")]  # noqa: RUF012
    run: reactive[Run | None] = reactive(None, repaint=False)
    now: reactive[float] = reactive(0.0, repaint=False)
    index: reactive[LogIndex | None] = reactive(None, repaint=False)

    def __init__(self, log: LogLines, *, chart: ChartMemory, can_answer: bool, glyphs: Glyphs, keys: Keys) -> None:
        """Show the run beside this log; `chart` is how its full chart is looked at, `keys` are a person's own."""
        super().__init__()
        self.keys = keys
        self.chart = chart
        self.lines, self.can_answer, self.glyphs = log, can_answer, glyphs
        self.set_class(glyphs is not UNICODE, "-ascii")

    def compose(self) -> ComposeResult:
        """Lay the panes out; monitor.tcss moves them by the size of the terminal."""
        run, now = MonitorScreen.run, MonitorScreen.now
        yield Header().data_bind(run, now)
        yield Banner(can_answer=self.can_answer).data_bind(run, now)
        with Container(id="upper"):
            with Vertical(id="left"):
                yield Checklist(id="checks").data_bind(run, now)
                yield GateList(id="gates").data_bind(run, now)
            with Container(id="centre"):
                yield Cosine().data_bind(run, now)
                with Container(id="numbers"):
                    with Vertical(id="learning") as learning:
                        learning.border_title = self._name_box("loss")
                        yield Losses().data_bind(run)
                        yield Optimizer().data_bind(run)
                    with Vertical(id="machine") as machine:
                        machine.border_title = self._name_box("speed and system")
                        yield Throughput().data_bind(run)
                        yield System().data_bind(run)
        yield LogPane(self.lines, id="log").data_bind(MonitorScreen.index)
        yield StatusLine().data_bind(run, now)
        yield HintLine().data_bind(run)
        yield KeyLine().data_bind(run, now)

    def _name_box(self, words: str) -> str:
        """Return a title; a rule of ASCII, which has no corners, has no blanks of its own around it."""
        return words if self.glyphs is UNICODE else f" {words} "

    def watch_run(self, run: Run | None) -> None:
        """Make room for what matters: the chart while an alarm is up, the checks while there is no log."""
        failed = run is not None and run.outcome not in (None, Outcome.COMPLETED)
        self.set_class(failed or (run is not None and (run.alarm is not None or run.unguarded)), "-alarmed")
        self.set_class(run is not None and run.phase in (Phase.PREFLIGHT, Phase.BLOCKED), "-before")

    def on_row_chosen(self, message: RowChosen) -> None:
        """Explain the chosen check or gate."""
        from amn_tui.ui.screens.detail import explain_choice  # dialogs are imported when they are asked for

        if self.run is None:
            return
        if dialog := explain_choice(self.run, message.kind, message.name, self.glyphs, self.now):
            self.app.push_screen(dialog)

    def action_chart(self) -> None:
        """Open the full chart, looked at as it was left."""
        from amn_tui.ui.screens.chart import ChartScreen

        self.app.push_screen(ChartScreen(self.chart, self))

    def action_diagnose(self) -> None:
        """Say why the run is where it is."""
        from amn_tui.ui.screens.diagnosis import DiagnosisScreen

        self.app.push_screen(DiagnosisScreen(self))

    def on_chart_asked(self) -> None:
        """Enter, or a click, on the small chart."""
        self.action_chart()

    def on_epoch_wanted(self, message: EpochWanted) -> None:
        """Show the line of an epoch, or say why there is none; what one does next one does in the log."""
        pane = self.query_one(LogPane)
        if self.maximized is not None and self.maximized is not pane:
            self.minimize()
        self.set_focus(pane.view)
        if message.epoch is None:
            pane.note_down(message.why)
        else:
            pane.show_epoch(message.epoch)

    def action_follow(self) -> None:
        """Follow the log, or stop following it."""
        view = self.query_one(LogPane).view
        view.follow = not view.follow

    def action_zoom(self) -> None:
        """Give the focused pane the screen, or take it back."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused)

    def action_help(self) -> None:
        """Show the keys."""
        from amn_tui.ui.places import list_panes
        from amn_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(list_panes(self.app.BINDINGS), self.keys))
