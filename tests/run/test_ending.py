"""How a run ended, as a table of what its parent saw."""

import pytest

from amn_tui.run.curve import Curve, apply_log
from amn_tui.run.ending import Exit, decide_outcome, trust_log
from amn_tui.run.guard_events import RunEnded, StopAsked
from amn_tui.run.outcome import Outcome
from trainer.events import EpochEnded, Saved, Stepped, Stopped

HALF = apply_log(Curve(), EpochEnded(1, 2))
STEP = apply_log(Curve(), Stepped(1, 2, 5, 9))
WHOLE = apply_log(HALF, EpochEnded(2, 2))
SAVED = apply_log(HALF, Saved("last", 1, 9, 0.1))
GATE, OPERATOR = StopAsked(1, "gate bad init", "0.4"), StopAsked(1, "operator me", "")

ROWS = [
    (Exit(code=0), None, WHOLE, True, Outcome.COMPLETED, "exit code 0 after epoch 2"),
    (Exit(code=0), None, HALF, True, Outcome.CRASHED, "ended early: exit code 0 after epoch 1 of 2"),
    (Exit(code=0), None, Curve(), True, Outcome.CRASHED, "before the first epoch"),
    (Exit(code=0), None, HALF, False, Outcome.CRASHED, "ended early: exit code 0 after epoch 1 of 2"),
    (Exit(code=0), None, STEP, False, Outcome.CRASHED, "ended early: exit code 0 after epoch 0 of 2"),
    (Exit(code=1, lasted_s=0.5), None, Curve(), False, Outcome.CRASHED, "failed to start: exit code 1"),
    (Exit(code=1, lasted_s=60), None, Curve(), False, Outcome.CRASHED, "exit code 1 after epoch 0"),
    (Exit(code=1, lasted_s=60), None, Curve(), True, Outcome.CRASHED, "failed to start: exit code 1"),
    (Exit(signal=11, lasted_s=0.5), None, Curve(), False, Outcome.CRASHED, "failed to start: killed by SIGSEGV"),
    (Exit(code=0), None, Curve(), False, Outcome.COMPLETED, "exit code 0"),
    (Exit(code=3), None, HALF, True, Outcome.CRASHED, "exit code 3 after epoch 1"),
    (Exit(code=143), None, HALF, True, Outcome.CRASHED, "exit code 143"),
    (Exit(signal=11), None, HALF, True, Outcome.CRASHED, "killed by SIGSEGV"),
    (Exit(signal=9), None, HALF, True, Outcome.CRASHED, "SIGKILL; cause unknown"),
    (Exit(signal=9, oom=True), None, HALF, True, Outcome.CRASHED, "likely out of memory"),
    (Exit(signal=63), None, HALF, True, Outcome.CRASHED, "signal 63"),
    (Exit(problem="x: no such file"), None, Curve(), True, Outcome.CRASHED, "failed to start: x"),
    (
        Exit(unseen=True),
        None,
        WHOLE,
        False,
        Outcome.COMPLETED,
        "all 2 epochs are done; the exit code is unknown",
    ),
    (Exit(unseen=True), None, HALF, True, Outcome.LOST, "ended after epoch 1 of 2; the exit code is unknown"),
    (Exit(unseen=True), None, Curve(), False, Outcome.LOST, "ended after epoch 0; the exit code is unknown"),
    (
        Exit(unseen=True),
        None,
        apply_log(SAVED, Stopped("SIGTERM", 2, 3)),
        True,
        Outcome.ABORTED_BY_OPERATOR,
        "the log says that SIGTERM stopped it; `last` saved at epoch 2, step 3",
    ),
    (Exit(unseen=True), OPERATOR, HALF, True, Outcome.ABORTED_BY_OPERATOR, "stopped by operator me"),
    (Exit(signal=9), GATE, HALF, True, Outcome.ABORTED_BY_GATE, "gate bad init: 0.4; no checkpoint"),
    (
        Exit(code=0),
        OPERATOR,
        SAVED,
        True,
        Outcome.ABORTED_BY_OPERATOR,
        "operator me; the latest checkpoint is of epoch 1",
    ),
    (
        Exit(code=143),
        OPERATOR,
        apply_log(SAVED, Stopped("x", 2, 3)),
        True,
        Outcome.ABORTED_BY_OPERATOR,
        "epoch 2, step 3",
    ),
]


@pytest.mark.parametrize(("ended", "stop", "curve", "is_ours", "outcome", "words"), ROWS)
def test_outcome(
    ended: Exit, stop: StopAsked | None, curve: Curve, is_ours: bool, outcome: Outcome, words: str
) -> None:
    decided, said = decide_outcome(ended, stop, curve, is_ours=is_ours)
    assert decided is outcome
    assert words in said


def test_a_command_of_ones_own_may_be_allowed_to_end_early() -> None:
    early = decide_outcome(Exit(code=0), None, HALF, is_ours=False, may_end_early=True)
    assert early == (Outcome.COMPLETED, "exit code 0 after epoch 1 of 2")
    assert decide_outcome(Exit(code=0), None, HALF, is_ours=True, may_end_early=True)[0] is Outcome.CRASHED


def test_a_log_may_tell_an_end_that_nobody_saw() -> None:
    lost = RunEnded(5.0, Outcome.LOST, "the guard is gone")
    told = trust_log(lost, WHOLE)
    assert told.outcome is Outcome.COMPLETED
    assert told.words == "the log says that all 2 epochs are done; the guard is gone"
    assert trust_log(lost, HALF) is lost
    crashed = RunEnded(5.0, Outcome.CRASHED, "exit code 3")
    assert trust_log(crashed, WHOLE) is crashed
