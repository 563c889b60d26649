"""What the guard writes: the lines of guard.jsonl and the state in guard.json."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from amn_tui.run.outcome import Outcome
from checks.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process and no other: a pid is reused, a pid with its start ticks on one boot is not."""

    pid: int
    start_ticks: int
    boot_id: str


class Rung(StrEnum):
    """How hard a stop pushes, in order."""

    REQUEST = "request"  # the trainer reads control.jsonl between steps
    TERM_MAIN = "term_main"  # SIGTERM + SIGCONT to the main process alone
    TERM_GROUP = "term_group"  # SIGTERM to its group, and to what left the group: each rank of torchrun leads its own
    KILL_ALL = "kill_all"  # SIGKILL to everything that belongs to the run, until a sweep finds nothing


@dataclass(frozen=True, slots=True)
class GuardStarted:
    """The guard runs; time in Unix seconds."""

    time: float
    guard: ProcessIdentity
    host: str
    plan: str = ""  # the mark of the plan that it began with


@dataclass(frozen=True, slots=True)
class TrainerStarted:
    """The trainer runs; argv with secrets masked."""

    time: float
    trainer: ProcessIdentity
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrainerAdopted:
    """Another guard watches the trainer of one that was killed; who is not its parent never learns its exit code."""

    time: float
    guard: ProcessIdentity
    host: str
    trainer: ProcessIdentity


@dataclass(frozen=True, slots=True)
class GateJudged:
    """A gate's verdict changed or was given for the first time."""

    time: float
    gate: str
    verdict: Verdict
    words: str
    advice: str
    epoch: int | None = None
    value: float | None = None
    floor: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """A gate that may stop the run failed; it is stopped at `deadline` (Unix seconds) unless somebody waives."""

    time: float
    alarm: int
    gate: str
    words: str
    advice: str
    deadline: float


@dataclass(frozen=True, slots=True)
class AlarmWaived:
    """An operator let the run go on; the first word counts."""

    time: float
    alarm: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The run is being stopped: by an operator ("operator NAME"), a gate ("gate NAME"), or a signal to the guard."""

    time: float
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class StopEscalated:
    """The stop went one rung up; the next one comes at `next_at` (Unix seconds), None at the last."""

    time: float
    rung: Rung
    next_at: float | None
    pids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEnded:
    """How the run ended: `exit_code` or `signal` of the trainer, None when nobody saw it; `survivors` are pids left."""

    time: float
    outcome: Outcome
    words: str
    exit_code: int | None = None
    signal: str | None = None
    survivors: tuple[int, ...] = ()


GuardEvent: TypeAlias = (
    GuardStarted
    | TrainerStarted
    | TrainerAdopted
    | GateJudged
    | AlarmRaised
    | AlarmWaived
    | StopAsked
    | StopEscalated
    | RunEnded
)
GUARD_EVENTS: tuple[type[GuardEvent], ...] = (
    GuardStarted,
    TrainerStarted,
    TrainerAdopted,
    GateJudged,
    AlarmRaised,
    AlarmWaived,
    StopAsked,
    StopEscalated,
    RunEnded,
)


@dataclass(frozen=True, slots=True)
class GuardState:
    """The guard's sign of life (guard.json), replaced at least every 5 s; `place` tells its folder from a copy.

    `last_line_at` (Unix seconds) is when the log last grew by a line, `usual_gap_s` how far apart its lines usually
    come; `paused`: the trainer was stopped by a signal and waits to be continued.
    """

    time: float
    guard: ProcessIdentity
    trainer: ProcessIdentity | None
    host: str
    state: str
    place: str = ""
    last_line_at: float | None = None
    usual_gap_s: float | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class SystemSampled:
    """What the run used at one moment: CPU in percent of one core, memory and disk in bytes; a line of system.jsonl."""

    time: float
    cpu_percent: float
    rss_bytes: int
    processes: int
    disk_free_bytes: int
    gpus: tuple[Mapping[str, float], ...] = field(default_factory=tuple)
