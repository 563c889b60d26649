"""From a gate and from the chart to the line of the epoch in the log, and what is said where there is none."""

from dataclasses import replace
from types import ModuleType

import pytest
from textual.pilot import Pilot

from amn_tui.run.column import Axis
from amn_tui.run.folder import RunFolder
from amn_tui.run.track import Track
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.chart.looked_at import find_epoch_at
from amn_tui.ui.chart.view import ChartView
from amn_tui.ui.screens.chart import ChartScreen
from amn_tui.ui.screens.gate_detail import GateScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.log_pane import LogPane
from trainer.events import EpochEnded, Stepped

slow = pytest.mark.slow  # each of these runs the whole app
FEW = {"val_cosine": 0.5}


def read_marked(app: MonitorApp) -> str:
    """Return the line that is marked in the log."""
    view = app.screen.query_one(LogPane).view
    line = view.find_line(view.shown.find_row(view.mark)) if view.mark is not None else None
    return "".join(part.text for part in line or ())


async def focus_gate(ui: ModuleType, pilot: Pilot[None], app: MonitorApp, name: str) -> GateList:
    await ui.open_run(pilot, app)
    gates = app.screen.query_one(GateList)
    app.screen.set_focus(gates)
    gates.cursor = gates.names.index(name)
    return gates


@slow
@pytest.mark.parametrize(("gate", "epoch"), [("bad init", 1), ("epoch 3", 3), ("collapse", 6)])
async def test_l_on_a_gate_shows_the_epoch_at_which_it_was_judged(
    ui: ModuleType, folder: RunFolder, gate: str, epoch: int
) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 30)) as pilot:
        await focus_gate(ui, pilot, app, gate)
        await pilot.press("l")
        await ui.settle(pilot, lambda: f"Epoch {epoch}/20 done" in read_marked(app))
        assert app.focused is app.screen.query_one(LogPane).view
        assert f"Epoch {epoch}/20 done" in ui.read_screen(app)


@slow
async def test_l_on_the_page_of_a_gate_closes_it_and_goes_there(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 30)) as pilot:
        await focus_gate(ui, pilot, app, "epoch 3")
        await pilot.press("enter")
        await ui.settle(pilot, lambda: isinstance(app.screen, GateScreen))
        assert "esc close   l in log   " in ui.read_screen(app)
        await pilot.press("l")
        await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen) and "Epoch 3/20 done" in read_marked(app))
        assert app.focused is app.screen.query_one(LogPane).view


@slow
@pytest.mark.parametrize("keys", [("l",), ("enter", "l")], ids=["row", "page"])
async def test_a_gate_that_was_not_judged_yet_says_so(ui: ModuleType, folder: RunFolder, keys: tuple[str, ...]) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 30)) as pilot:
        await focus_gate(ui, pilot, app, "epoch 12")
        await pilot.press(*keys)
        await ui.settle(pilot, lambda: "epoch 12 was not judged yet" in ui.read_screen(app))


@slow
@pytest.mark.parametrize("way", ["gate", "chart"])
async def test_an_epoch_without_a_line_is_said(ui: ModuleType, folder: RunFolder, way: str) -> None:
    folder.log.write_text("another log than the one that was judged\n")
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 30)) as pilot:
        await focus_gate(ui, pilot, app, "epoch 3")
        await (pilot.press("l") if way == "gate" else pilot.press("c", "home", "right", "right", "enter"))
        await ui.settle(pilot, lambda: "the log has no epoch 3" in ui.read_screen(app))


@slow
async def test_without_gates_or_from_a_pane_that_fills_the_screen(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 30)) as pilot:
        await focus_gate(ui, pilot, app, "epoch 3")
        await pilot.press("z", "l")
        await ui.settle(pilot, lambda: "Epoch 3/20 done" in ui.read_screen(app))
        assert app.screen.maximized is None
    bare, _ = ui.make_app(RunFolder(folder.path), ui.epochs([0.5]), now=7800)
    async with bare.run_test(size=(120, 30)) as pilot:
        await ui.open_run(pilot, bare)
        bare.screen.set_focus(bare.screen.query_one(GateList))
        await pilot.press("l")
        await ui.settle(pilot, lambda: isinstance(bare.screen, MonitorScreen))
        assert bare.focused is not bare.screen.query_one(LogPane).view


@slow
async def test_enter_on_the_chart_leaves_it_for_the_epoch_under_the_cursor(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 30)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("c", "home", "right", "enter")
        await ui.settle(pilot, lambda: "Epoch 2/20 done" in read_marked(app))
        assert isinstance(app.screen, MonitorScreen)
        await pilot.press("c")
        assert isinstance(app.screen, ChartScreen)
        assert app.screen.pane.view.cursor == 2  # the view is kept
        await pilot.press("0", "enter")  # without a cursor, the newest
        await ui.settle(pilot, lambda: "Epoch 6/20 done" in read_marked(app))


@slow
async def test_before_any_epoch_the_chart_says_so(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.checking())
    async with app.run_test(size=(120, 30)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("c", "enter")
        await ui.settle(pilot, lambda: "no epoch has come yet" in ui.read_screen(app))


@slow
async def test_both_keys_are_in_the_help(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 80)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("question_mark")
        assert " l of a gate, on its page too: the line" in " ".join(ui.read_screen(app).split())
        await pilot.press("escape", "c", "question_mark")
        assert " enter back to the monitor, at the line of" in " ".join(ui.read_screen(app).split())


def test_the_epoch_of_a_place_on_any_axis(ui: ModuleType) -> None:
    run, track = ui.make_run(ui.epochs([0.5, 0.51, 0.52])), Track()
    for epoch in (1, 2, 3):
        track.take(Stepped(epoch, 3, at, 10, {"loss": 1.0}, ui.BEGAN + 100 * epoch + at) for at in (1, 5, 9))
        track.take([EpochEnded(epoch, 3, FEW, ui.BEGAN + 100 * epoch + 20)])
    view = ChartView()
    assert find_epoch_at(view, run, track) == 3
    assert find_epoch_at(view, None, None) is None
    assert [find_epoch_at(replace(view, cursor=at), run, track) for at in (0.1, 1.0, 1.1, 3.0)] == [1, 1, 2, 3]
    steps = replace(view, axis=Axis.STEP)
    assert [find_epoch_at(replace(steps, cursor=at), run, track) for at in (1, 9, 11, 15, 29, 99)] == [1, 1, 2, 2, 3, 3]
    times = replace(view, axis=Axis.TIME)
    assert [find_epoch_at(replace(times, cursor=at), run, track) for at in (0, 5, 103, 207)] == [1, 1, 2, 3]
    assert find_epoch_at(replace(steps, cursor=5), run, Track()) == 3
