import typing

import pytest

from checks.result import PREFLIGHT_EVENTS, Control, PreflightEvent
from checks.verdict import Verdict


@pytest.mark.parametrize(
    ("verdict", "held"), [(Verdict.FAIL, True), (Verdict.ERROR, True), (Verdict.WARN, False), (Verdict.PASS, False)]
)
def test_a_control_holds_when_the_broken_copy_was_refused(verdict: Verdict, held: bool) -> None:
    assert Control("one row set to zero", verdict).held is held


def test_every_event_can_be_read_back() -> None:
    assert set(PREFLIGHT_EVENTS) == set(typing.get_args(PreflightEvent))
