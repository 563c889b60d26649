"""The screen itself: how the panes are laid out, and the keys that change what is looked at."""

from functools import partial

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Footer

from amn_tui.run.model import Run
from amn_tui.ui.glyphs import UNICODE, Glyphs
from amn_tui.ui.line import Line
from amn_tui.ui.log_file import LogFile, LogIndex
from amn_tui.ui.messages import RowChosen
from amn_tui.ui.screens.detail import DetailScreen, explain_check, explain_gate
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.widgets.banner import Banner
from amn_tui.ui.widgets.checklist import Checklist
from amn_tui.ui.widgets.cosine import Cosine
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.header import Header
from amn_tui.ui.widgets.log_pane import LogPane
from amn_tui.ui.widgets.pane import TALL_ROWS
from amn_tui.ui.widgets.progress import Progress
from amn_tui.ui.widgets.row_list import RowList
from amn_tui.ui.widgets.status_line import StatusLine


class MonitorScreen(Screen[None]):
    """One run on one screen; `run` and `now` are set by the app and bound to every pane."""

    AUTO_FOCUS = "LogPane"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny-wide"), (40, "-narrow"), (72, "-wide")]  # noqa: RUF012 (Textual's)
    VERTICAL_BREAKPOINTS = [(0, "-tiny-high"), (10, "-short"), (18, "-low"), (TALL_ROWS, "-tall")]  # noqa: RUF012
    run: reactive[Run | None] = reactive(None, repaint=False)
    now: reactive[float] = reactive(0.0, repaint=False)

    def __init__(self, log: LogFile, *, can_answer: bool, glyphs: Glyphs) -> None:
        """Show the run beside this log."""
        super().__init__()
        self.log_file, self.can_answer, self.glyphs = log, can_answer, glyphs
        self.set_class(glyphs is not UNICODE, "-ascii")

    def compose(self) -> ComposeResult:
        """Lay the panes out; monitor.tcss moves them by the size of the terminal."""
        run, now = MonitorScreen.run, MonitorScreen.now
        yield Header().data_bind(run, now)
        yield Banner(can_answer=self.can_answer).data_bind(run, now)
        with Container(id="upper"):
            with Vertical(id="left"):
                yield Cosine().data_bind(run, now)
                yield Progress().data_bind(run, now)
            with Vertical(id="right"):
                yield Checklist(id="checks").data_bind(run, now)
                yield GateList(id="gates").data_bind(run, now)
        yield LogPane(self.log_file, id="log")
        yield StatusLine().data_bind(run, now)
        yield Footer()

    def watch_run(self, run: Run | None) -> None:
        """Make room while an alarm is up."""
        self.set_class(run is not None and run.alarm is not None, "-alarmed")

    def show_index(self, index: LogIndex) -> None:
        """Hand a newer index to the log pane."""
        self.query_one(LogPane).show_index(index)

    def on_row_chosen(self, message: RowChosen) -> None:
        """Explain the chosen check or gate; without a name, all checks."""
        run = self.run
        if run is None:
            return
        keys = (("esc", "close"), ("j k", "scroll"))
        if message.kind == "gate":
            for state in (state for state in run.gates if state.gate.name == message.name):
                draw = partial(explain_gate, state, run.baselines, glyphs=self.glyphs)
                self.app.push_screen(DetailScreen(f"gate {message.name}", draw, keys))
            return
        checks = [state for state in run.checks if message.name in ("", state.check)]

        def draw_lines(width: int) -> list[Line]:
            return [line for state in checks for line in (*explain_check(state, width, self.glyphs), ())]

        if checks:
            title = checks[0].title if message.name else "preflight"
            self.app.push_screen(DetailScreen(title, draw_lines, keys))

    def action_follow(self) -> None:
        """Follow the log, or stop following it."""
        pane = self.query_one(LogPane)
        pane.follow = not pane.follow

    def action_zoom(self) -> None:
        """Give the focused pane the screen, or take it back."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused)

    def action_help(self) -> None:
        """Show the keys."""
        groups = (
            ("Run", self.app.BINDINGS),
            ("Checks and gates", RowList.BINDINGS),
            ("Log", LogPane.BINDINGS),
        )
        self.app.push_screen(HelpScreen(groups))
