"""The app: one run goes down to the screen; keys come up and become requests."""

import asyncio
import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import ModalScreen, Screen

from amn_tui.run.folder import RunFolder
from amn_tui.run.model import Run
from amn_tui.run.pace import Pace
from amn_tui.ui.chart.memory import ChartMemory
from amn_tui.ui.eta import is_going
from amn_tui.ui.glyphs import Glyphs, choose_glyphs
from amn_tui.ui.messages import LogIndexed, RunChanged
from amn_tui.ui.outward import OutwardApp
from amn_tui.ui.reading import Reading
from amn_tui.ui.requests import Requests
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.settings import DEFAULTS, Settings
from amn_tui.ui.source import Source
from amn_tui.ui.splash import hand_over
from amn_tui.ui.timeline import Timeline

NUMBERS_PER_S = 1.5  # of a run that never rests; its log goes on faster


class MonitorApp(OutwardApp):
    """Shows one run. Leaving it never touches the training; what it asks for goes through control.jsonl."""

    CSS_PATH = "monitor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "abort", "abort", id="abort",
                tooltip="stop the run: at once while an alarm is up, else after one confirmation"),
        Binding("w", "waive", "waive", id="waive", tooltip="let the run go on past the alarm, with a reason"),
        Binding("r", "rearm", "guard", id="guard", tooltip="arm a guard again where it was killed: gates are on again"),
        Binding("q", "leave", "leave", id="leave", tooltip="leave; training goes on"),
        Binding("question_mark", "screen.help", "help", id="help", tooltip="this help"),
        Binding("c", "screen.chart", "chart", id="chart",
                tooltip="the full chart: cursor, zoom, other runs, any metric"),
        Binding("d", "screen.diagnose", "why", id="diagnose",
                tooltip="why the run is where it is, and what to type next"),
        Binding("f", "screen.follow", "follow", id="follow", tooltip="follow the end of the log, or stay where it is"),
        Binding("tab", "app.focus_next", "panes", id="panes", tooltip="next pane; shift+tab goes back"),
        Binding("z", "screen.zoom", "zoom", id="zoom",
                tooltip="give the pane with the focus the whole screen, and back"),
        Binding("s", "save_picture", "save", id="save", show=False,
                tooltip="save the screen as an SVG, and as a PNG where cairosvg is installed"),
        Binding("ctrl+q", "leave", "leave", show=False),
        Binding("ctrl+c", "ask_leave", "detach, abort or cancel", show=False, system=True),
        Binding("ctrl+z", "suspend_process", "suspend the monitor", show=False),
        Binding("colon,ctrl+p", "palette", "commands", id="palette", show=False, tooltip="find a command by its name"),
        Binding("t", "change_theme", "theme", id="theme", show=False,
                tooltip="the next theme: dark, light, high contrast, colour-blind"),
    ]  # fmt: skip

    def __init__(
        self,
        source: Source,
        folder: RunFolder | None,
        log: Path,
        *,
        by: str,
        read_only: bool = False,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] | None = None,
        glyphs: Glyphs | None = None,
        settings: Settings = DEFAULTS,
        hint: Path | None = None,
        notify: Sequence[str] = (),
        driver: type[Driver] | None = None,
    ) -> None:
        """Prepare; `folder` None is a bare log, which nothing can be asked of.

        `clock` gives Unix seconds, `steady` seconds that nobody can set (by default `clock` is taken for such).
        `hint` is the file that shall tell that the first-run hint was seen, None for no hint; `notify` are addresses;
        `driver` draws and reads keys, by default Textual's own.
        """
        super().__init__(Requests(folder, by, clock, read_only), settings, hint, notify)
        self.driver_class = driver or self.driver_class
        self.animation_level = "none"  # nothing slides: that would be paint for nothing
        self.timeline = Timeline(clock, steady or clock)
        self.glyphs = glyphs or choose_glyphs("ascii" if settings.ascii else None)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.leaving = False
        self.pace = Pace(NUMBERS_PER_S)
        self.reading = Reading(source, Run(str(folder.path if folder else log)), log, self.post_message)
        chart = ChartMemory(str(folder.path if folder else log))
        self.monitor = MonitorScreen(
            self.reading.lines, chart=chart, can_answer=self.requests.may_ask, glyphs=self.glyphs, keys=settings.keys
        )
        self.monitor.set_class(hint is not None, "-hinting")

    @property
    def failure(self) -> Exception | None:
        """Return what ended the app, if it was a fault."""
        return self._exception

    def _fatal_error(self) -> None:
        """End without Textual's traceback, which prints local variables; whoever started the app tells of it."""
        self._close_messages_no_wait()

    def get_default_screen(self) -> Screen[Any]:
        """Return the only screen beside the dialogs."""
        return self.monitor

    def on_load(self) -> None:
        """Begin to read before there is anything to draw on: the first picture shall be of the run."""
        self.loop = asyncio.get_running_loop()
        self.reading.start()
        hand_over()

    def on_mount(self) -> None:
        """Show what is known, and let the clock run."""
        if self.leaving:
            self.exit()
        if self.reading.feed.has_told:  # until then the panes are empty: that there is no plan, say, is not known
            self.shown = self.timeline.place(self.reading.feed.run)
        self.monitor.index = self.reading.watch.told
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))  # what was drawn is gone after fg
        self.set_interval(1.0, self.tick)
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        """Now that there is a picture, read the rest of what is long, and tidy up memory again."""
        self.reading.drawn.set()
        if not gc.isenabled():
            gc.freeze()  # what was imported stays
            gc.enable()

    async def on_unmount(self) -> None:
        """Stop reading."""
        await asyncio.to_thread(self.reading.stop)

    def tick(self) -> None:
        """Move the clock of the screen while the run goes on."""
        if self.shown is not None and is_going(self.shown):
            self.monitor.now = self.timeline.now()

    def on_run_changed(self, message: RunChanged) -> None:
        """Show the newest run, and the next one when it is time."""
        self.shown = self.timeline.place(message.run)
        self.set_timer(self.pace.wait_s(time.monotonic()), self.reading.feed.release)

    def on_log_indexed(self, message: LogIndexed) -> None:
        """Show the newest lines of the log."""
        self.monitor.index = message.index

    def watch_shown(self, before: Run | None, run: Run | None) -> None:
        """Hand the run down, tell of what is new, and take away an explanation that would cover it."""
        if run is None:
            return
        self.monitor.now = self.timeline.now()
        self.monitor.run = run
        self.tell_outside(before, run)
        if run.alarm is None or (
            before is not None and before.alarm is not None and before.alarm.alarm == run.alarm.alarm
        ):
            return
        if isinstance(self.screen, ModalScreen) and self.screen.has_class("-explains"):
            self.screen.dismiss(None)

    def tell_problem(self, where: str, words: str) -> None:
        """Say that something beside the screen failed; from any thread."""
        self.reading.tell_problem(where, words)

    def leave_from_outside(self) -> None:
        """Leave as soon as possible; safe in a signal handler and in any thread, also before the app runs."""
        self.leaving = True
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.exit)
