"""Enter on a gate: everything that is known of it, and how past runs stood there."""

from pathlib import Path
from types import ModuleType

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.outcome import Outcome
from amn_tui.run.standing import Standing
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.line import measure
from amn_tui.ui.screens.gate_detail import GateScreen, draw_standings, explain_gate
from amn_tui.ui.widgets.gate_list import GateList
from checks.gate import Gate, Judgement
from checks.verdict import Verdict


def explain(ui: ModuleType, name: str, events: list[object], width: int = 70) -> str:
    run = ui.make_run(events)
    (state,) = [state for state in run.gates if state.gate.name == name]
    text: str = ui.read_text(explain_gate(run, state, now=ui.BEGAN + 7800, width=width, glyphs=UNICODE))
    return text


def test_metric_bound_source_advice_and_what_failing_means(ui: ModuleType) -> None:
    text = explain(ui, "bad init", ui.alarmed())
    for words in (
        "✗ FAIL      val_cosine 0.445686 must be >= 0.45",
        "metric      val_cosine",
        "judged      epoch 1",
        "floor       0.45",
        "margin      -0.0043",
        "outside the bound",
        "comes from  the plan's [[gates]]",
        "if it fails the run is stopped",
        "advice      Something is",
    ):
        assert words in text


def test_a_built_in_gate_says_so_and_shows_its_history_and_where_its_bound_comes_from(ui: ModuleType) -> None:
    text = explain(ui, "beats trivial", ui.healthy())
    assert "comes from  built in" in text
    assert "baseline.mean_of_context = 0.6002" in text
    history = text.splitlines()[[line[:7] for line in text.splitlines()].index("history")]
    assert history.split()[1] == "!!!!!!"
    assert "epoch 1 to 6, each by itself" in text


def test_the_next_gate_says_when_it_comes(ui: ModuleType) -> None:
    assert "comes       in 6 epochs, about 2 h" in explain(ui, "epoch 12", ui.healthy())


def test_past_runs_in_words(ui: ModuleType) -> None:
    gate = Gate(name="bad init", metric="val_cosine", at=1, floor=0.45)
    rows = (
        Standing("good", Judgement("bad init", Verdict.PASS, "", 1, 0.52, 0.45), Outcome.COMPLETED),
        Standing("bad", Judgement("bad init", Verdict.FAIL, "", 1, 0.2, 0.45), Outcome.ABORTED_BY_GATE),
        Standing("short", Judgement("bad init", None, ""), None),
    )
    text = ui.read_text(draw_standings(rows, gate, 70, UNICODE))
    assert "✓ PASS  good              0.5200  completed" in text
    assert "✗ FAIL  bad               0.2000  aborted by gate" in text
    assert "· wait  short        not reached  goes on" in text
    assert "1 of 2 that came to epoch 1 held it" in text
    assert "reading the runs beside this one…" in ui.read_text(draw_standings(None, gate, 70, UNICODE))
    assert "no other run" in ui.read_text(draw_standings((), gate, 70, UNICODE))
    for width in (20, 34, 200):
        assert all(measure(line) <= max(width, 60) for line in draw_standings(rows, gate, width, ASCII))


@pytest.mark.slow
@pytest.mark.parametrize("way", ["enter", "click"])
async def test_enter_or_a_click_shows_the_gate_and_the_past_runs(
    ui: ModuleType, tmp_path: Path, folder: RunFolder, way: str
) -> None:
    ui.write_folder(tmp_path / "attempt-2", ui.aborted())
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        gates = app.screen.query_one(GateList)
        if way == "click":
            await pilot.click(gates, offset=(6, 1))
        else:
            gates.focus()
            await pilot.press("enter")
        await ui.settle(pilot, lambda: isinstance(app.screen, GateScreen) and app.screen.standings is not None)
        screen = ui.read_screen(app)
        assert "gate bad init" in screen
        await ui.settle(pilot, lambda: "attempt-2" in ui.read_screen(app))
        assert "0.4457  aborted by gate" in ui.read_screen(app)
        await pilot.press("escape")


@pytest.mark.slow
async def test_the_title_says_what_comes_next_and_what_is_out_of_sight(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        assert "▸ epoch 12 in 6 epochs, about 2 h" in ui.read_screen(app)
        await pilot.resize_terminal(80, 24)
        await ui.settle(pilot, lambda: "+2 more" in ui.read_screen(app) or "+3 more" in ui.read_screen(app))
