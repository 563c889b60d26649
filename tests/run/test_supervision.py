"""What the guard decides, as histories with a clock of their own."""

from dataclasses import replace
from typing import Any, TypeVar

import pytest

from amn_tui.run.control import AbortAsked, ControlEvent, HurryAsked, MonitorAttached, WaiveAsked
from amn_tui.run.drift import say_drift
from amn_tui.run.guard_events import (
    AlarmRaised,
    AlarmWaived,
    GateJudged,
    GuardEvent,
    ProcessIdentity,
    Rung,
    StopAsked,
    StopEscalated,
)
from amn_tui.run.plan import OUR_TRAINER, Plan, RunSection
from amn_tui.run.supervision import Facts, Supervision, decide, hear_log, is_over, judge_at_end, note_restart
from checks.gate import Action, Gate
from checks.verdict import Verdict
from trainer.events import Configured, EpochEnded, LogEvent, Saved, Stepped, Stopped, Text

GATE = Gate(name="bad init", metric="val_cosine", at=1, floor=0.45, on_fail=Action.ABORT, advice="look")
FOREIGN = Plan(
    run=RunSection(name="t", command=("train",), grace_s=30, countdown_s=60), gates=(GATE,), train={"lr": 0.5}
)
OURS = replace(FOREIGN, run=replace(FOREIGN.run, command=OUR_TRAINER))


Kind = TypeVar("Kind", bound=GuardEvent)


class History:
    """A run under guard, told step by step."""

    def __init__(self, plan: Plan = FOREIGN) -> None:
        self.state = Supervision(plan, {})
        self.now_s = 0.0

    def log(self, *events: LogEvent) -> None:
        self.state = hear_log(self.state, list(events), self.now_s)

    def tick(self, now_s: float, *requests: ControlEvent, **facts: Any) -> list[GuardEvent]:
        self.now_s = now_s
        self.state, events = decide(self.state, Facts(1000 + now_s, now_s, requests, **facts))
        return events


def end(epoch: int, cosine: float) -> EpochEnded:
    return EpochEnded(epoch, 20, {"val_cosine": cosine})


def list_kinds(events: list[GuardEvent]) -> list[str]:
    return [type(event).__name__ for event in events if not isinstance(event, GateJudged)]


def find(events: list[GuardEvent], kind: type[Kind]) -> Kind:
    return next(event for event in events if isinstance(event, kind))


def test_a_verdict_is_said_once_until_it_changes() -> None:
    history = History()
    history.log(end(1, 0.5))
    said = {event.gate: event.verdict for event in history.tick(1) if isinstance(event, GateJudged)}
    assert said["bad init"] is Verdict.PASS
    assert history.tick(2) == []


def test_with_nobody_there_the_stop_does_not_wait() -> None:
    history = History()
    history.log(end(1, 0.4))
    events = history.tick(1)
    assert list_kinds(events) == ["AlarmRaised", "StopAsked", "StopEscalated"]
    asked = find(events, StopAsked)
    assert asked == StopAsked(1001, "gate bad init", "val_cosine 0.4 must be >= 0.45")
    assert find(events, StopEscalated) == StopEscalated(1001, Rung.TERM_MAIN, 1031)
    assert find(events, GateJudged).advice == "look"


def test_with_somebody_there_it_counts_down() -> None:
    history = History()
    history.log(end(1, 0.4))
    assert find(history.tick(1, attended=True), AlarmRaised).deadline == 1061
    assert history.tick(60, attended=True) == []
    assert list_kinds(history.tick(61, attended=True)) == ["StopAsked", "StopEscalated"]
    assert history.tick(62) == []  # said once


def test_a_waiver_needs_the_right_alarm_and_comes_before_the_deadline() -> None:
    history = History()
    history.log(end(1, 0.4))
    history.tick(1, attended=True)
    assert history.tick(2, WaiveAsked(0, "me", 7, "r"), attended=True) == []
    assert history.tick(3, WaiveAsked(0, "me", 1, "r"), attended=True) == [AlarmWaived(1003, 1, "me", "r")]
    assert history.tick(99, attended=True) == []
    history.log(end(2, 0.3))
    assert find(history.tick(100, attended=True), AlarmRaised).gate == "collapse"


@pytest.mark.parametrize("first", ["abort", "waive"])
def test_the_first_word_counts(first: str) -> None:
    history = History()
    history.log(end(1, 0.4))
    history.tick(1, attended=True)
    words: list[ControlEvent] = [AbortAsked(0, "a", "now"), WaiveAsked(0, "b", 1, "no")]
    events = history.tick(2, *(words if first == "abort" else words[::-1]), attended=True)
    expected = ["StopAsked", "StopEscalated"]
    assert list_kinds(events) == (expected if first == "abort" else ["AlarmWaived", *expected])


def test_our_trainer_is_asked_before_it_is_told_and_asking_twice_hurries() -> None:
    history = History(OURS)
    history.log(Saved("last", 1, 9, 20.0), end(1, 0.5))
    history.tick(1)
    assert find(history.tick(2, AbortAsked(0, "me")), StopEscalated) == StopEscalated(1002, Rung.REQUEST, 1012)
    assert find(history.tick(3, AbortAsked(0, "me")), StopEscalated) == StopEscalated(1003, Rung.TERM_MAIN, 1063)
    assert find(history.tick(63), StopEscalated).rung is Rung.TERM_GROUP
    assert find(history.tick(68), StopEscalated).rung is Rung.KILL_ALL


def test_a_gate_does_not_rely_on_a_request() -> None:
    history = History(OURS)
    history.log(end(1, 0.4))
    assert find(history.tick(1), StopEscalated).rung is Rung.TERM_MAIN


def test_the_guard_told_to_end_stops_once() -> None:
    history = History()
    assert find(history.tick(1, terminated=True), StopAsked).by == "operator signal SIGTERM"
    assert history.tick(2, terminated=True) == []


def test_a_nan_within_an_epoch_does_not_wait_for_its_end() -> None:
    history = History()
    history.log(Stepped(1, 20, 40, 217, {"loss": float("nan")}))
    assert find(history.tick(1), AlarmRaised).gate == "finite"


def test_silence_is_a_warning_and_ends_with_the_next_line() -> None:
    history = History()
    history.log(Text("hello"))
    assert [event.verdict for event in history.tick(1) if isinstance(event, GateJudged)] == [Verdict.PASS]
    (late,) = history.tick(602)
    assert isinstance(late, GateJudged)
    assert (late.gate, late.verdict, late.value) == ("silence", Verdict.WARN, 602.0)
    history.log(Text("again"))
    (back,) = history.tick(603)
    assert isinstance(back, GateJudged)
    assert back.verdict is Verdict.PASS


def test_another_configuration_than_planned_is_said_by_key() -> None:
    history = History()
    history.log(Configured({"lr": "0.25", "seed": "3"}))
    told = [event for event in history.tick(1) if isinstance(event, GateJudged) and event.gate == "executed plan"]
    assert told[0].verdict is Verdict.WARN
    assert told[0].words == "lr is 0.25, planned 0.5"
    assert say_drift({"lr": 5e-4, "ood": ["a", "b"], "threads": None}, {"lr": "0.0005", "ood": "a,b"}) == ""


def test_when_the_trainer_is_gone_there_is_nothing_to_stop() -> None:
    history = History()
    history.log(end(1, 0.4))
    events = history.tick(1, AbortAsked(0, "late"), gone=True)
    assert list_kinds(events) == []
    assert [event.verdict for event in events if isinstance(event, GateJudged) and event.gate == "bad init"] == ["FAIL"]


def test_a_trainer_that_read_the_request_first_was_stopped_by_the_operator() -> None:
    history = History(OURS)
    history.log(end(1, 0.5), Stopped("control.jsonl", 2, 3))
    assert list_kinds(history.tick(1, AbortAsked(0, "me", "why"), gone=True)) == ["StopAsked"]


def test_what_a_scheduler_ended_together_with_the_guard_has_not_crashed() -> None:
    history = History(OURS)
    (asked,) = history.tick(1, gone=True, terminated=True)
    assert isinstance(asked, StopAsked)
    assert asked.by == "operator signal SIGTERM"
    assert is_over(history.state, Facts(0, 2, gone=True, left=()))


def test_a_guard_told_to_end_after_the_trainer_is_gone_did_not_stop_it() -> None:
    history = History(OURS)
    assert history.tick(1, gone=True, left=(7,)) == []
    assert list_kinds(history.tick(2, gone=True, left=(7,), terminated=True)) == ["StopEscalated"]
    assert history.state.asked is None


def test_a_metric_that_never_came_is_said_at_the_end() -> None:
    history = History()
    history.log(EpochEnded(1, 1, {"train_cosine": 0.5}))
    history.tick(1)
    (judged,) = judge_at_end(history.state, 1002)
    assert isinstance(judged, GateJudged)
    assert (judged.gate, judged.verdict) == ("bad init", Verdict.ERROR)


def test_who_attached_is_no_request() -> None:
    attached = MonitorAttached(0, "me", ProcessIdentity(1, 1, "b"))
    assert History().tick(1, attached) == []


def test_a_trainer_that_ended_by_itself_is_waited_for_with_what_it_left() -> None:
    history = History()
    assert history.tick(1, gone=True, left=(7,)) == []
    assert history.tick(30, gone=True, left=(7,)) == []
    assert find(history.tick(31, gone=True, left=(7,)), StopEscalated) == StopEscalated(1031, Rung.TERM_GROUP, 1036)
    assert find(history.tick(36, gone=True, left=(7,)), StopEscalated) == StopEscalated(1036, Rung.KILL_ALL, None)
    assert not is_over(history.state, Facts(0, 37, gone=True, left=(7,)))
    assert is_over(history.state, Facts(0, 37, gone=True, left=()))
    assert is_over(history.state, Facts(0, 37, gone=True, left=(7,), forbidden=frozenset({7})))


def test_once_the_main_process_is_gone_the_next_rung_is_for_the_others() -> None:
    history = History()
    history.tick(1, AbortAsked(0, "me"))
    assert find(history.tick(2, gone=True, left=(7,)), StopEscalated).rung is Rung.TERM_GROUP
    assert history.tick(3, gone=True, left=()) == []
    assert is_over(history.state, Facts(0, 3, gone=True, left=()))


def test_a_trainer_that_never_says_a_word_is_silent_too() -> None:
    history = History()
    history.state = replace(history.state, last_line_s=0.0)  # when it was started
    history.tick(1)
    (late,) = history.tick(601)
    assert isinstance(late, GateJudged)
    assert (late.gate, late.verdict) == ("silence", Verdict.WARN)


def test_two_gates_that_fail_at_once_are_answered_one_by_one() -> None:
    history = History(replace(FOREIGN, gates=(GATE, replace(GATE, name="second"))))
    history.log(end(1, 0.4))
    events = history.tick(1, attended=True)
    assert [event.gate for event in events if isinstance(event, AlarmRaised)] == ["bad init"]
    history.tick(2, WaiveAsked(0, "me", 1, "r"), attended=True)
    alarm = find(history.tick(3, attended=True), AlarmRaised)
    assert (alarm.alarm, alarm.gate, alarm.deadline) == (2, "second", 1063)


def test_a_log_that_is_rotated_keeps_what_was_known() -> None:
    history = History()
    history.log(end(1, 0.6), end(2, 0.61))
    history.tick(1)
    history.state = note_restart(history.state)
    history.log(end(3, 0.5))
    assert find(history.tick(2), AlarmRaised).gate == "collapse"


def test_who_hurries_takes_one_step_however_many_ask() -> None:
    history = History()
    hurry = HurryAsked(1, "ann", Rung.TERM_MAIN)
    assert history.tick(0, hurry) == []  # nothing is being stopped
    history.tick(1, AbortAsked(1001, "ann"))
    events = history.tick(2, hurry, replace(hurry, by="bob"))
    assert [event.rung for event in events if isinstance(event, StopEscalated)] == [Rung.TERM_GROUP]
    assert history.tick(3, hurry) == []  # that rung has been left
    events = history.tick(4, replace(hurry, rung=Rung.TERM_GROUP), gone=True, left=(7,))
    assert [event.rung for event in events if isinstance(event, StopEscalated)] == [Rung.KILL_ALL]
