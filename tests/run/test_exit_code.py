"""Exit codes are a promise to scripts."""

import pytest

from amn_tui.run.exit_code import decide_exit_code
from amn_tui.run.fold import fold
from amn_tui.run.guard_events import RunEnded
from amn_tui.run.model import Logged, Planned, Run, RunEvent
from amn_tui.run.outcome import Outcome
from amn_tui.run.plan import Plan, RunSection
from checks.gate import Action, Gate
from checks.result import PreflightEnded
from checks.verdict import Verdict
from trainer.events import EpochEnded

GATE = Gate(name="g", metric="val_cosine", at=1, floor=0.45, on_fail=Action.ABORT)
PLANNED = Planned(Plan(run=RunSection(name="p"), gates=(GATE,)))


def end(cosine: float) -> Logged:
    return Logged(EpochEnded(1, 1, {"val_cosine": cosine}))


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([], 0),
        ([PLANNED, end(0.5)], 0),
        ([PLANNED, end(0.5), RunEnded(1, Outcome.COMPLETED, "")], 0),
        ([PLANNED, end(0.4), RunEnded(1, Outcome.COMPLETED, "")], 1),
        ([PLANNED, Logged(EpochEnded(1, 1)), RunEnded(1, Outcome.COMPLETED, "")], 1),
        ([PreflightEnded(1, Verdict.FAIL, {}, 1)], 3),
        ([RunEnded(1, Outcome.ABORTED_BY_GATE, "")], 4),
        ([RunEnded(1, Outcome.ABORTED_BY_OPERATOR, "")], 5),
        ([RunEnded(1, Outcome.CRASHED, "")], 6),
        ([RunEnded(1, Outcome.LOST, "")], 7),
    ],
)
def test_exit_code(events: list[RunEvent], code: int) -> None:
    assert decide_exit_code(fold(Run("x"), events)) == code
