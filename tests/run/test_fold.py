"""apply(run, event) -> run, as tables of histories."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.control import AbortAsked, MonitorAttached, WaiveAsked
from amn_tui.run.fold import apply, fold
from amn_tui.run.guard_events import (
    AlarmRaised,
    AlarmWaived,
    GateJudged,
    GuardStarted,
    GuardState,
    ProcessIdentity,
    RunEnded,
    Rung,
    StopAsked,
    StopEscalated,
    SystemSampled,
    TrainerStarted,
)
from amn_tui.run.model import GuardSeen, HistoryRead, Logged, LogRestarted, Planned, ProblemFound, Run, RunEvent
from amn_tui.run.outcome import Outcome, Phase
from amn_tui.run.plan import Plan, RunSection
from checks.gate import Action, Gate
from checks.result import CheckEnded, CheckProgressed, CheckStarted, Control, PreflightEnded, PreflightStarted
from checks.verdict import Verdict
from trainer.events import Configured, EpochEnded, Stepped, Text

ME = ProcessIdentity(10, 99, "boot")
PLAN = Plan(
    run=RunSection(name="p"),
    gates=(Gate(name="bad init", metric="val_cosine", at=1, floor=0.45, healthy=0.48, on_fail=Action.ABORT),),
)
PREFLIGHT = PreflightStarted(1.0, ("a", "b"), ("A", "B"))
STARTED = GuardStarted(2.0, ME, "host")
TRAINER = TrainerStarted(3.0, ME, ("python",))
ALARM = AlarmRaised(5.0, 1, "bad init", "0.4 must be >= 0.45", "look", 65.0)


def passed(check: str, verdict: Verdict = Verdict.PASS) -> CheckEnded:
    return CheckEnded(1.5, check, verdict, Control("a row of zeros", Verdict.FAIL), {"x": 1.0}, "x = 1", "is", 0.5)


def end(epoch: int, cosine: float) -> Logged:
    return Logged(EpochEnded(epoch, 20, {"val_cosine": cosine}, time=4.0 + epoch))


HISTORIES: list[tuple[str, list[RunEvent], Phase]] = [
    ("nothing yet", [], Phase.STARTING),
    ("preflight", [PREFLIGHT], Phase.PREFLIGHT),
    ("blocked", [PREFLIGHT, passed("a", Verdict.FAIL), PreflightEnded(2, Verdict.FAIL, {}, 1)], Phase.BLOCKED),
    ("a check in error blocks", [PREFLIGHT, PreflightEnded(2, Verdict.ERROR, {}, 1)], Phase.BLOCKED),
    ("passed", [PREFLIGHT, PreflightEnded(2, Verdict.PASS, {}, 1)], Phase.STARTING),
    ("guarded", [STARTED, TRAINER], Phase.STARTING),
    ("text is not training", [STARTED, TRAINER, Logged(Text("hello"))], Phase.STARTING),
    ("a step is", [STARTED, TRAINER, Logged(Stepped(1, 20, 1, 9))], Phase.TRAINING),
    ("an alarm is still training", [STARTED, end(1, 0.4), ALARM], Phase.TRAINING),
    ("stopping", [STARTED, end(1, 0.4), ALARM, StopAsked(6, "gate bad init", "")], Phase.STOPPING),
    ("ended", [STARTED, end(1, 0.5), RunEnded(9, Outcome.COMPLETED, "done", 0)], Phase.ENDED),
    ("resumed", [STARTED, RunEnded(9, Outcome.CRASHED, "x", 1), STARTED], Phase.STARTING),
    ("a bare log", [end(1, 0.5)], Phase.TRAINING),
    (
        "late preflight lines do not undo training",
        [end(1, 0.5), PreflightEnded(2, Verdict.PASS, {}, 1)],
        Phase.TRAINING,
    ),
]


@pytest.mark.parametrize(("name", "events", "phase"), HISTORIES, ids=[row[0] for row in HISTORIES])
def test_phase(name: str, events: list[RunEvent], phase: Phase) -> None:
    assert fold(Run("/runs/x"), events).phase is phase


def test_the_checklist_fills_in() -> None:
    run = fold(Run("x"), [PREFLIGHT, CheckStarted(1, "a"), CheckProgressed(1, "a", 0.5, "half")])
    assert [(line.title, line.running, line.share) for line in run.checks] == [("A", True, 0.5), ("B", False, 0.0)]
    run = apply(run, passed("a"))
    assert run.checks[0].ended == passed("a")
    assert run.checks[0].title == "A"
    run = apply(run, PreflightEnded(2, Verdict.PASS, {"mean_of_context": 0.6}, 1))
    assert run.baselines == {"baseline.mean_of_context": 0.6}


def test_gates_are_judged_from_the_log_and_baselines_bring_their_own() -> None:
    run = fold(Run("x"), [Planned(PLAN), PreflightEnded(2, Verdict.PASS, {"mean_of_context": 0.6}, 1), end(1, 0.46)])
    verdicts = {state.gate.name: state.judgement.verdict for state in run.gates}
    assert verdicts["bad init"] is Verdict.WARN
    assert verdicts["beats trivial"] is Verdict.WARN
    assert verdicts["finite"] is Verdict.PASS
    assert verdicts["silence"] is None


def test_the_guards_word_stands_where_the_log_is_silent() -> None:
    told = GateJudged(3, "silence", Verdict.WARN, "no line for 700 s", "", value=700)
    states = {state.gate.name: state for state in fold(Run("x"), [Planned(PLAN), told]).gates}
    assert states["silence"].judgement.verdict is Verdict.WARN
    assert states["silence"].judgement.words == "no line for 700 s"


def test_an_alarm_is_up_until_it_is_waived_or_the_stop_begins() -> None:
    up = fold(Run("x"), [Planned(PLAN), STARTED, end(1, 0.4), ALARM])
    assert up.alarm == ALARM
    assert apply(up, AlarmWaived(6, 2, "me", "another alarm")).alarm == ALARM
    waived = apply(up, AlarmWaived(6, 1, "me", "small data"))
    assert waived.alarm is None
    assert waived.gates[0].waived == "small data"
    assert waived.gates[0].judgement.verdict is Verdict.FAIL
    stopping = fold(up, [StopAsked(6, "gate", ""), StopEscalated(7, Rung.TERM_MAIN, 37.0), StopAsked(8, "me", "")])
    assert stopping.alarm is None
    assert stopping.stop is not None
    assert stopping.stop.by == "gate"  # the first word counts
    assert stopping.rung == StopEscalated(7, Rung.TERM_MAIN, 37.0)


def test_a_metric_that_never_came_is_an_error_once_the_run_ended() -> None:
    run = fold(Run("x"), [Planned(PLAN), Logged(EpochEnded(1, 20, {"train_cosine": 0.5}))])
    assert run.gates[0].judgement.verdict is None
    ended = apply(run, RunEnded(9, Outcome.COMPLETED, "done", 0))
    assert ended.gates[0].judgement.verdict is Verdict.ERROR
    assert ended.outcome is Outcome.COMPLETED


def test_an_unguarded_run_is_seen_as_such() -> None:
    run = fold(Run("x"), [STARTED, end(1, 0.5), GuardSeen(GuardState(1, ME, ME, "h", "training"), alive=False)])
    assert run.unguarded
    assert not apply(run, RunEnded(9, Outcome.COMPLETED, "", 0)).unguarded
    assert not fold(Run("x"), [end(1, 0.5), GuardSeen(None, alive=False)]).unguarded  # never had a guard


def test_a_rotated_log_keeps_its_epochs_and_a_rewritten_one_says_them_again() -> None:
    run = fold(Run("x"), [end(1, 0.5), end(2, 0.5), end(3, 0.5), LogRestarted()])
    assert [reading.epoch for reading in apply(run, end(4, 0.5)).curve.epochs] == [1, 2, 3, 4]
    assert [reading.epoch for reading in apply(run, end(2, 0.6)).curve.epochs] == [1, 2]


def test_the_log_of_the_first_part_does_not_say_that_a_resumed_run_trains() -> None:
    again = PreflightStarted(100.0, ("a",), ("A",))
    run = fold(Run("x"), [STARTED, RunEnded(9, Outcome.CRASHED, "x", 1), again, end(1, 0.5)])
    assert run.phase is Phase.PREFLIGHT
    assert run.ended is None
    assert apply(run, Logged(Stepped(2, 20, 1, 9, time=101.0))).phase is Phase.TRAINING


def test_the_rest() -> None:
    sample = SystemSampled(1, 99.0, 1, 2, 3)
    run = fold(Run("/a/b/"), [sample, ProblemFound("system.jsonl", "cannot be read")])
    assert run.system == sample
    assert run.problems == {"system.jsonl": "cannot be read"}
    assert run.name == "b"
    assert apply(run, Planned(PLAN)).name == "p"


EVENTS: st.SearchStrategy[RunEvent] = st.sampled_from(
    [
        Planned(PLAN),
        PREFLIGHT,
        CheckStarted(1, "a"),
        CheckStarted(1, "unknown"),
        passed("b"),
        passed("c", Verdict.FAIL),
        PreflightEnded(2, Verdict.PASS, {"mean_of_context": 0.6}, 1),
        STARTED,
        TRAINER,
        ALARM,
        AlarmWaived(6, 1, "me", "r"),
        StopAsked(6, "me", ""),
        StopEscalated(7, Rung.KILL_ALL, None),
        RunEnded(9, Outcome.CRASHED, "", 1),
        LogRestarted(),
        GateJudged(3, "bad init", Verdict.FAIL, "w", "a", 1, math.nan),
        GuardSeen(None, alive=None),
        end(1, 0.4),
        end(2, math.nan),
        end(7, math.inf),
        Logged(Stepped(1, 1, 1, 1, {"loss": math.nan})),
        Logged(Configured({})),
        Logged(Text("[/red]")),
        AbortAsked(1, "me"),
        WaiveAsked(1, "me", 1, "r"),
        MonitorAttached(1, "me", ME),
        ProblemFound("x", "y"),
    ]
)


@given(st.lists(EVENTS, max_size=25))
def test_any_history_gives_a_run_and_a_batch_is_the_same_as_one_by_one(events: list[RunEvent]) -> None:
    one_by_one = Run("x")
    for event in events:
        one_by_one = apply(one_by_one, event)
    assert repr(fold(Run("x"), events)) == repr(one_by_one)  # repr: nan is not equal to itself


def test_a_step_is_judged_by_the_gates_that_it_can_change_and_leaves_the_others() -> None:
    run = fold(Run("x"), [Planned(PLAN), end(1, 0.5)])
    bad = apply(run, Logged(Stepped(2, 20, 1, 9, {"loss": math.nan})))
    good = apply(bad, Logged(Stepped(2, 20, 2, 9, {"loss": 0.5})))
    verdicts = [{gate.gate.name: gate.judgement.verdict for gate in r.gates} for r in (run, bad, good)]
    assert [found["finite"] for found in verdicts] == [Verdict.PASS, Verdict.FAIL, Verdict.PASS]
    assert [found["bad init"] for found in verdicts] == [Verdict.PASS] * 3
    assert good == fold(Run("x"), [Planned(PLAN), end(1, 0.5), Logged(Stepped(2, 20, 2, 9, {"loss": 0.5}))])


def test_a_log_that_is_seen_before_the_guard_says_that_it_trains() -> None:
    step = Logged(Stepped(1, 20, 1, 9, {}, 4.0))
    assert fold(Run("x"), [step, PREFLIGHT, STARTED]).phase is Phase.TRAINING
    assert fold(Run("x"), [Logged(Stepped(1, 20, 1, 9, {}, 0.5)), STARTED]).phase is Phase.STARTING  # an earlier part


def test_a_problem_that_is_over_is_taken_back() -> None:
    run = fold(Run("x"), [ProblemFound("a", "broken"), ProblemFound("b", "torn"), ProblemFound("a", "")])
    assert run.problems == {"b": "torn"}


def test_how_much_of_a_long_log_was_read_is_known_until_all_was() -> None:
    run = fold(Run("x"), [HistoryRead(0.25)])
    assert run.history == 0.25
    assert fold(run, [HistoryRead(1.0)]).history is None


def test_a_plan_that_is_not_the_guards_is_told_and_one_that_nobody_marked_is_not() -> None:
    run = fold(Run("x"), [Planned(PLAN, "a"), GuardStarted(2.0, ME, "host", "a")])
    assert not run.plan_changed
    assert apply(run, Planned(PLAN, "b")).plan_changed
    assert not fold(run, [Planned(PLAN, "b"), GuardStarted(3.0, ME, "host", "b")]).plan_changed
    assert not fold(Run("x"), [Planned(PLAN, "b"), STARTED]).plan_changed
