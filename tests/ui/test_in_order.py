"""What is typed ahead, all at once, does what it would do typed slowly: no key is lost, none goes to somebody else."""

import json
from collections.abc import Callable
from types import ModuleType

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Input

from amn_tui.run.folder import RunFolder
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.screens.chart import ChartScreen
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.log_pane import LogPane

pytestmark = pytest.mark.slow  # each test runs the whole app
NAMES = {
    "/": "slash", "&": "ampersand", "\r": "enter", "\t": "tab", " ": "space", "?": "question_mark", "\x1b": "escape",
}  # fmt: skip


def type_at_once(app: MonitorApp, keys: str) -> None:
    """Give the app keys as a terminal does that sends them in one write."""
    for key in keys:
        app.post_message(Key(NAMES.get(key, key), key if key.isprintable() else None))


async def open_app(ui: ModuleType, pilot: Pilot[None], app: MonitorApp) -> None:
    await ui.open_run(pilot, app)
    assert isinstance(app.screen, MonitorScreen)


def read_asked(folder: RunFolder) -> list[dict[str, object]]:
    return [json.loads(line) for line in folder.control.read_text().splitlines()] if folder.control.exists() else []


Check = Callable[[MonitorApp], object]
SEQUENCES: dict[str, Check] = {
    "/loss\r": lambda app: app.screen.query_one(LogPane).finding.wanted.search.words == "loss",
    "/loss\r/val\r": lambda app: app.screen.query_one(LogPane).finding.wanted.search.words == "val",
    "&done\rk": lambda app: app.screen.query_one(LogPane).finding.wanted.filter.words == "done",
    "/aaq\x1b": lambda app: app.screen.query_one(LogPane).prompt is None and len(app.screen_stack) == 1,
    "e2\r": lambda app: app.screen.query_one(LogPane).place is not None,
    "c\x1bchh": lambda app: isinstance(app.screen, ChartScreen) and app.screen.pane.view.cursor == 4,
    "cg4\r": lambda app: isinstance(app.screen, ChartScreen) and app.screen.pane.view.cursor == 4,
    "cmgradn\rx": lambda app: isinstance(app.screen, ChartScreen) and app.screen.pane.view.metric == "grad_norm",
    "?\x1b?\x1b?": lambda app: isinstance(app.screen, HelpScreen),
    "\t\tjjj": lambda app: app.screen.query_one(GateList).cursor == 3,
    "\t\tj\r\x1bj": lambda app: app.screen.query_one(GateList).cursor == 2 and len(app.screen_stack) == 1,
}  # fmt: skip


@pytest.mark.parametrize("keys", SEQUENCES)
async def test_keys_that_come_at_once_are_for_whom_they_are_meant(ui: ModuleType, folder: RunFolder, keys: str) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 60)) as pilot:
        await open_app(ui, pilot, app)
        type_at_once(app, keys)
        await ui.settle(pilot, lambda: not app._typed and app._settled is not None and SEQUENCES[keys](app))
    assert read_asked(folder) == []  # no letter that was typed was taken for a key
    assert not list(folder.path.glob("*.svg"))


async def test_an_alarm_is_waived_with_all_of_the_reason(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_app(ui, pilot, app)
        type_at_once(app, "wa quick look\r")
        await ui.settle(pilot, lambda: read_asked(folder))
    (asked,) = read_asked(folder)
    assert (asked["event"], asked["reason"]) == ("waive_asked", "a quick look")


async def test_a_question_is_answered_by_the_key_behind_it(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_app(ui, pilot, app)
        type_at_once(app, "anay")
        await ui.settle(pilot, lambda: read_asked(folder))
    assert [asked["event"] for asked in read_asked(folder)] == ["abort_asked"]


async def test_what_is_pasted_behind_a_key_goes_where_that_key_leads(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_app(ui, pilot, app)
        type_at_once(app, "/")
        app.post_message(Paste("val\x1b]0;owned\x07_cos\nine"))
        type_at_once(app, "x")
        await ui.settle(pilot, lambda: app.screen.query(Input) and app.screen.query_one(Input).value.endswith("x"))
        value = app.screen.query_one(Input).value
        assert value.startswith("val")
        assert "\x1b" not in value
        assert "ine" not in value


async def test_enter_before_the_terminal_was_ours_is_enter(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_app(ui, pilot, app)
        type_at_once(app, "/loss")
        app.post_message(Key("ctrl+j", None))
        pane = app.screen.query_one(LogPane)
        await ui.settle(pilot, lambda: pane.prompt is None and pane.finding.wanted.search is not None)


async def test_who_does_not_answer_holds_nothing_back_for_long(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_app(ui, pilot, app)
        monkeypatch.setattr("amn_tui.ui.in_order.PATIENCE_S", 0.01)
        monkeypatch.setattr(app, "_step", lambda *_: None)  # whoever goes by is never seen again
        type_at_once(app, "k?")
        await ui.settle(pilot, lambda: isinstance(app.screen, HelpScreen) and not app._typed)
