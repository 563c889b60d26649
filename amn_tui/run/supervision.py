"""What the guard decides: gates, alarms and the stop, from what it has heard. Pure: state + facts -> state + events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from amn_tui.run.control import AbortAsked, ControlEvent, WaiveAsked
from amn_tui.run.curve import Curve, apply_log
from amn_tui.run.drift import count_drift, say_drift
from amn_tui.run.ending import GATE
from amn_tui.run.guard_events import AlarmRaised, AlarmWaived, GateJudged, GuardEvent, StopAsked, StopEscalated
from amn_tui.run.ladder import Stop, begin_stop, climb, settle_patience
from amn_tui.run.plan import Plan
from checks.derived import limit_silence_s
from checks.gate import Action, Gate, Judgement, Reading, judge
from checks.verdict import Verdict
from trainer.events import LogEvent

GAPS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at one moment: Unix and monotonic time in seconds, what operators asked since, who is there."""

    now_s: float
    monotonic_s: float
    requests: tuple[ControlEvent, ...] = ()
    attended: bool = False  # somebody who could waive is attached
    terminated: bool = False  # the guard itself was told to end
    gone: bool = False  # the trainer has ended: there is nothing left to stop


@dataclass(frozen=True, slots=True)
class Supervision:
    """Everything the guard knows and has decided."""

    plan: Plan
    names: Mapping[str, float]  # baselines, keyed "baseline.NAME"
    curve: Curve = field(default_factory=Curve)
    last_line_s: float | None = None  # monotonic
    gaps_s: tuple[float, ...] = ()
    told: Mapping[str, Verdict] = field(default_factory=dict)
    alarmed: frozenset[str] = frozenset()  # gates whose alarm was raised, or waived in an earlier part of the run
    alarms: int = 0
    alarm: AlarmRaised | None = None
    due_s: float = 0.0  # monotonic: when the alarm's countdown ends
    asked: StopAsked | None = None
    stop: Stop | None = None


def hear_log(state: Supervision, events: list[LogEvent], monotonic_s: float) -> Supervision:
    """Return the state after lines of the log; `events` holds one event per line, text included."""
    if not events:
        return state
    curve = state.curve
    for event in events:
        curve = apply_log(curve, event)
    gaps_s = state.gaps_s
    if state.last_line_s is not None:
        gaps_s = (*gaps_s, monotonic_s - state.last_line_s)[-GAPS_KEPT:]
    return replace(state, curve=curve, gaps_s=gaps_s, last_line_s=monotonic_s)


def decide(state: Supervision, facts: Facts) -> tuple[Supervision, list[GuardEvent]]:
    """Return the new state and what is to be recorded; a StopEscalated among it is also to be done."""
    events: list[GuardEvent] = []
    state = _judge_gates(state, facts, events)
    if facts.gone:
        return _hear_last_words(state, facts, events), events
    state = _hear_operators(state, facts, events)
    state = _count_down(state, facts, events)
    return _climb(state, facts, events), events


def judge_at_end(state: Supervision, now_s: float) -> list[GuardEvent]:
    """Return the verdicts that only the end of the run can give: a metric that never came is ERROR."""
    gates = state.plan.list_gates(state.names)
    judged = [(gate, judge(gate, state.curve.readings, state.names, ended=True)) for gate in gates]
    return [_record(gate, j, now_s) for gate, j in judged if j.verdict and gate.name not in state.told]


def _judge_gates(state: Supervision, facts: Facts, events: list[GuardEvent]) -> Supervision:
    told = dict(state.told)
    readings = (*state.curve.readings, _read_live(state, facts))
    for gate in state.plan.list_gates(state.names):
        judgement = judge(gate, readings, state.names)
        verdict = judgement.verdict
        if verdict is None:
            continue
        if gate.metric == "config_drift" and verdict is not Verdict.PASS:
            judgement = replace(judgement, words=say_drift(state.plan.train, state.curve.config))
        if told.get(gate.name) is not verdict:
            told[gate.name] = verdict
            events.append(_record(gate, judgement, facts.now_s))
        if verdict is Verdict.FAIL and gate.on_fail is Action.ABORT and not facts.gone:
            state = _raise_alarm(state, gate, judgement, facts, events)
    return replace(state, told=told)


def _read_live(state: Supervision, facts: Facts) -> Reading:
    """Return what only somebody who is there can measure, as a reading within the epoch."""
    values: dict[str, float] = {}
    if state.last_line_s is not None:
        values["seconds_since_line"] = round(facts.monotonic_s - state.last_line_s, 1)
        values["silence_limit_s"] = round(limit_silence_s(state.gaps_s), 1)
    if state.curve.config:
        values["config_drift"] = float(count_drift(state.plan.train, state.curve.config))
    epoch = state.curve.last.epoch if state.curve.last else 1
    return Reading(epoch, values, step=0)


def _record(gate: Gate, j: Judgement, now_s: float) -> GateJudged:
    verdict = j.verdict or Verdict.ERROR
    advice = "" if verdict is Verdict.PASS else gate.advice
    return GateJudged(now_s, gate.name, verdict, j.words, advice, j.epoch, j.value, j.floor, j.ceiling)


def _raise_alarm(
    state: Supervision, gate: Gate, judgement: Judgement, facts: Facts, events: list[GuardEvent]
) -> Supervision:
    """Raise an alarm once per gate, one at a time; with nobody there it does not wait."""
    if gate.name in state.alarmed or state.alarm is not None or state.asked is not None:
        return state
    wait_s = state.plan.run.countdown_s if facts.attended else 0.0
    number = state.alarms + 1
    alarm = AlarmRaised(facts.now_s, number, gate.name, judgement.words, gate.advice, facts.now_s + wait_s)
    events.append(alarm)
    return replace(
        state, alarm=alarm, alarms=number, due_s=facts.monotonic_s + wait_s, alarmed=state.alarmed | {gate.name}
    )


def _hear_last_words(state: Supervision, facts: Facts, events: list[GuardEvent]) -> Supervision:
    """Our trainer may have ended on a request before the guard read it; to any other end a request is too late."""
    asked = next((request for request in facts.requests if isinstance(request, AbortAsked)), None)
    if asked is None or state.asked is not None or state.curve.stopped is None:
        return state
    stop = StopAsked(facts.now_s, f"operator {asked.by}", asked.reason)
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
        stop = StopAsked(facts.now_s, "operator signal SIGTERM", "the guard was told to end")
        state = _ask(state, stop, facts, events, heard=False)
    return state


def _count_down(state: Supervision, facts: Facts, events: list[GuardEvent]) -> Supervision:
    if state.alarm is None or state.asked is not None or facts.monotonic_s < state.due_s:
        return state
    stop = StopAsked(facts.now_s, f"{GATE}{state.alarm.gate}", state.alarm.words)
    return _ask(state, stop, facts, events, heard=False)


def _ask(state: Supervision, stop: StopAsked, facts: Facts, events: list[GuardEvent], *, heard: bool) -> Supervision:
    """Begin the stop; `heard`: our trainer reads the same request itself."""
    if state.stop is not None:
        return replace(state, stop=_announce(state.stop, facts, events, asked_again=True))
    patience = settle_patience(state.plan.run.grace_s, state.curve.last_save_s)
    begun = begin_stop(facts.monotonic_s, patience, trainer_reads_control=heard and state.plan.run.is_ours)
    events += [stop, _escalate(begun, facts)]
    return replace(state, asked=stop, stop=begun, alarm=None)


def _climb(state: Supervision, facts: Facts, events: list[GuardEvent]) -> Supervision:
    return state if state.stop is None else replace(state, stop=_announce(state.stop, facts, events))


def _announce(stop: Stop, facts: Facts, events: list[GuardEvent], *, asked_again: bool = False) -> Stop:
    climbed = climb(stop, facts.monotonic_s, asked_again=asked_again)
    if climbed is not stop:
        events.append(_escalate(climbed, facts))
    return climbed


def _escalate(stop: Stop, facts: Facts) -> StopEscalated:
    limit_s = stop.patience.limit_s(stop.rung)
    return StopEscalated(facts.now_s, stop.rung, None if limit_s is None else facts.now_s + limit_s)
