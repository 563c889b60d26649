"""The full chart in the app: every key and every mouse action, and the golden screens."""

import os
from pathlib import Path
from types import ModuleType

import pytest
from textual.pilot import Pilot

from amn_tui.run.folder import RunFolder
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.glyphs import ASCII
from amn_tui.ui.screens.chart import ChartScreen
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.widgets.chart_pane import ChartPane
from amn_tui.ui.widgets.cosine import Cosine
from amn_tui.ui.widgets.screen_keys import ScreenKeys

GOLDEN = Path(__file__).parent / "golden"
pytestmark = pytest.mark.slow  # each test runs the whole app


async def open_chart(ui: ModuleType, pilot: Pilot[None], app: MonitorApp) -> ChartPane:
    await ui.open_run(pilot, app)
    await pilot.press("c")
    await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen) and is_read(app))
    return app.screen.query_one(ChartPane)


def is_read(app: MonitorApp) -> bool:
    """Tell whether everything that is wanted on the chart has been read and drawn."""
    pane = app.screen.query_one(ChartPane)
    readers = pane.memory.library.readers
    wanted = [pane.memory.path, *(overlay.path for overlay in pane.view.overlays)]
    return bool(pane.lines) and all(
        path in readers and (readers[path].share == 1 or readers[path].problem) for path in wanted
    )


async def test_c_opens_it_and_three_keys_go_back(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        screen = ui.read_screen(app)
        for words in ("val_cosine by epochs", "fixed scale 0 to 0.7", "● val 0.5830", "○ train 0.5870", "◇ ood 0.5530",
                      "mean of context 0.600", "copy last 0.555", "global mean 0.203", "epoch 12 ≥ 0.55",
                      "0.70 ┤", "epochs", "amn-790k-attempt-3  TRAINING  epoch 6/20"):  # fmt: skip
            assert words in screen
        await pilot.press("left", "plus")
        kept = pane.view
        for key in ("c", "escape", "q"):
            await pilot.press(key)
            await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen))
            await pilot.press("c")
            await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen))
            assert app.screen.query_one(ChartPane).view == kept
    assert kept.cursor == 5.0
    assert kept.window is not None


async def test_enter_and_a_click_on_the_small_chart_open_it(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        app.screen.query_one(Cosine).focus()
        await pilot.press("enter")
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen))
        await pilot.press("escape")
        await pilot.click(Cosine, offset=(20, 5))
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen))


async def test_the_cursor_tells_every_value_of_its_epoch(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        for keys, place, value in (
            (["left"], 5, "0.5808"),
            (["h", "h"], 3, "0.5716"),
            (["l"], 4, "0.5757"),
            (["right"], 5, "0.5808"),
            (["home"], 1, "0.5227"),
            (["end"], 6, "0.5830"),
        ):
            await pilot.press(*keys)
            assert pane.view.cursor == place
            assert f"▸ epoch {place}   ● val {value}" in ui.read_screen(app)
        await pilot.press("home")
        assert "bad init ≥ 0.45" in ui.read_screen(app)
        await pilot.press("0")
        assert pane.view.cursor is None
        assert "newest" in ui.read_screen(app)


async def test_zoom_and_pan(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.completed(), now=30_000)
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.press("plus", "equals_sign")
        left, right = pane.view.look(pane.composed.extent)
        assert right - left == pytest.approx(19 / 2.25)
        assert "zoomed to 6.28" in ui.read_screen(app)
        await pilot.press("shift+left")
        assert pane.view.look(pane.composed.extent)[0] < left
        await pilot.press("shift+right", "shift+right")
        assert pane.view.look(pane.composed.extent)[0] > left
        await pilot.press("H", "minus")
        assert pane.view.look(pane.composed.extent)[1] - pane.view.look(pane.composed.extent)[0] > right - left
        await pilot.press("0")
        assert pane.view.window is None


async def test_scales(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.press("y")
        assert "fitted scale 0.488 to 0.592" in ui.read_screen(app)
        await pilot.press("y", "L")
        assert "log scale 0.1 to 1" in ui.read_screen(app)
        await pilot.press("L")
        assert pane.view.logarithmic is False
        app.exit()


async def test_a_logarithm_that_there_is_none_of_is_said(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.epochs([-0.1, 0.2]))
    async with app.run_test(size=(120, 40)) as pilot:
        await open_chart(ui, pilot, app)
        await pilot.press("L")
        assert "no logarithmic scale: val_cosine is not above 0 everywhere" in ui.read_screen(app)


async def test_the_mouse_inspects_sets_zooms_and_pans(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.completed(), now=30_000)
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.hover(ChartPane, offset=(8, 20))
        assert pane.hover == 1.0
        assert "▸ epoch 1 " in ui.read_screen(app)
        assert pane.view.cursor is None
        await pilot.hover(ChartPane, offset=(8, 1))
        assert pane.hover is None
        await pilot.click(ChartPane, offset=(117, 20))
        assert pane.view.cursor == 20.0
        await pilot._post_mouse_events([_wheel_up()], ChartPane, (117, 20))
        left, right = pane.view.look(pane.composed.extent)
        assert (left > 1, right) == (True, 20)
        await pilot._post_mouse_events([_wheel_up()], ChartPane, (60, 20), shift=True)
        assert pane.view.look(pane.composed.extent)[0] < left
        await pilot._post_mouse_events([_wheel_down()], ChartPane, (60, 20))
        assert pane.view.window is None
        await pilot.click(ScreenKeys, offset=(2, 0))
        await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen))


def _wheel_up() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp


def _wheel_down() -> type:
    from textual.events import MouseScrollDown

    return MouseScrollDown


async def test_help_lists_the_charts_keys(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 60)) as pilot:
        await open_chart(ui, pilot, app)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        screen = ui.read_screen(app)
        for binding in ChartScreen.BINDINGS:
            assert binding.tooltip[:40] in screen
        await pilot.press("escape")
        assert isinstance(app.screen, ChartScreen)


async def test_an_alarm_is_seen_and_answered_here_too(ui: ModuleType, folder: RunFolder) -> None:
    app, source = ui.make_app(folder, ui.alarmed()[:-1], now=1300)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_chart(ui, pilot, app)
        assert "ALARM" not in ui.read_screen(app)
        source.tell(ui.raise_alarm())
        await ui.settle(pilot, lambda: "ALARM" in ui.read_screen(app))
        assert "stops in 0:42" in ui.read_screen(app)
        await pilot.press("a")
        await ui.settle(pilot, folder.control.exists)


async def test_new_epochs_come_while_one_looks_and_nothing_else_is_painted(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, source = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        drawn: list[int] = []
        monkeypatch.setattr(ChartPane, "_draw", lambda *_: drawn.append(1) or pane.lines)
        source.tell(ui.step(7, 7000), ui.system())
        app.tick()
        await ui.settle(pilot, lambda: app.shown == app.reading.feed.run)
        assert drawn == []
        monkeypatch.undo()
        source.tell(ui.epoch(7, 0.5848))
        await ui.settle(pilot, lambda: "● val 0.5848" in ui.read_screen(app))


@pytest.mark.parametrize("story", ["checking", "blocked", "diverged"])
async def test_every_size_and_story_is_drawn(ui: ModuleType, folder: RunFolder, story: str) -> None:
    app, _ = ui.make_app(folder, getattr(ui, story)(), glyphs=ASCII)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("c")
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen))
        for size in ((1, 1), (20, 5), (39, 30), (80, 9), (80, 24), (400, 100), (80, 24)):
            await pilot.resize_terminal(*size)
            await ui.settle(pilot)
            await pilot.press("left", "plus", "y", "L", "left", "minus", "y", "L", "0")
            screen = ui.read_screen(app)
            assert screen.isascii()
            assert len(screen.splitlines()) <= size[1]
        assert ("x" in screen.split("nan")[-1]) or story != "diverged"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("story", ["healthy", "diverged"])
async def test_the_chart_is_the_golden_one(
    ui: ModuleType, folder: RunFolder, story: str, size: tuple[int, int]
) -> None:
    app, _ = ui.make_app(folder, getattr(ui, story)(), now=7800)
    async with app.run_test(size=size) as pilot:
        await open_chart(ui, pilot, app)
        await pilot.press("home")
        await ui.settle(pilot)
        screen = ui.read_screen(app)
    path = GOLDEN / f"chart-{story}-{size[0]}x{size[1]}.txt"
    if os.environ.get("AMN_TUI_GOLDEN") == "write":
        path.write_text(screen, "utf-8")
    assert screen == path.read_text("utf-8")
