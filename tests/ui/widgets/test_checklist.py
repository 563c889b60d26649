"""The checklist: word and glyph, the control, the number that decides, and why something did not pass."""

import dataclasses
import time
from types import ModuleType

import pytest

from amn_tui.ui.glyphs import UNICODE
from amn_tui.ui.line import Tone, measure
from amn_tui.ui.screens.detail import explain_check
from amn_tui.ui.widgets.checklist import draw_checklist, draw_names, draw_summary, find_room, needs_rows
from checks.result import CheckEnded
from checks.verdict import Verdict


def draw(ui: ModuleType, events: list[object], width: int = 100) -> str:
    return ui.read_text(line for _, line in draw_checklist(ui.make_run(events).checks, width, UNICODE))


def test_passed_running_and_waiting(ui: ModuleType) -> None:
    first, second, third, fourth, _ = draw(ui, ui.checking()).splitlines()
    assert first.startswith("✓ PASS  Encoder fingerprint ✓ control  same encoder;")
    assert second.startswith("✓ PASS  Eval normalization  ✓ control  8718 rows")
    assert third.startswith("▸ 42 %  Oracle recall @K    querying the index")
    assert fourth.startswith("· wait  Off by one")


def test_what_passed_says_all_of_it_where_gates_leave_rows(ui: ModuleType) -> None:
    checks = ui.make_run(ui.healthy()).checks
    rows = {budget: draw_checklist(checks, 60, UNICODE, budget) for budget in (0, 5, 9, 10, 20)}
    assert [len(rows[budget]) for budget in (0, 5, 9, 10)] == [5, 5, 5, 10]
    text = " ".join(ui.read_text(line for _, line in rows[20]).split())
    assert "100.0% of targets found again as chunk i+1" in text
    assert find_room(60, 14, pressing=False) > find_room(60, 14, pressing=True) > find_room(48, 14, pressing=True) > 0
    assert find_room(40, 1, pressing=False) == 0


def test_what_did_not_pass_says_why_in_full(ui: ModuleType) -> None:
    text = draw(ui, ui.blocked(), 50)
    assert "✗ FAIL  Adjacency coherence ✓ control" in text
    why = "mean 0.337 is 38 % below the reference's 0.545; low pairs 44.8% against 6.8%"
    assert " ".join(" ".join(text.splitlines()[-2:]).split()) == why


@pytest.mark.parametrize(("held", "said"), [(True, "✓ control"), (False, "✗ control"), (None, "no control")])
def test_a_control_that_did_not_fail_is_shown(ui: ModuleType, held: bool | None, said: str) -> None:
    ended = ui.check_ended("off_by_one", held=bool(held))
    if held is None:
        ended = CheckEnded(1.0, "off_by_one", Verdict.PASS, None, {}, "", "fine", 0.1)
    ((_, line),) = draw_checklist(ui.make_run([ended]).checks, 80, UNICODE)
    assert said in ui.read_text([line])
    assert any(part.tone is (Tone.FAIL if held is False else Tone.PASS) for part in line)


def test_an_overridden_check_shows_the_reason(ui: ModuleType) -> None:
    ended = CheckEnded(1.0, "off_by_one", Verdict.FAIL, None, {}, "", "bad", 0.1, overridden="the set is small")
    assert "overridden: the set is small" in draw(ui, [ended])


def test_the_summary_counts(ui: ModuleType) -> None:
    assert ui.read_text([draw_summary(ui.make_run(ui.healthy()).checks, UNICODE)]) == (
        "✓ PASS  5 of 5 checks, controls held"
    )
    blocked = ui.read_text([draw_summary(ui.make_run(ui.blocked()).checks, UNICODE)])
    assert blocked == "✗ FAIL  4 of 5 checks, controls held"


def test_a_line_is_enough_only_when_there_is_nothing_to_read(ui: ModuleType) -> None:
    assert not needs_rows(ui.make_run(ui.healthy()))
    for events in (ui.checking(), ui.blocked(), [ui.check_ended("off_by_one", verdict=Verdict.WARN)]):
        assert needs_rows(ui.make_run(events))


def test_the_names_of_many_checks_stand_in_columns(ui: ModuleType) -> None:
    checks = ui.make_run(ui.healthy()).checks
    lines = ui.read_text(draw_names(checks, 58, UNICODE)).splitlines()
    assert [line.rstrip() for line in lines] == [
        "✓ Encoder fingerprint  ✓ Eval normalization",
        "✓ Oracle recall @K     ✓ Off by one",
        "✓ Adjacency coherence",
    ]
    assert max(measure(line) for line in draw_names(checks, 12, UNICODE)) <= 12


@pytest.mark.parametrize("width", [1, 10, 25, 37, 60, 120, 300])
def test_no_row_is_too_wide(ui: ModuleType, width: int) -> None:
    for events in (ui.checking(), ui.blocked(), ui.healthy()):
        rows = draw_checklist(ui.make_run(events).checks, width, UNICODE)
        assert all(measure(line) <= width for _, line in rows)


def test_numbers_of_an_earlier_time_say_so_in_the_row_in_the_summary_and_in_the_detail(ui: ModuleType) -> None:
    measured_at = time.mktime((2026, 11, 25, 14, 3, 0, 0, 0, -1))
    ended = dataclasses.replace(ui.check_ended("off_by_one", detail="fine"), measured_at=measured_at)
    assert "cached, measured 2026-11-25 14:03; fine" in draw(ui, [ended])
    checks = ui.make_run([ended]).checks
    assert ui.read_text([draw_summary(checks, UNICODE)]).endswith(", controls held, cached")
    assert "cached, measured 2026-11-25 14:03, of the same data" in ui.read_text(explain_check(checks[0], 100, UNICODE))
    assert "cached" not in ui.read_text([draw_summary(ui.make_run(ui.healthy()).checks, UNICODE)])
