"""The banner says the most pressing thing, with what to do."""

from dataclasses import replace
from types import ModuleType

import pytest

from amn_tui.run.guard_events import GuardStarted, RunEnded, Rung, StopAsked, StopEscalated
from amn_tui.run.model import Logged, Planned, ProblemFound
from amn_tui.run.outcome import Outcome
from amn_tui.ui.glyphs import UNICODE
from amn_tui.ui.line import measure
from amn_tui.ui.widgets.banner import draw_banner, pick_banner
from amn_tui.ui.widgets.status_line import pick_status
from trainer.events import Saved


def say(ui: ModuleType, events: list[object], now: float = 1300, *, can_answer: bool = True, width: int = 110) -> str:
    datum = pick_banner(ui.make_run(events), ui.BEGAN + now, can_answer=can_answer)
    return ui.read_text(draw_banner(datum, width, UNICODE)) if datum else ""


def test_an_alarm_counts_down_and_says_the_keys(ui: ModuleType) -> None:
    text = say(ui, ui.alarmed())
    assert text.startswith("ALARM  bad init: val_cosine 0.445686 must be >= 0.45")
    assert text.splitlines()[0].endswith("stops in 0:42")
    assert "check the data (preflight)" in text
    assert "a stop now  ·  w waive, with a reason" in text
    assert "stopping" in say(ui, ui.alarmed(), 1400).splitlines()[0]
    looking = say(ui, ui.alarmed(), can_answer=False)
    assert "only looking" in looking
    assert "a stop now" not in looking


@pytest.mark.parametrize("rung", list(Rung))
def test_a_stop_says_its_rung_and_when_the_next_comes(ui: ModuleType, rung: Rung) -> None:
    asked = [*ui.healthy(), StopAsked(ui.BEGAN + 7801, "operator ada", "")]
    assert say(ui, asked, 7801) == "STOPPING  by operator ada"
    at = list(Rung).index(rung) + 1
    text = say(ui, [*asked, StopEscalated(ui.BEGAN + 7802, rung, ui.BEGAN + 7832)], 7802)
    assert f"step {at} of 4" in text
    assert text.splitlines()[0].endswith("next step in 0:30")
    assert "next step" not in say(ui, [*asked, StopEscalated(ui.BEGAN + 7802, rung, None)], 7802)


@pytest.mark.parametrize(
    ("outcome", "word", "step"),
    [
        (Outcome.COMPLETED, "COMPLETED", "Checkpoints are in"),
        (Outcome.ABORTED_BY_GATE, "ABORTED BY GATE", "data issue (fix, launch again)"),
        (Outcome.ABORTED_BY_OPERATOR, "ABORTED BY OPERATOR", "launch --resume /runs/amn-790k-attempt-3"),
        (Outcome.CRASHED, "CRASHED", "The log's end says why"),
        (Outcome.LOST, "LOST", "Nobody saw how it ended"),
    ],
)
def test_the_end_says_how_and_what_next(ui: ModuleType, outcome: Outcome, word: str, step: str) -> None:
    saved = Logged(Saved("checkpoints/last.safetensors", 1, 2, 0.1))
    ended = RunEnded(ui.BEGAN + 9000, outcome, "so it ended", None, "SIGKILL", (12, 13))
    text = say(ui, [*ui.healthy(), saved, ended])
    assert text.startswith(f"{word}  so it ended")
    assert text.splitlines()[0].endswith("SIGKILL")
    assert step in text
    assert "2 processes could not be stopped: 12, 13" in text
    assert "trainer's exit code 0" in say(ui, ui.completed())
    killed = RunEnded(ui.BEGAN + 9000, outcome, "killed by SIGKILL", None, "SIGKILL")
    assert say(ui, [*ui.healthy(), killed]).count("SIGKILL") == 1  # once is enough


@pytest.mark.parametrize(("width", "rows"), [(140, 1), (78, 2), (104, 2), (56, 3)])
def test_how_it_ended_stands_behind_what_is_said_of_it_and_not_within(ui: ModuleType, width: int, rows: int) -> None:
    words = "stopped by gate finite: nonfinite 5 must be <= 0; `last` saved at epoch 1, step 52"
    ended = RunEnded(ui.BEGAN + 9000, Outcome.ABORTED_BY_GATE, words, 143)
    lines = say(ui, [*ui.healthy(), ended], width=width).splitlines()
    assert " ".join(" ".join(lines[:rows]).split()) == f"ABORTED BY GATE {words} trainer's exit code 143"


def test_a_stop_is_said_whole_before_when_its_next_step_comes(ui: ModuleType) -> None:
    assert say(ui, ui.stopping(), 1260, width=40).splitlines()[:2] == [
        "STOPPING  by operator ada: wrong data", "next step in 0:40",
    ]  # fmt: skip


def test_a_countdown_stands_beside_the_first_line_however_many_there_are(ui: ModuleType) -> None:
    lines = say(ui, ui.alarmed(), width=50).splitlines()
    assert lines[0].endswith("stops in 0:42")
    assert "must be >= 0.45" in " ".join(lines[1:3])


def test_a_run_without_a_guard_says_so_before_anything_else(ui: ModuleType) -> None:
    gone = ui.guard(alive=False)[2]
    text = say(ui, [*ui.alarmed(), gone])
    assert text.startswith("UNGUARDED  gates are off: the guard is gone, training goes on")
    assert "alarm: bad init" in text
    assert "stops in" not in text  # nobody counts
    assert "r arm a guard again" in text
    assert "is not carried on" in say(ui, [*ui.stopping(), gone])
    assert "arm a guard" not in say(ui, [*ui.alarmed(), gone], can_answer=False)
    assert say(ui, [*ui.aborted(), gone]).startswith("ABORTED BY GATE")


def test_a_trainer_that_was_paused_is_told_how_to_go_on(ui: ModuleType) -> None:
    seen = ui.guard()[2]
    text = say(ui, [*ui.healthy(), replace(seen, state=replace(seen.state, paused=True))])
    assert text.startswith("PAUSED  the trainer was stopped by a signal")
    assert text.endswith("kill -CONT 4242 continues it")


def test_a_blocked_launch_names_the_checks(ui: ModuleType) -> None:
    text = say(ui, ui.blocked())
    assert text.startswith("BLOCKED  preflight did not pass: Adjacency coherence")
    assert "Nothing was started" in text


def test_problems_are_said_when_nothing_else_presses(ui: ModuleType) -> None:
    problems = [ProblemFound("plan.toml", "found 3"), ProblemFound("guard.jsonl", "no")]
    assert say(ui, [*ui.healthy(), *problems]).startswith("PROBLEM  plan.toml: found 3")
    assert "+1 more" in say(ui, [*ui.healthy(), *problems])
    assert say(ui, [*ui.alarmed(), *problems]).startswith("ALARM")
    assert say(ui, ui.healthy()) == ""


@pytest.mark.parametrize("width", [1, 9, 30, 78, 300])
def test_no_line_is_too_wide(ui: ModuleType, width: int) -> None:
    for story in (ui.alarmed(), ui.stopping(), ui.aborted(), ui.blocked()):
        datum = pick_banner(ui.make_run(story), ui.BEGAN, can_answer=True)
        assert datum is not None
        assert all(measure(line) <= max(width, 40) for line in draw_banner(datum, width, UNICODE))


@pytest.mark.parametrize(
    ("story", "words"),
    [
        ("alarmed", "ALARM 0:42 bad init"),
        ("aborted", "ABORTED BY GATE amn-790k"),
        ("healthy", "TRAINING 7/20 0.5830 amn-790k"),
        ("checking", "PREFLIGHT"),
    ],
)
def test_the_status_line_says_it_in_one(ui: ModuleType, story: str, words: str) -> None:
    parts = pick_status(ui.make_run(getattr(ui, story)()), ui.BEGAN + 1300)
    assert "".join(part.text for part in parts).startswith(words)
    unguarded = pick_status(ui.make_run([*ui.healthy(), *ui.guard(alive=False)[2:]]), ui.BEGAN)
    assert "UNGUARDED" in "".join(part.text for part in unguarded)


def test_a_plan_that_was_changed_is_said(ui: ModuleType) -> None:
    changed = Planned(ui.plan(), "another")
    text = say(ui, [GuardStarted(ui.BEGAN, ui.WHO, "here", "mark"), changed])
    assert text.startswith("PLAN CHANGED  plan.toml is not what this run began with")
    assert "The guard goes on with the plan that it began with" in text
