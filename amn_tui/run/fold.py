"""apply(run, event) -> run: the only state machine of the monitor. Total: any event in any order gives a run."""

from collections.abc import Iterable
from dataclasses import replace

from amn_tui.run.control import MonitorAttached, MonitorDetached, WaiveAsked
from amn_tui.run.curve import apply_log
from amn_tui.run.ending import trust_log
from amn_tui.run.guard_events import (
    AlarmRaised,
    AlarmWaived,
    GateJudged,
    GuardStarted,
    RunEnded,
    StopAsked,
    StopEscalated,
    SystemSampled,
    TrainerAdopted,
    TrainerStarted,
)
from amn_tui.run.model import (
    CheckState,
    GateState,
    GuardSeen,
    HistoryRead,
    Logged,
    LogRestarted,
    Planned,
    ProblemFound,
    Run,
    RunEvent,
)
from amn_tui.run.outcome import Phase
from checks.gate import Gate, Judgement, judge
from checks.result import CheckEnded, CheckProgressed, CheckStarted, PreflightEnded, PreflightEvent, PreflightStarted
from checks.verdict import Verdict
from trainer.events import EpochEnded, Stepped, Text

MOST_SAMPLES = 60  # of the machine: a few minutes, as many as a sparkline has room for
STAMP_ERROR_S = 1.0  # the log's stamps are whole seconds


def apply(run: Run, event: RunEvent) -> Run:
    """Return the run after one event."""
    return fold(run, (event,))


def fold(run: Run, events: Iterable[RunEvent]) -> Run:
    """Return the run after a batch of events, the same as `apply` one by one, but judged once: it is what costs."""
    before = run
    for event in events:
        run = _change(run, event)
    same = run.plan is before.plan and run.curve is before.curve and run.ended is before.ended
    if same and run.baselines is before.baselines and run.told is before.told and run.waived is before.waived:
        return run
    return _judge_step(before, run) if _is_step_alone(before, run) else _judge_all(run)


def _change(run: Run, event: RunEvent) -> Run:
    match event:
        case Logged():
            return _apply_log(run, event)
        case SystemSampled():
            known = run.samples[-MOST_SAMPLES + 1 :]
            return run if known and known[-1] == event else replace(run, samples=(*known, event))
        case GuardSeen():
            return replace(run, guard=event)
        case Planned(plan, mark):
            return replace(run, plan=plan, plan_mark=mark)
        case LogRestarted():
            return replace(run, curve=replace(run.curve, resumed=bool(run.curve.epochs)))
        case HistoryRead(share):
            return replace(run, history=share if share < 1.0 else None)
        case ProblemFound(where, words):
            others = {key: value for key, value in run.problems.items() if key != where}
            return replace(run, problems={**others, where: words} if words else others)
        case PreflightStarted() | CheckStarted() | CheckProgressed() | CheckEnded() | PreflightEnded():
            return _apply_preflight(run, event)
        case MonitorAttached() | MonitorDetached() | WaiveAsked():
            return run
        case TrainerAdopted():
            return replace(run, adopted=event)
        case GuardStarted() | TrainerStarted() | GateJudged() | AlarmRaised() | AlarmWaived():
            return _apply_guard(run, event)
        case StopAsked() | StopEscalated() | RunEnded():
            return _apply_end(run, event)
        case _:
            return run


def _apply_log(run: Run, logged: Logged) -> Run:
    event = logged.event
    if isinstance(event, Text):
        return run
    stamp = getattr(event, "time", None)
    run = replace(run, curve=apply_log(run.curve, event), last_line_at=stamp or run.last_line_at)
    if not isinstance(event, (Stepped, EpochEnded)):
        return run
    run = replace(run, trained_at=stamp or run.trained_at)
    # A run that goes on has lines of its first part in the log: they do not say that it trains now.
    current = stamp is None or run.phase_at is None or stamp + STAMP_ERROR_S >= run.phase_at
    if run.phase in (Phase.PREFLIGHT, Phase.STARTING) and current:
        run = replace(run, phase=Phase.TRAINING, started_at=run.started_at or stamp)
    return run


def _apply_preflight(run: Run, event: PreflightEvent) -> Run:
    match event:
        case PreflightStarted(time, checks, titles, pages):
            rows = zip(checks, titles, strict=False)
            lines = tuple(CheckState(check, title, page=pages.get(check)) for check, title in rows)
            if _is_past(run, time):
                return replace(run, checks=run.checks or lines)
            return replace(_begin(run, time, Phase.PREFLIGHT), checks=lines, started_at=run.started_at or time)
        case CheckStarted(_, check):
            return _change_check(run, CheckState(check, check, running=True))
        case CheckProgressed(_, check, share, note):
            return _change_check(run, CheckState(check, check, running=True, share=share, note=note))
        case CheckEnded():
            return _change_check(run, CheckState(event.check, event.check, share=1.0, ended=event))
        case PreflightEnded(time, verdict, baselines):
            blocked = verdict in (Verdict.FAIL, Verdict.ERROR) and not _is_past(run, time)
            named = {f"baseline.{name}": value for name, value in baselines.items()}
            phase = Phase.BLOCKED if blocked else Phase.STARTING if run.phase is Phase.PREFLIGHT else run.phase
            return replace(run, baselines=named, phase=phase)


def _is_past(run: Run, time: float) -> bool:
    """Tell whether a line arrives after what came later: the files are read one by one."""
    return run.phase_at is not None and time < run.phase_at


def _begin(run: Run, time: float, phase: Phase) -> Run:
    """A launch, or the resume of a run that had ended: how it ended before is no longer how it stands.

    The log may have been read before the file that says so: then it says already that it trains.
    """
    trains = run.trained_at is not None and run.trained_at + STAMP_ERROR_S >= time
    phase = Phase.TRAINING if trains else phase
    return replace(run, ended=None, stop=None, rung=None, alarm=None, adopted=None, phase_at=time, phase=phase)


def _change_check(run: Run, changed: CheckState) -> Run:
    known = {line.check: line for line in run.checks}
    if changed.check in known:
        changed = replace(changed, title=known[changed.check].title, page=known[changed.check].page)
    return replace(run, checks=tuple({**known, changed.check: changed}.values()))


def _apply_guard(run: Run, event: GuardStarted | TrainerStarted | GateJudged | AlarmRaised | AlarmWaived) -> Run:
    match event:
        case GuardStarted(time):
            if _is_past(run, time):
                return replace(run, guarded=True)
            return replace(_begin(run, time, Phase.STARTING), guarded=True, guarded_mark=event.plan)
        case TrainerStarted(time):
            return replace(run, started_at=time)
        case GateJudged():
            return replace(run, told={**run.told, event.gate: event})
        case AlarmRaised():
            return replace(run, alarm=event)
        case AlarmWaived(_, alarm, _, reason):
            if run.alarm is None or run.alarm.alarm != alarm:
                return run
            waived = {**run.waived, run.alarm.gate: reason}
            return replace(run, alarm=None, last_waiver=event, waived=waived)


def _apply_end(run: Run, event: StopAsked | StopEscalated | RunEnded) -> Run:
    match event:
        case StopAsked():
            return replace(run, stop=run.stop or event, phase=Phase.STOPPING, alarm=None)
        case StopEscalated():
            return replace(run, rung=event)
        case RunEnded():
            return replace(run, ended=trust_log(event, run.curve), phase=Phase.ENDED, alarm=None)


def _is_step_alone(before: Run, run: Run) -> bool:
    """Tell whether of all that gates hang on only the step has changed that is being made, as nearly always."""
    known = run.plan is before.plan and run.baselines is before.baselines and run.ended is before.ended
    return known and run.curve.epochs is before.curve.epochs and run.told is before.told and run.waived is before.waived


def _judge_step(before: Run, run: Run) -> Run:
    """Judge anew only the gates that such a step can change."""
    steps = [step.values for step in (before.curve.step, run.curve.step) if step is not None]
    return replace(
        run,
        gates=tuple(
            _judge(run, known.gate)
            if known.gate.at is None and any(known.gate.metric in values for values in steps)
            else known
            for known in run.gates
        ),
    )


def _judge_all(run: Run) -> Run:
    gates = run.plan.list_gates(run.baselines) if run.plan else ()
    return replace(run, gates=tuple(_judge(run, gate) for gate in gates))


def _judge(run: Run, gate: Gate) -> GateState:
    """Judge on what the log says; what only the guard can see (silence, another configuration) is the guard's word."""
    judgement = judge(gate, run.curve.readings, run.baselines, ended=run.ended is not None)
    told = run.told.get(gate.name)
    if told and (judgement.verdict is None or (told.verdict is Verdict.FAIL and judgement.verdict is not told.verdict)):
        judgement = Judgement(gate.name, told.verdict, told.words, told.epoch, told.value, told.floor, told.ceiling)
    return GateState(gate, judgement, run.waived.get(gate.name, ""))
