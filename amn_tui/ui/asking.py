"""The keys that ask something of the run, each with the question that comes before."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.reactive import reactive

from amn_tui.run.guard_events import AlarmRaised, Rung, StopEscalated
from amn_tui.run.model import Run
from amn_tui.run.outcome import Phase
from amn_tui.run.text import sanitize
from amn_tui.ui.in_order import InOrderApp
from amn_tui.ui.requests import Requests
from checks.errors import InputError

if TYPE_CHECKING:
    from amn_tui.ui.screens.leave import Leaving


class AskingApp(InOrderApp):
    """What MonitorApp is to the person who wants to stop, waive or leave. Dialogs are imported when asked for."""

    shown: reactive[Run | None] = reactive(None, repaint=False)  # `run` is what Textual calls the app's main loop

    def __init__(self, requests: Requests) -> None:
        """Ask through `requests`."""
        super().__init__()
        self.requests = requests
        self.clock = requests.clock

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 (Textual's)
        """Offer abort, waive and rearm only to who can."""
        offers = {"abort": self.requests.can_abort, "waive": self.requests.can_waive, "rearm": self.requests.can_rearm}
        return action not in offers or (self.shown is not None and offers[action](self.shown))

    def action_abort(self) -> None:
        """Stop the run: at once while an alarm is up, else after one confirmation."""
        from amn_tui.ui.screens.confirm import ConfirmScreen

        run = self.shown
        if run is None:
            return
        if run.phase is Phase.STOPPING:
            self._offer_hurry(run.rung)
        elif run.alarm is not None:
            self._abort()
        else:
            self.push_screen(ConfirmScreen(run.name), lambda stop: self._abort() if stop else None)

    def _abort(self) -> None:
        run = self.shown
        if run is None or not self.requests.can_abort(run):
            self.notify("The run has ended already.", markup=False)
            return
        self._ask(lambda: self.requests.abort(run))

    def action_rearm(self) -> None:
        """Arm a guard again; the screen shows that it is there."""
        self._ask(self.requests.rearm)

    def _offer_hurry(self, rung: StopEscalated | None) -> None:
        """Show where the stop stands, and offer its next step; a second key alone never breaks a save."""
        from amn_tui.ui.screens.hurry import HurryScreen

        if rung is None or rung.rung is Rung.KILL_ALL:
            self.notify("The run is being stopped already; the banner says how far.", markup=False)
            return
        asked = rung.rung
        self.push_screen(
            HurryScreen(rung, self.clock), lambda now: self._ask(lambda: self.requests.hurry(asked)) if now else None
        )

    def action_waive(self) -> None:
        """Ask why the alarm is waived, then waive that alarm."""
        from amn_tui.ui.screens.waive import WaiveScreen

        alarm = self.shown.alarm if self.shown else None
        if alarm is not None:
            self.push_screen(WaiveScreen(alarm), lambda reason: self._waive(alarm, reason))

    def _waive(self, alarm: AlarmRaised, reason: str | None) -> None:
        if reason is None:
            return
        if self.shown is None or self.shown.alarm is None or self.shown.alarm.alarm != alarm.alarm:
            self.notify("Too late: that alarm is no longer up.", severity="warning", markup=False)
            return
        self._ask(lambda: self.requests.waive(alarm, reason))

    def _ask(self, write: Callable[[], str | None]) -> None:
        """Write a request in a thread; what else had to be done, or a failure, is said in words, taken literally."""

        async def work() -> None:
            try:
                if words := await asyncio.to_thread(write):
                    self.notify(sanitize(words), severity="warning", markup=False, timeout=15)
            except (OSError, InputError) as error:
                words = str(error)
                if isinstance(error, OSError):
                    words = f"cannot write {error.filename or 'control.jsonl'}: {error.strerror or error}"
                self.notify(sanitize(words), severity="error", markup=False, timeout=15)

        self.run_worker(work(), exit_on_error=False)

    def action_leave(self) -> None:
        """Leave; the training goes on."""
        self.exit()

    def action_ask_leave(self) -> None:
        """Ask what ctrl+c is meant to do."""
        from amn_tui.ui.screens.leave import LeaveScreen, Leaving

        run = self.shown
        can_abort = run is not None and self.requests.can_abort(run)

        def answer(leaving: "Leaving | None") -> None:
            if leaving is Leaving.DETACH:
                self.exit()
            elif leaving is Leaving.ABORT:
                self.action_abort()  # who typed ctrl+c and a command into the wrong window is asked as well

        self.push_screen(LeaveScreen(can_abort=can_abort), answer)
