"""Whatever a key does the mouse does where it is seen: panes, rows, key lines, dialogs, lists, the chart, the wheel."""

import json
from types import ModuleType

import pytest
from textual.command import CommandList, CommandPalette
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from amn_tui.run.folder import RunFolder
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.screens.chart import ChartScreen
from amn_tui.ui.screens.confirm import ConfirmScreen
from amn_tui.ui.screens.detail import DetailScreen
from amn_tui.ui.screens.diagnosis import DiagnosisScreen
from amn_tui.ui.screens.dialog import Dialog, DialogKeys
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.screens.hurry import HurryScreen
from amn_tui.ui.screens.leave import LeaveScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.screens.pick_metric import PickMetricScreen
from amn_tui.ui.screens.waive import WaiveScreen
from amn_tui.ui.widgets.banner import Banner
from amn_tui.ui.widgets.chart_pane import ChartPane
from amn_tui.ui.widgets.checklist import Checklist
from amn_tui.ui.widgets.cosine import Cosine
from amn_tui.ui.widgets.finding_list import FindingList
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.key_line import KeyLine
from amn_tui.ui.widgets.log_pane import LogPane
from amn_tui.ui.widgets.log_view import LogView
from amn_tui.ui.widgets.pick_list import PickList
from amn_tui.ui.widgets.screen_keys import ScreenKeys

pytestmark = pytest.mark.slow  # each test runs the whole app


async def wheel(pilot: Pilot[None], widget: type[Widget] | str, *, down: bool, times: int = 1) -> None:
    """Turn the wheel over a widget."""
    for _ in range(times):
        await pilot._post_mouse_events([MouseScrollDown if down else MouseScrollUp], widget, (8, 3))


async def click_words(ui: ModuleType, pilot: Pilot[None], app: MonitorApp, words: str) -> None:
    """Click where these words are on the screen."""
    rows = ui.read_screen(app).splitlines()
    (row,) = [number for number, line in enumerate(rows) if words in line]
    await pilot.click(offset=(rows[row].index(words), row))


async def click_beside(pilot: Pilot[None]) -> None:
    """Click where no dialog reaches."""
    await pilot.click(offset=(0, 1))


def read_asked(folder: RunFolder) -> list[str]:
    lines = folder.control.read_text().splitlines() if folder.control.exists() else []
    return [json.loads(line)["event"] for line in lines]


async def test_a_click_gives_a_pane_the_focus(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 50)) as pilot:
        await ui.open_run(pilot, app)
        for pane in (Checklist, GateList, LogView):
            widget = app.screen.query_one(pane)
            await pilot.mouse_down(widget, offset=(3, widget.size.height - 1))
            assert app.focused is widget
        await pilot.mouse_down(Cosine, offset=(9, 4))
        assert app.focused is app.screen.query_one(Cosine)


@pytest.mark.parametrize(
    ("pane", "row", "title"), [(Checklist, 3, "─ Eval normalization ─"), (GateList, 3, "─ gate epoch 3 ─")]
)
async def test_a_click_on_a_row_opens_its_page(
    ui: ModuleType, folder: RunFolder, pane: type[Widget], row: int, title: str
) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 50)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.click(pane, offset=(6, row))
        await ui.settle(pilot, lambda: isinstance(app.screen, DetailScreen) and title in ui.read_screen(app))
        app.screen.query_one("#dialog").scroll_end(animate=False)
        await ui.settle(pilot)
        await pilot.click(DialogKeys, offset=(2, 1))
        await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen))


async def test_a_click_on_every_key_of_the_key_line_presses_it(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        view = app.screen.query_one(LogView)
        keys = [key for key, _ in app.screen.query_one(KeyLine).datum]
        assert keys == ["a", "q", "question_mark", "c", "d", "f", "tab", "z"]
        for words, screen in (("a abort", ConfirmScreen), ("? help", HelpScreen), ("c chart", ChartScreen),
                              ("d why", DiagnosisScreen)):  # fmt: skip
            await click_words(ui, pilot, app, words)
            await ui.settle(pilot, lambda screen=screen: isinstance(app.screen, screen))
            await pilot.press("escape")
        await click_words(ui, pilot, app, "f follow")
        assert not view.follow
        await click_words(ui, pilot, app, "tab panes")
        assert isinstance(app.focused, Checklist)
        await click_words(ui, pilot, app, "z zoom")
        assert app.screen.maximized is app.screen.query_one(Checklist)
        await pilot.press("z")
        await click_words(ui, pilot, app, "q leave")
    assert app.return_code == 0


async def test_a_click_on_the_keys_of_chart_and_diagnosis_presses_them(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("c")
        assert isinstance(app.screen, ChartScreen)
        pane = app.screen.pane
        for words, changed in (
            ("h l cursor", lambda: pane.view.cursor == 5), ("+ - zoom", lambda: pane.view.window is not None),
            ("e smooth", lambda: pane.view.smoothing == 1), ("y fit", lambda: pane.view.fitted),
            ("L log", lambda: pane.view.logarithmic), ("0 whole", lambda: pane.view.window is None),
            ("m metric", lambda: isinstance(app.screen, PickMetricScreen)),
        ):  # fmt: skip
            await click_words(ui, pilot, app, words)
            await ui.settle(pilot, changed)
        await pilot.press("escape")
        await click_words(ui, pilot, app, "esc back")
        await pilot.press("d")
        await ui.settle(pilot, lambda: isinstance(app.screen, DiagnosisScreen) and app.screen.diagnosis is not None)
        await click_words(ui, pilot, app, "y copy command")
        assert "amn-tui" in app.clipboard
        await pilot.resize_terminal(50, 24)  # where not all have room, those that are seen are pressed
        await ui.settle(pilot)
        await pilot.click(ScreenKeys, offset=(2, 0))
        assert isinstance(app.screen, MonitorScreen)


async def test_a_click_in_the_edges_of_the_log(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.completed(), now=30_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        pane = app.screen.query_one(LogPane)
        app.screen.set_focus(app.screen.query_one(GateList))
        for words, sign in (("/ search", "/"), ("& filter", "&"), ("e epoch", "epoch")):
            await click_words(ui, pilot, app, words + "  ")
            await ui.settle(pilot, lambda: isinstance(app.focused, Input))
            assert pane.prompt is not None
            assert pane.prompt.asked == sign
            await pilot.press("escape")
        await click_words(ui, pilot, app, "v level")
        await ui.settle(pilot, lambda: "warnings and errors" in ui.read_screen(app))
        await pilot.press("escape", "home")
        await ui.settle(pilot, lambda: "paused" in ui.read_screen(app))
        await click_words(ui, pilot, app, "G or f follows")
        assert pane.view.follow


async def test_a_click_on_what_an_alarm_offers(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed(), now=1300)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.click(Banner, offset=(2, 0))  # on other words nothing happens
        assert isinstance(app.screen, MonitorScreen)
        await click_words(ui, pilot, app, "d diagnose")
        await ui.settle(pilot, lambda: isinstance(app.screen, DiagnosisScreen))
        await click_words(ui, pilot, app, "w waive, with")  # from here, too
        await ui.settle(pilot, lambda: isinstance(app.screen, WaiveScreen))
        await pilot.press("escape", "escape")
        await click_words(ui, pilot, app, "a stop now")
        await ui.settle(pilot, lambda: read_asked(folder))
    assert read_asked(folder) == ["abort_asked"]


async def test_who_only_looks_clicks_in_vain(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed(), now=1300, read_only=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        for x in range(2, 110, 9):
            await pilot.click(Banner, offset=(x, 2))
            assert isinstance(app.screen, MonitorScreen)
    assert read_asked(folder) == []


ANSWERS = [
    ("healthy", "a", "y stop the run", "abort_asked"), ("healthy", "a", "n let it go on", ""),
    ("stopping", "a", "y next step now", "hurry_asked"), ("stopping", "a", "n wait", ""),
    ("healthy", "ctrl+c", "d detach", ""), ("healthy", "ctrl+c", "c cancel", ""),
    ("alarmed", "ctrl+c", "a abort: stop", "abort_asked"),
    ("alarmed", "w", "esc go back", ""), ("alarmed", "w", "enter waive", "waive_asked"),
]  # fmt: skip


@pytest.mark.parametrize(("story", "key", "words", "asked"), ANSWERS)
async def test_a_click_answers_a_question(
    ui: ModuleType, folder: RunFolder, story: str, key: str, words: str, asked: str
) -> None:
    app, _ = ui.make_app(folder, getattr(ui, story)(), now=1300)
    async with app.run_test(size=(100, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press(key)
        await ui.settle(pilot, lambda: isinstance(app.screen, Dialog))
        if key == "w":
            await pilot.click("#dialog", offset=(4, 2))  # on the text: one goes on typing
            await pilot.press("o", "k")
        await click_words(ui, pilot, app, words)
        await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen) and (not asked or read_asked(folder)))
    assert read_asked(folder) == ([asked] if asked else [])


@pytest.mark.parametrize(
    ("story", "keys", "screen"),
    [("healthy", ["a"], ConfirmScreen), ("stopping", ["a"], HurryScreen), ("healthy", ["ctrl+c"], LeaveScreen),
     ("alarmed", ["w"], WaiveScreen), ("healthy", ["question_mark"], HelpScreen), ("healthy", ["c", "m"], Dialog),
     ("healthy", ["c", "g"], Dialog), ("healthy", ["c", "o"], Dialog), ("healthy", ["tab", "enter"], DetailScreen),
     ("healthy", ["colon"], CommandPalette)],
)  # fmt: skip
async def test_a_click_beside_a_dialog_takes_it_away_and_changes_nothing(
    ui: ModuleType, folder: RunFolder, story: str, keys: list[str], screen: type
) -> None:
    app, _ = ui.make_app(folder, getattr(ui, story)(), now=1300)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press(*keys)
        await ui.settle(pilot, lambda: isinstance(app.screen, screen))
        if issubclass(screen, Dialog):
            await pilot.click("#dialog", offset=(2, 1))
            assert isinstance(app.screen, screen)
        await click_beside(pilot)
        await ui.settle(pilot, lambda: not isinstance(app.screen, screen))
    assert read_asked(folder) == []
    assert app.return_code in (None, 0)


async def test_the_wheel_scrolls_log_lists_and_pages(ui: ModuleType, folder: RunFolder) -> None:
    folder.log.write_text("".join(f"line {number}\n" for number in range(100)))
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        view, gates = app.screen.query_one(LogView), app.screen.query_one(GateList)
        await wheel(pilot, LogView, down=False)
        await ui.settle(pilot, lambda: not view.follow and "line 99" not in ui.read_screen(app))
        await wheel(pilot, LogView, down=True, times=3)
        await ui.settle(pilot, lambda: view.follow)
        await wheel(pilot, GateList, down=True)
        await ui.settle(pilot, lambda: gates.scroll_offset.y > 0)
        await wheel(pilot, GateList, down=False, times=3)
        await ui.settle(pilot, lambda: gates.scroll_offset.y == 0)
        await pilot.press("question_mark")
        box = app.screen.query_one("#dialog")
        await wheel(pilot, "#dialog", down=True)
        await ui.settle(pilot, lambda: box.scroll_offset.y > 0)
        await wheel(pilot, "#dialog", down=False, times=3)
        await ui.settle(pilot, lambda: box.scroll_offset.y == 0)
        assert isinstance(app.screen, HelpScreen)


async def test_the_keys_in_the_edge_of_a_page_are_clicked(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("question_mark")
        await ui.settle(pilot, lambda: "esc close   j k scroll" in ui.read_screen(app))
        await click_words(ui, pilot, app, "j k scroll")
        assert app.screen.query_one("#dialog").scroll_offset.y == 1
        await click_words(ui, pilot, app, "esc close")
        assert isinstance(app.screen, MonitorScreen)


async def test_findings_are_scrolled_and_clicked(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.aborted(), now=1300)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("d")
        await ui.settle(pilot, lambda: isinstance(app.screen, DiagnosisScreen) and app.screen.diagnosis is not None)
        findings = app.screen.query_one(FindingList)
        await pilot.click(FindingList, offset=(9, 2))
        assert findings.chosen is not None
        assert app.clipboard == findings.chosen.command
        await wheel(pilot, FindingList, down=True, times=2)
        await ui.settle(pilot, lambda: findings.scroll_offset.y > 0)


async def test_lists_to_pick_from_are_scrolled_and_clicked_while_one_types(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 30)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("c", "m")
        assert isinstance(app.screen, PickMetricScreen)
        rows = app.screen.list
        await wheel(pilot, PickList, down=True)
        assert rows.cursor == 3
        await wheel(pilot, PickList, down=False, times=2)
        assert rows.cursor == 0
        await pilot.click(DialogKeys, offset=(60, 1))  # beside the keys: nothing, and one goes on typing
        await pilot.press(*"loss")
        assert app.screen.typed == "loss"
        name = rows.rows[1].key
        await pilot.click(PickList, offset=(5, 1))
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen))
        assert app.screen.query_one(ChartPane).view.metric == name


async def test_commands_of_the_palette_are_clicked(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("colon")
        await ui.settle(pilot, lambda: isinstance(app.screen, CommandPalette) and app.screen.query(CommandList))
        await pilot.press(*"chart")
        await ui.settle(pilot, lambda: "help  (?)" not in ui.read_screen(app) and "chart  (c)" in ui.read_screen(app))
        await click_words(ui, pilot, app, "chart  (c)")
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen))


async def test_the_mouse_on_the_chart(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.completed(), now=30_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.click(Cosine, offset=(20, 5))
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen) and bool(app.screen.pane.lines))
        pane = app.screen.query_one(ChartPane)
        await pilot.click(ChartPane, offset=(60, 20))
        assert pane.view.cursor is not None
        kept = pane.view.cursor
        await pilot.click(ChartPane, offset=(3, 20))  # beside the plot there is no place
        assert pane.view.cursor == kept
        await wheel(pilot, ChartPane, down=False)
        assert pane.view.window is None or pane.view.window != (1, 20)


async def test_a_chart_that_is_zoomed_goes_with_the_mouse_that_holds_it(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.completed(), now=30_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("c")
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen) and bool(app.screen.pane.lines))
        pane = app.screen.query_one(ChartPane)

        async def drag(first: int, last: int) -> None:
            await pilot.mouse_down(ChartPane, offset=(first, 20))
            await pilot.hover(ChartPane, offset=(last, 20))
            await pilot.mouse_up(ChartPane, offset=(last, 20))

        await drag(80, 40)
        assert pane.view.window is None  # all of it is in sight: there is nowhere to go
        await pilot.hover(ChartPane, offset=(60, 20))
        for _ in range(3):
            await wheel(pilot, ChartPane, down=False)
        left, right = pane.view.window
        cursor = pane.view.cursor
        await drag(60, 40)
        moved_left, moved_right = pane.view.window
        assert moved_left > left
        assert moved_right - moved_left == pytest.approx(right - left)
        assert pane.view.cursor == cursor  # to move the chart is not to click on it
        await drag(40, 60)
        assert pane.view.window == pytest.approx((left, right))
        await pilot.hover(ChartPane, offset=(50, 20))
        assert pane.view.window == pytest.approx((left, right))  # what was let go of stays
        assert pane.hover is not None
        await pilot.click(ChartPane, offset=(50, 20))
        assert pane.view.cursor != cursor
