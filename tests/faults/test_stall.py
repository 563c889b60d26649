"""A trainer that is silent: said with what is usual, stopped only by a gate of the plan."""

from dataclasses import replace

import pytest

from amn_tui.run.control import AbortAsked
from amn_tui.run.fold import fold
from amn_tui.run.guard_events import AlarmRaised, GuardStarted, GuardState, ProcessIdentity, TrainerStarted
from amn_tui.run.model import GuardSeen, Run
from amn_tui.run.plan import Plan, RunSection
from amn_tui.run.supervision import Facts, Supervision, decide
from amn_tui.ui.widgets.header import pick_header
from checks.gate import Action, Gate

pytestmark = pytest.mark.fault(10)
ME = ProcessIdentity(1, 1, "boot")
PLAN = Plan(run=RunSection(name="t", command=("train",)))


def test_silence_is_said_with_what_is_expected() -> None:
    sign = GuardState(1000.0, ME, ME, "here", "training", last_line_at=1000.0, usual_gap_s=5.0)
    events = [GuardStarted(900.0, ME, "here"), TrainerStarted(901.0, ME, ()), GuardSeen(sign, True, True)]
    run = fold(Run("r"), events)
    assert pick_header(run, 1029.0).quiet == ""
    assert pick_header(run, 1045.0).quiet == "no line for 0:45 (usually 0:05)"


@pytest.mark.parametrize("stops", [True, False])
def test_only_a_gate_of_the_plan_stops_a_silent_run(stops: bool) -> None:
    gate = Gate(name="stall", metric="seconds_since_line", start=1, ceiling=120.0, on_fail=Action.ABORT)
    state = replace(Supervision(replace(PLAN, gates=(gate,) if stops else ()), {}), last_line_s=0.0)
    raised = []
    for seconds in (60.0, 119.0, 121.0, 5000.0):
        state, events = decide(state, Facts(1000.0 + seconds, seconds))
        raised += [seconds for event in events if isinstance(event, AlarmRaised)]
    assert raised == ([121.0] if stops else [])
    assert (state.asked is not None) is stops
    assert not isinstance(state.asked, AbortAsked)
