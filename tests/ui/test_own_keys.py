"""A person's own keys in the log, the chart, the diagnosis, pages and lists: heard there, and shown there."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from amn_tui.run.folder import RunFolder
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.keymap import check_keys
from amn_tui.ui.places import list_places
from amn_tui.ui.screens.chart import ChartScreen
from amn_tui.ui.screens.detail import DetailScreen
from amn_tui.ui.screens.diagnosis import DiagnosisScreen
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.screens.pick_metric import PickMetricScreen
from amn_tui.ui.settings import Settings
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.log_pane import LogPane

pytestmark = pytest.mark.slow  # each test runs the whole app


def make_app(ui: ModuleType, folder: RunFolder, keys: Mapping[str, tuple[str, ...]], story: str) -> MonitorApp:
    check_keys(keys, list_places(MonitorApp.BINDINGS), Path("config.toml"))
    events = getattr(ui, story)()
    ui.write_log(folder.log, events)
    return MonitorApp(
        ui.FakeSource(events), folder, folder.log, by="ada", clock=lambda: ui.BEGAN + 1300, settings=Settings(keys=keys)
    )


async def press_until(ui: ModuleType, pilot: Pilot[None], app: MonitorApp, key: str, screen: type) -> None:
    await pilot.press(key)
    await ui.settle(pilot, lambda: isinstance(app.screen, screen))


async def test_in_the_log(ui: ModuleType, folder: RunFolder) -> None:
    keys = {"log-search": (",",), "log-filter": ("ctrl+f",), "log-up": ("u",), "log-last": ("E",), "follow": ("o",),
            "log-level": ("V",), "log-clear": ("x",)}  # fmt: skip
    app = make_app(ui, folder, keys, "completed")
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        pane = app.screen.query_one(LogPane)
        assert ", search  ctrl+f filter  V level  e epoch" in ui.read_screen(app)
        await pilot.press("slash", "up")
        assert pane.prompt is None
        assert pane.view.follow
        await pilot.press("u")
        await ui.settle(pilot, lambda: "paused: E or o follows" in ui.read_screen(app))
        await pilot.press("E")
        assert pane.view.follow
        await pilot.press("n")
        await ui.settle(pilot, lambda: "nothing was searched for yet: , does" in ui.read_screen(app))
        await pilot.press(",", *"done", "enter")
        await ui.settle(pilot, lambda: "/ done" in ui.read_screen(app))
        await pilot.press("x", "ctrl+f", *"nowhere", "enter")
        await ui.settle(pilot, lambda: "ctrl+f changes the filter, V the level, x takes" in ui.read_screen(app))


async def test_on_the_chart(ui: ModuleType, folder: RunFolder) -> None:
    keys = {"chart-axis": ("A",), "chart-left": ("b",), "chart-close": ("u",), "zoom-in": ("i",), "help": ("f1",)}
    app = make_app(ui, folder, keys, "healthy")
    async with app.run_test(size=(120, 60)) as pilot:
        await ui.open_run(pilot, app)
        await press_until(ui, pilot, app, "c", ChartScreen)
        await ui.settle(pilot, lambda: "u back  b l cursor  i - zoom" in ui.read_screen(app))
        assert isinstance(app.screen, ChartScreen)
        pane = app.screen.pane
        await pilot.press("left", "h", "x", "escape", "plus", "question_mark")
        assert isinstance(app.screen, ChartScreen)
        assert pane.view.cursor is None
        await pilot.press("b", "i")
        assert pane.view.cursor == 5
        assert pane.view.window is not None
        await press_until(ui, pilot, app, "f1", HelpScreen)
        assert " A by epochs, by steps" in " ".join(ui.read_screen(app).split())
        await pilot.press("f1")
        assert isinstance(app.screen, ChartScreen)
        await press_until(ui, pilot, app, "u", MonitorScreen)


async def test_on_the_diagnosis(ui: ModuleType, folder: RunFolder) -> None:
    keys = {"diagnosis-close": ("u",), "actions-start": ("b",), "row-down": ("n",), "diagnosis-copy": ("Y",)}
    app = make_app(ui, folder, keys, "healthy")
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await press_until(ui, pilot, app, "d", DiagnosisScreen)
        await ui.settle(pilot, lambda: "b starts them" in ui.read_screen(app))
        assert "u back  Y copy command  b start actions  x give up" in ui.read_screen(app)
        await pilot.press("Y")
        assert "amn-tui" in app.clipboard
        await press_until(ui, pilot, app, "u", MonitorScreen)


async def test_in_lists_pages_and_lists_to_pick_from(ui: ModuleType, folder: RunFolder) -> None:
    keys = {"row-down": ("n",), "explain": ("i",), "page-close": ("u",), "page-line-down": ("n",),
            "gate-in-log": ("L",), "chart-metric": ("M",), "pick-down": ("f2",), "pick-leave": ("f3",)}  # fmt: skip
    app = make_app(ui, folder, keys, "healthy")
    async with app.run_test(size=(120, 24)) as pilot:
        await ui.open_run(pilot, app)
        gates = app.screen.query_one(GateList)
        app.screen.set_focus(gates)
        await pilot.press("j", "n")
        assert gates.cursor == 1
        await press_until(ui, pilot, app, "i", DetailScreen)
        await ui.settle(pilot, lambda: "u close" in ui.read_screen(app))
        assert "u close   L in log   n k scroll" in ui.read_screen(app)
        await pilot.press("escape", "q")
        assert isinstance(app.screen, DetailScreen)
        await press_until(ui, pilot, app, "u", MonitorScreen)
        await press_until(ui, pilot, app, "c", ChartScreen)
        await press_until(ui, pilot, app, "M", PickMetricScreen)
        await pilot.press("f2", "down")
        assert isinstance(app.screen, PickMetricScreen)
        assert app.screen.list.cursor == 1
        assert "f3 go back" in ui.read_screen(app)
        await press_until(ui, pilot, app, "f3", ChartScreen)


async def test_the_alarm_says_them(ui: ModuleType, folder: RunFolder) -> None:
    app = make_app(ui, folder, {"abort": ("X",), "waive": ("W",), "log-wrap": ("w",), "diagnose": ("D",)}, "alarmed")
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        assert "X stop now  ·  W waive, with a reason  ·  D diagnose" in ui.read_screen(app)
        await pilot.press("W")
        await ui.settle(pilot, lambda: isinstance(app.focused, Input))


@pytest.mark.parametrize("key", ["z", "d", "f", "s", "t"])
async def test_a_key_of_the_monitor_does_no_harm_on_the_chart(
    ui: ModuleType, folder: RunFolder, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_PICTURES_DIR", str(tmp_path))  # where `s` leaves what it saves
    app = make_app(ui, folder, {}, "healthy")
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await press_until(ui, pilot, app, "c", ChartScreen)
        await pilot.press(key)
        assert isinstance(app.screen, ChartScreen)
        assert app.screen.pane.view.window is None
