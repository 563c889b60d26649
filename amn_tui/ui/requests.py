"""What the person at the keys may ask of the run, and asking it."""

from collections.abc import Callable
from dataclasses import dataclass

from amn_tui.run.control import AbortAsked, ControlEvent, HurryAsked, WaiveAsked, ask
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import AlarmRaised, Rung
from amn_tui.run.model import Run
from amn_tui.run.outcome import Phase
from amn_tui.run.stop_request import ask_to_stop


@dataclass(frozen=True, slots=True)
class Requests:
    """Asks in one person's name; `folder` None is a bare log, of which nothing can be asked."""

    folder: RunFolder | None
    by: str
    clock: Callable[[], float]
    read_only: bool = False

    @property
    def may_ask(self) -> bool:
        """Tell whether anything may be asked at all."""
        return self.folder is not None and not self.read_only

    def can_abort(self, run: Run) -> bool:
        """Tell whether there is something to stop."""
        return self.may_ask and run.ended is None and run.phase is not Phase.BLOCKED

    def can_waive(self, run: Run) -> bool:
        """Tell whether an alarm is up."""
        return self.may_ask and run.alarm is not None

    def can_rearm(self, run: Run) -> bool:
        """Tell whether a trainer goes on whose guard was killed."""
        return self.may_ask and run.unguarded and run.guard is not None and run.guard.orphaned

    def rearm(self) -> None:
        """Let another guard adopt the trainer; raises OSError."""
        from amn_tui.run.adoption import rearm  # with the guard's whole code, which a monitor hardly ever needs

        if self.folder is not None and self.may_ask:
            rearm(self.folder, self.by)

    def abort(self, run: Run) -> str:
        """Ask that the run be stopped; return what was done beside writing a line, "" for nothing.

        Raises InputError when nobody can be asked.
        """
        if self.folder is None or not self.may_ask:
            return ""
        reads_control = run.plan is not None and run.plan.run.is_ours
        return ask_to_stop(self.folder, AbortAsked(self.clock(), self.by), reads_control=reads_control)

    def hurry(self, rung: Rung) -> None:
        """Ask that a stop wait no longer on this rung; raises OSError."""
        self._ask(HurryAsked(self.clock(), self.by, rung))

    def waive(self, alarm: AlarmRaised, reason: str) -> None:
        """Ask that the run go on past this alarm and no other; raises OSError."""
        self._ask(WaiveAsked(self.clock(), self.by, alarm.alarm, reason))

    def _ask(self, event: ControlEvent) -> None:
        if self.folder is not None and self.may_ask:
            ask(self.folder, event)
