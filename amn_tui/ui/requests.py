"""What the person at the keys may ask of the run, and asking it."""

from collections.abc import Callable
from dataclasses import dataclass

from amn_tui.run.control import AbortAsked, ControlEvent, WaiveAsked, ask
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import AlarmRaised
from amn_tui.run.model import Run
from amn_tui.run.outcome import Phase


@dataclass(frozen=True, slots=True)
class Requests:
    """Writes to control.jsonl in one person's name; `folder` None is a bare log, of which nothing can be asked."""

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

    def abort(self) -> None:
        """Ask that the run be stopped; raises OSError."""
        self._ask(AbortAsked(self.clock(), self.by))

    def waive(self, alarm: AlarmRaised, reason: str) -> None:
        """Ask that the run go on past this alarm and no other; raises OSError."""
        self._ask(WaiveAsked(self.clock(), self.by, alarm.alarm, reason))

    def _ask(self, event: ControlEvent) -> None:
        if self.folder is not None and self.may_ask:
            ask(self.folder, event)
