"""The gates in columns: a value shows on which side it lies, what is not yet is dim, what is waived says so."""

from dataclasses import replace
from types import ModuleType

import pytest

from amn_tui.run.guard_events import AlarmWaived
from amn_tui.ui.countdown import Countdown, count_down
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.line import Tone, measure
from amn_tui.ui.widgets.gate_list import GateList, GatesDatum, count_verdicts, draw_gates


def pick(ui: ModuleType, events: list[object]) -> GatesDatum:
    run = ui.make_run(events)
    return GatesDatum(run.gates, tuple(run.baselines.items()))


def find(ui: ModuleType, datum: GatesDatum, name: str, width: int = 110) -> str:
    ((_, line),) = [row for row in draw_gates(datum, width, UNICODE) if row[0] == name]
    return " ".join(ui.read_text([line]).split())


def test_every_state_in_words(ui: ModuleType) -> None:
    datum = pick(ui, ui.alarmed())
    assert find(ui, datum, "bad init").startswith("✗ FAIL bad init epoch 1 0.4457 ≥ 0.45 −0.0043 Something is")
    assert find(ui, datum, "epoch 3") == "· wait epoch 3 epoch 3 ≥ 0.48"
    assert find(ui, datum, "finite") == "✓ PASS finite every 0 ≤ 0 0.0000"
    assert find(ui, datum, "beats trivial").startswith("! WARN beats trivial every 0.4457 ≥ 0.6002 −0.1545 The model")
    assert find(ui, pick(ui, ui.healthy()), "collapse") == "✓ PASS collapse from 2 −0.0022 ≤ 0.02 +0.0222"


def test_what_was_not_judged_when_the_run_ended_does_not_wait(ui: ModuleType) -> None:
    datum = GateList(id="gates").pick(ui.make_run(ui.aborted()), ui.BEGAN)
    assert find(ui, datum, "epoch 3") == "· n/a epoch 3 epoch 3 ≥ 0.48"
    blocked = GateList(id="gates").pick(ui.make_run(ui.blocked()), ui.BEGAN)
    assert find(ui, blocked, "bad init").startswith("· n/a bad init")


def test_a_bound_without_a_number_is_said_by_its_name_where_there_is_room(ui: ModuleType) -> None:
    datum = pick(ui, ui.alarmed())
    assert find(ui, datum, "disk space", 70).endswith("≥ disk_needed_gb")
    assert find(ui, datum, "disk space", 38).endswith("≥ …")
    lines = [line for _, line in draw_gates(datum, 60, UNICODE)]
    assert max(map(measure, lines)) <= 60


def test_a_narrow_list_says_when_in_place_of_the_value(ui: ModuleType) -> None:
    datum = pick(ui, ui.alarmed())
    assert find(ui, datum, "epoch 12", 38) == "· wait epoch 12 at 12 ≥ 0.55"
    assert find(ui, datum, "bad init", 38) == "✗ FAIL bad init 0.4457 ≥ 0.45"


def test_where_there_is_room_every_gate_says_when_value_bound_margin_and_verdict(ui: ModuleType) -> None:
    datum = pick(ui, ui.alarmed())
    assert find(ui, datum, "bad init", 56) == "✗ FAIL bad init epoch 1 0.4457 ≥ 0.45 −0.0043"


def test_the_next_gate_stands_out_and_counts_down(ui: ModuleType) -> None:
    run = ui.make_run(ui.healthy())
    following = count_down(run, ui.BEGAN + 7800)
    assert following == Countdown("epoch 12", 12, 6, "in 6 epochs, about 2 h")
    datum = GatesDatum(run.gates, tuple(run.baselines.items()), following)
    assert find(ui, datum, "epoch 12") == "▸ next epoch 12 epoch 12 ≥ 0.55"
    ((_, line),) = [row for row in draw_gates(datum, 100, UNICODE) if row[0] == "epoch 12"]
    assert line[0].tone is Tone.HERE
    assert find(ui, datum, "epoch 12", 38) == "▸ next epoch 12 in 6 ep. ≥ 0.55"


def test_nan_and_what_was_never_measured(ui: ModuleType) -> None:
    assert find(ui, pick(ui, ui.diverged()), "epoch 3").startswith("! WARN epoch 3 epoch 3 nan ≥ 0.48 Slower")
    unmeasured = replace(pick(ui, ui.alarmed()), baselines=())
    assert find(ui, unmeasured, "silence", 60).endswith("≤ silence_limit_s")
    assert find(ui, unmeasured, "silence", 38).endswith("≤ …")


def test_a_waived_gate_is_marked_with_the_reason(ui: ModuleType) -> None:
    datum = pick(ui, [*ui.alarmed(), AlarmWaived(ui.BEGAN + 1241, 1, "ada", "a small set")])
    assert "WAIVE bad init" in find(ui, datum, "bad init")
    assert "waived: a small set" in find(ui, datum, "bad init")


def test_what_is_not_yet_is_dim(ui: ModuleType) -> None:
    ((_, line),) = [row for row in draw_gates(pick(ui, ui.healthy()), 100, UNICODE) if row[0] == "epoch 12"]
    assert {part.tone for part in line if part.text.strip()} == {Tone.DIM}


def test_the_title_counts(ui: ModuleType) -> None:
    assert count_verdicts(ui.make_run(ui.alarmed()).gates, UNICODE) == "3 ✓  1 !  2 ✗  8 ·"
    assert count_verdicts((), UNICODE) == ""


@pytest.mark.parametrize("width", [1, 20, 37, 54, 72, 100, 300])
def test_columns_stand_and_fit(ui: ModuleType, width: int) -> None:
    for story in (ui.alarmed(), ui.healthy(), ui.diverged()):
        for glyphs in (UNICODE, ASCII):
            rows = draw_gates(pick(ui, story), width, glyphs)
            assert all(measure(line) <= max(width, 32) for _, line in rows)
            assert len({sum(len(part.text) for part in line[:2]) for _, line in rows}) == 1
