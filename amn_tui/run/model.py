"""The monitor's whole knowledge of a run: an immutable value, changed by `apply` alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from amn_tui.run.control import ControlEvent
from amn_tui.run.curve import Curve
from amn_tui.run.guard_events import (
    AlarmRaised,
    AlarmWaived,
    GateJudged,
    GuardEvent,
    GuardState,
    RunEnded,
    StopAsked,
    StopEscalated,
    SystemSampled,
    TrainerAdopted,
)
from amn_tui.run.outcome import Outcome, Phase
from amn_tui.run.plan import Plan
from checks.explanation import Explanation
from checks.gate import Gate, Judgement
from checks.result import CheckEnded, PreflightEvent
from trainer.events import LogEvent


@dataclass(frozen=True, slots=True)
class CheckState:
    """One line of the preflight checklist: waiting, running (`share` of its work done), or `ended`."""

    check: str
    title: str
    running: bool = False
    share: float = 0.0
    note: str = ""
    ended: CheckEnded | None = None
    page: Explanation | None = None  # of a check that is not ours


@dataclass(frozen=True, slots=True)
class GateState:
    """One line of the gate list: the gate, its latest judgement, and the reason for which it was waived."""

    gate: Gate
    judgement: Judgement
    waived: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of the run became known."""

    plan: Plan
    mark: str = ""  # what tells it from a changed one


@dataclass(frozen=True, slots=True)
class Logged:
    """One event of training.log."""

    event: LogEvent


@dataclass(frozen=True, slots=True)
class LogRestarted:
    """training.log was truncated, rotated or replaced: an epoch that comes again replaces what was known from it on."""


@dataclass(frozen=True, slots=True)
class GuardSeen:
    """What guard.json says, and whether that guard lives; None when it cannot be known (another host).

    `copied`: this folder is a copy; whoever guards or trains does so in the one that it was copied from.
    """

    state: GuardState | None
    alive: bool | None
    trainer_alive: bool | None = None
    copied: bool = False
    silent: bool = False  # it may live, and has not signed for far longer than it should

    @property
    def orphaned(self) -> bool:
        """Tell whether a trainer goes on whose guard is gone."""
        return self.alive is False and self.trainer_alive is True


@dataclass(frozen=True, slots=True)
class ProblemFound:
    """Something in the folder cannot be read or written; said on the screen by `where` until "" takes it back."""

    where: str
    words: str


@dataclass(frozen=True, slots=True)
class HistoryRead:
    """So much of a log that is too long to be read at once has been read; at 1.0 what is shown is up to date."""

    share: float


FolderEvent: TypeAlias = Planned | Logged | LogRestarted | GuardSeen | ProblemFound | HistoryRead
RunEvent: TypeAlias = FolderEvent | PreflightEvent | GuardEvent | ControlEvent | SystemSampled


@dataclass(frozen=True, slots=True)
class Run:
    """One run as far as it is known; every pixel of the screen is a function of this."""

    path: str
    plan: Plan | None = None
    plan_mark: str = ""
    guarded_mark: str = ""  # of the plan that the guard began with
    phase: Phase = Phase.STARTING
    checks: tuple[CheckState, ...] = ()
    baselines: Mapping[str, float] = field(default_factory=dict)  # keyed "baseline.NAME"
    curve: Curve = field(default_factory=Curve)
    gates: tuple[GateState, ...] = ()
    told: Mapping[str, GateJudged] = field(default_factory=dict)  # the guard's last word on each gate
    waived: Mapping[str, str] = field(default_factory=dict)  # gate -> reason
    alarm: AlarmRaised | None = None  # the alarm that is up
    last_waiver: AlarmWaived | None = None
    stop: StopAsked | None = None
    rung: StopEscalated | None = None
    ended: RunEnded | None = None
    guard: GuardSeen | None = None
    guarded: bool = False  # a guard has ever been started here
    adopted: TrainerAdopted | None = None  # by a second guard, after the first was killed
    samples: tuple[SystemSampled, ...] = ()  # the newest ones of the machine, newest last
    started_at: float | None = None  # Unix seconds
    phase_at: float | None = None  # Unix seconds: when the latest launch or resume began
    last_line_at: float | None = None  # Unix seconds, by the log's own stamps
    trained_at: float | None = None  # Unix seconds, by the stamp of the newest step or epoch
    problems: Mapping[str, str] = field(default_factory=dict)
    history: float | None = None  # the share of a long log that has been read; None: all of it

    @property
    def name(self) -> str:
        """Return the run's name: the plan's, else the folder's."""
        return self.plan.run.name if self.plan else self.path.rstrip("/").rpartition("/")[2]

    @property
    def system(self) -> SystemSampled | None:
        """Return the newest sample of the machine."""
        return self.samples[-1] if self.samples else None

    @property
    def outcome(self) -> Outcome | None:
        """Return how the run ended, None while it goes on."""
        return self.ended.outcome if self.ended else None

    @property
    def plan_changed(self) -> bool:
        """Tell whether plan.toml is not what the guard began with: it goes on with that."""
        return bool(self.guarded_mark and self.plan_mark and self.guarded_mark != self.plan_mark)

    @property
    def unguarded(self) -> bool:
        """Tell whether a run that should be guarded is not: its gates are off."""
        going = self.phase in (Phase.STARTING, Phase.TRAINING, Phase.STOPPING)
        return self.guarded and going and self.guard is not None and self.guard.alive is False
