"""The app: one run goes down to the screen; keys come up and become requests."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import AlarmRaised
from amn_tui.run.model import Run
from amn_tui.run.outcome import Phase
from amn_tui.run.text import sanitize
from amn_tui.ui.eta import is_going
from amn_tui.ui.glyphs import Glyphs, choose_glyphs
from amn_tui.ui.messages import LogIndexed, RunChanged
from amn_tui.ui.reading import Reading
from amn_tui.ui.requests import Requests
from amn_tui.ui.screens.confirm import ConfirmScreen
from amn_tui.ui.screens.detail import DetailScreen
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.screens.leave import LeaveScreen, Leaving
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.screens.waive import WaiveScreen
from amn_tui.ui.source import UPDATE_S, Source
from amn_tui.ui.themes import DARK, LIGHT, THEMES, choose_theme


class MonitorApp(App[None]):
    """Shows one run. Leaving it never touches the training; what it asks for goes through control.jsonl."""

    CSS_PATH = "monitor.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a", "abort", "abort", tooltip="stop the run: at once while an alarm is up, else after one confirmation"
        ),
        Binding("w", "waive", "waive", tooltip="let the run go on past the alarm, with a reason"),
        Binding("f", "screen.follow", "follow", tooltip="follow the end of the log, or stay where it is"),
        Binding("tab", "app.focus_next", "panes", tooltip="next pane; shift+tab goes back"),
        Binding("z", "screen.zoom", "zoom", tooltip="give the pane with the focus the whole screen, and back"),
        Binding("question_mark", "screen.help", "help", tooltip="this help"),
        Binding("q", "leave", "leave", tooltip="leave; training goes on"),
        Binding("ctrl+q", "leave", "leave", show=False),
        Binding("ctrl+c", "ask_leave", "detach, abort or cancel", show=False, system=True),
        Binding("ctrl+z", "suspend_process", "suspend the monitor", show=False),
        Binding("t", "change_ground", "light or dark", show=False),
    ]

    shown: reactive[Run | None] = reactive(None, repaint=False)  # `run` is what Textual calls the app's main loop

    def __init__(
        self,
        source: Source,
        folder: RunFolder | None,
        log: Path,
        *,
        by: str,
        read_only: bool = False,
        clock: Callable[[], float] = time.time,
        glyphs: Glyphs | None = None,
    ) -> None:
        """Prepare; `folder` None is a bare log, which nothing can be asked of; `clock` gives Unix seconds."""
        super().__init__()
        self.clock = clock
        self.loop: asyncio.AbstractEventLoop | None = None
        self.leaving = False
        self.requests = Requests(folder, by, clock, read_only)
        self.reading = Reading(source, Run(str(folder.path if folder else log)), log, self.post_message)
        self.monitor = MonitorScreen(
            self.reading.log_file, can_answer=self.requests.may_ask, glyphs=glyphs or choose_glyphs()
        )
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = choose_theme()

    @property
    def glyphs(self) -> Glyphs:
        """Return the table of characters that everything is drawn with."""
        return self.monitor.glyphs

    @property
    def failure(self) -> Exception | None:
        """Return what ended the app, if it was a fault."""
        return self._exception

    def _fatal_error(self) -> None:
        """End without Textual's traceback, which prints local variables; whoever started the app tells of it."""
        self._close_messages_no_wait()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our own colours to themes that do not know them."""
        return dict(DARK.variables)

    async def on_mount(self) -> None:
        """Show the screen, then begin to read."""
        self.loop = asyncio.get_running_loop()
        if self.leaving:
            self.exit()
        await self.push_screen(self.monitor)
        self.shown = self.reading.feed.run
        self.set_interval(1.0, self.tick)
        self.reading.start()

    async def on_unmount(self) -> None:
        """Stop reading."""
        await asyncio.to_thread(self.reading.stop)

    def tick(self) -> None:
        """Move the clock of the screen while the run goes on."""
        if self.shown is not None and is_going(self.shown):
            self.monitor.now = self.clock()

    def on_run_changed(self, message: RunChanged) -> None:
        """Show the newest run; the next one comes UPDATE_S later at the earliest."""
        self.shown = message.run
        self.set_timer(UPDATE_S, self.reading.feed.release)

    def on_log_indexed(self, message: LogIndexed) -> None:
        """Show the newest lines of the log."""
        self.monitor.show_index(message.index)

    def watch_shown(self, before: Run | None, run: Run | None) -> None:
        """Hand the run down; ring once for a new alarm, and take away what would cover it."""
        if run is None:
            return
        self.monitor.now = self.clock()
        self.monitor.run = run
        alarm = run.alarm
        if alarm is not None and (before is None or before.alarm is None or before.alarm.alarm != alarm.alarm):
            self.bell()
            if isinstance(self.screen, DetailScreen | HelpScreen):
                self.screen.dismiss(None)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 (Textual's)
        """Offer abort and waive only to who can."""
        run = self.shown
        if action == "abort":
            return run is not None and self.requests.can_abort(run)
        return action != "waive" or (run is not None and self.requests.can_waive(run))

    def action_abort(self) -> None:
        """Stop the run: at once while an alarm is up, else after one confirmation."""
        run = self.shown
        if run is None:
            return
        if run.phase is Phase.STOPPING:
            self.notify("the run is being stopped already; the banner says how far", markup=False)
        elif run.alarm is not None:
            self._ask(self.requests.abort)
        else:
            self.push_screen(ConfirmScreen(run.name), lambda stop: self._ask(self.requests.abort) if stop else None)

    def action_waive(self) -> None:
        """Ask why the alarm is waived, then waive that alarm."""
        alarm = self.shown.alarm if self.shown else None
        if alarm is not None:
            self.push_screen(WaiveScreen(alarm), lambda reason: self._waive(alarm, reason))

    def _waive(self, alarm: AlarmRaised, reason: str | None) -> None:
        if reason is None:
            return
        if self.shown is None or self.shown.alarm is None or self.shown.alarm.alarm != alarm.alarm:
            self.notify("too late: that alarm is no longer up", severity="warning", markup=False)
            return
        self._ask(lambda: self.requests.waive(alarm, reason))

    def _ask(self, write: Callable[[], None]) -> None:
        """Write a request in a thread; a failure is said in words, taken literally."""

        async def work() -> None:
            try:
                await asyncio.to_thread(write)
            except OSError as error:
                words = f"cannot write {error.filename or 'control.jsonl'}: {error.strerror or error}"
                self.notify(sanitize(words), severity="error", markup=False, timeout=15)

        self.run_worker(work(), exit_on_error=False)

    def action_leave(self) -> None:
        """Leave; the training goes on."""
        self.exit()

    def leave_from_outside(self) -> None:
        """Leave as soon as possible; safe in a signal handler and in any thread, also before the app runs."""
        self.leaving = True
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.exit)

    def action_ask_leave(self) -> None:
        """Ask what ctrl+c is meant to do."""
        run = self.shown
        can_abort = run is not None and self.requests.can_abort(run)

        def answer(leaving: Leaving | None) -> None:
            if leaving is Leaving.DETACH:
                self.exit()
            elif leaving is Leaving.ABORT:
                self._ask(self.requests.abort)

        self.push_screen(LeaveScreen(can_abort=can_abort), answer)

    def action_change_ground(self) -> None:
        """Go from dark to light and back."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name
