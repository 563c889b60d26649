"""What the guard decides: alarms and the stop, from what it has heard. Pure: state + facts -> state + events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from amn_tui.run import ladder, supervision_gates
from amn_tui.run.control import AbortAsked, ControlEvent, HurryAsked, WaiveAsked
from amn_tui.run.curve import Curve
from amn_tui.run.disk_room import DiskRoom
from amn_tui.run.drift import count_drift
from amn_tui.run.ending import GATE
from amn_tui.run.guard_events import AlarmRaised, AlarmWaived, GateJudged, GuardEvent, StopAsked, StopEscalated
from amn_tui.run.ladder import Stop
from amn_tui.run.plan import Plan
from amn_tui.run.supervision_gates import Judged
from checks.derived import limit_silence_s
from checks.gate import Gate, Judgement, Reading
from checks.verdict import Verdict
from trainer.events import LogEvent

GAPS_KEPT = 200
GB = 1e9


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at one moment: Unix and monotonic time in seconds, what operators asked since, who is there."""

    now_s: float
    monotonic_s: float
    requests: tuple[ControlEvent, ...] = ()
    attended: bool = False  # somebody who could waive is attached
    terminated: bool = False  # the guard itself was told to end
    gone: bool = False  # the trainer has ended
    left: tuple[int, ...] | None = None  # the run's pids that a sweep found; None: nobody looked
    forbidden: frozenset[int] = frozenset()  # pids that may not be signalled
    room: DiskRoom | None = None  # on the disk of the run folder; None: it cannot be known


@dataclass(frozen=True, slots=True)
class Supervision:
    """Everything the guard knows and has decided."""

    plan: Plan
    names: Mapping[str, float]  # baselines, keyed "baseline.NAME"
    judged: Judged = field(default_factory=lambda: Judged((), {}))
    last_line_s: float | None = None  # monotonic; the trainer's start counts as a line
    gaps_s: tuple[float, ...] = ()
    alarmed: frozenset[str] = frozenset()  # gates whose alarm was raised, or waived in an earlier part of the run
    alarms: int = 0
    alarm: AlarmRaised | None = None
    due_s: float = 0.0  # monotonic: when the alarm's countdown ends
    asked: StopAsked | None = None
    stop: Stop | None = None

    def __post_init__(self) -> None:
        """Know the gates from the beginning: making them anew four times a second would be most of the work."""
        if not self.judged.gates:
            object.__setattr__(self, "judged", Judged(self.plan.list_gates(self.names), self.names))

    @property
    def curve(self) -> Curve:
        """Return what the log has said so far."""
        return self.judged.curve


def recall_log(state: Supervision, events: Iterable[LogEvent]) -> Supervision:
    """Return the state after the log of an earlier part of the run."""
    return replace(state, judged=supervision_gates.remember(state.judged, events))


def take_over(state: Supervision, told: Mapping[str, Verdict]) -> Supervision:
    """Return the state of a guard that has heard the log anew; `told` are the verdicts that another wrote down."""
    return replace(state, judged=supervision_gates.forget_told(state.judged, told))


def note_restart(state: Supervision) -> Supervision:
    """Return the state after the log was rotated or truncated: an epoch that comes again replaces those from it on."""
    curve = replace(state.curve, resumed=bool(state.curve.epochs))
    return replace(state, judged=replace(state.judged, curve=curve))


def hear_log(state: Supervision, events: list[LogEvent], monotonic_s: float) -> Supervision:
    """Return the state after lines of the log; `events` holds one event per line, text included."""
    if not events:
        return state
    judged = state.judged
    for event in events:
        judged = supervision_gates.hear(judged, event)
    gaps_s = state.gaps_s
    if state.last_line_s is not None:
        gaps_s = (*gaps_s, monotonic_s - state.last_line_s)[-GAPS_KEPT:]
    return replace(state, judged=judged, gaps_s=gaps_s, last_line_s=monotonic_s)


def decide(state: Supervision, facts: Facts) -> tuple[Supervision, list[GuardEvent]]:
    """Return the new state and what is to be recorded; a StopEscalated among it is also to be done."""
    judged = supervision_gates.judge_live(state.judged, _read_live(state, facts), state.plan.train)
    events: list[GuardEvent] = [_record(gate, judgement, facts.now_s) for gate, judgement in judged.unsaid]
    state = replace(state, judged=replace(judged, unsaid=()))
    if facts.gone:
        state = _hear_last_words(state, facts, events)
    else:
        state = _raise_alarm(state, facts, events)
        state = _hear_operators(state, facts, events)
        state = _count_down(state, facts, events)
    return _climb(state, facts, events), events


def is_over(state: Supervision, facts: Facts) -> bool:
    """Tell whether the run has ended, everything that belonged to it included."""
    if state.stop is None or facts.left is None:
        return False
    return ladder.is_over(
        state.stop, facts.monotonic_s, gone=facts.gone, left=facts.left, forbidden=facts.forbidden
    )  # fmt: skip


def judge_at_end(state: Supervision, now_s: float) -> list[GuardEvent]:
    """Return the verdicts that only the end of the run can give."""
    return [_record(gate, judgement, now_s) for gate, judgement in supervision_gates.judge_end(state.judged)]


def _read_live(state: Supervision, facts: Facts) -> Reading:
    """Return what only somebody who is there can measure, as a reading within the epoch."""
    values: dict[str, float] = {}
    if state.last_line_s is not None:
        values["seconds_since_line"] = round(facts.monotonic_s - state.last_line_s, 1)
        values["silence_limit_s"] = round(limit_silence_s(state.gaps_s), 1)
    if state.curve.config:
        values["config_drift"] = float(count_drift(state.plan.train, state.curve.config))
    if facts.room is not None:
        values["disk_free_gb"] = round(facts.room.free_bytes / GB, 3)
        values["disk_needed_gb"] = round(facts.room.needed_bytes / GB, 3)
    epoch = state.curve.last.epoch if state.curve.last else 1
    return Reading(epoch, values, step=0)


def _record(gate: Gate, j: Judgement, now_s: float) -> GateJudged:
    verdict = j.verdict or Verdict.ERROR
    advice = "" if verdict is Verdict.PASS else gate.advice
    return GateJudged(now_s, gate.name, verdict, j.words, advice, j.epoch, j.value, j.floor, j.ceiling)


def _raise_alarm(state: Supervision, facts: Facts, events: list[GuardEvent]) -> Supervision:
    """Raise an alarm once per gate, one at a time; with nobody there it does not wait."""
    waiting = [j for name, j in state.judged.failed.items() if name not in state.alarmed]
    if not waiting or state.alarm is not None or state.asked is not None:
        return state
    judgement = waiting[0]
    gate = next(gate for gate in state.judged.gates if gate.name == judgement.gate)
    wait_s = state.plan.run.countdown_s if facts.attended else 0.0
    number = state.alarms + 1
    alarm = AlarmRaised(facts.now_s, number, gate.name, judgement.words, gate.advice, facts.now_s + wait_s)
    events.append(alarm)
    return replace(
        state, alarm=alarm, alarms=number, due_s=facts.monotonic_s + wait_s, alarmed=state.alarmed | {gate.name}
    )


def _hear_last_words(state: Supervision, facts: Facts, events: list[GuardEvent]) -> Supervision:
    """Our trainer may have ended on a request before the guard read it; to any other end a request is too late.

    A scheduler tells all processes of its job to end at once: what ended in the moment in which the guard was told
    so, too, has not crashed.
    """
    asked = next((request for request in facts.requests if isinstance(request, AbortAsked)), None)
    if state.asked is not None:
        return state
    if asked is not None and state.curve.stopped is not None:
        stop = StopAsked(facts.now_s, f"operator {asked.by}", asked.reason)
    elif facts.terminated and state.stop is None:
        stop = _tell_of_signal(facts)
    else:
        return state
    events.append(stop)
    return replace(state, asked=stop, alarm=None)


def _hear_operators(state: Supervision, facts: Facts, events: list[GuardEvent]) -> Supervision:
    """Take requests in order: the first word counts; a second abort only hurries the stop on."""
    for request in facts.requests:
        alarm = state.alarm
        if isinstance(request, AbortAsked):
            by = f"operator {request.by}"
            state = _ask(state, StopAsked(facts.now_s, by, request.reason), facts, events, heard=True)
        elif isinstance(request, WaiveAsked) and alarm is not None and alarm.alarm == request.alarm:
            events.append(AlarmWaived(facts.now_s, alarm.alarm, request.by, request.reason))
            state = replace(state, alarm=None)
    if facts.terminated and state.asked is None:
        state = _ask(state, _tell_of_signal(facts), facts, events, heard=False)
    return state


def _tell_of_signal(facts: Facts) -> StopAsked:
    return StopAsked(facts.now_s, "operator signal SIGTERM", "the guard was told to end")


def _count_down(state: Supervision, facts: Facts, events: list[GuardEvent]) -> Supervision:
    if state.alarm is None or state.asked is not None or facts.monotonic_s < state.due_s:
        return state
    stop = StopAsked(facts.now_s, f"{GATE}{state.alarm.gate}", state.alarm.words)
    return _ask(state, stop, facts, events, heard=False)


def _ask(state: Supervision, stop: StopAsked, facts: Facts, events: list[GuardEvent], *, heard: bool) -> Supervision:
    """Begin the stop; `heard`: our trainer reads the same request itself."""
    if state.stop is not None:
        return _change_rung(state, ladder.climb(state.stop, facts.monotonic_s, asked_again=True), facts, events)
    patience = ladder.settle_patience(state.plan.run.grace_s, state.curve.last_save_s)
    begun = ladder.begin_stop(facts.monotonic_s, patience, trainer_reads_control=heard and state.plan.run.is_ours)
    events.append(stop)
    return _change_rung(replace(state, asked=stop, alarm=None), begun, facts, events)


def _climb(state: Supervision, facts: Facts, events: list[GuardEvent]) -> Supervision:
    stop = state.stop
    if stop is None:
        if not facts.gone:
            return state
        patience = ladder.settle_patience(state.plan.run.grace_s, state.curve.last_save_s, orphans=True)
        stop = Stop(None, facts.monotonic_s, patience)
        state = replace(state, stop=stop, alarm=None)
    if facts.gone and not facts.left:
        return state
    if any(isinstance(request, HurryAsked) and request.rung is stop.rung for request in facts.requests):
        return _change_rung(state, ladder.step(stop, facts.monotonic_s), facts, events)
    hurried = facts.gone and (facts.terminated or any(isinstance(r, AbortAsked) for r in facts.requests))
    climbed = ladder.climb(stop, facts.monotonic_s, asked_again=hurried, leftovers=facts.gone)
    return _change_rung(state, climbed, facts, events)


def _change_rung(state: Supervision, stop: Stop, facts: Facts, events: list[GuardEvent]) -> Supervision:
    """Stand on a rung, and say so when it is another one."""
    if stop is not state.stop and stop.rung is not None:
        limit_s = stop.patience.limit_s(stop.rung)
        events.append(StopEscalated(facts.now_s, stop.rung, None if limit_s is None else facts.now_s + limit_s))
    return replace(state, stop=stop)
