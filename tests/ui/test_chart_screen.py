"""The full chart in the app: every key and every mouse action, and the golden screens."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from textual.color import Color
from textual.pilot import Pilot
from textual.widgets import Input

import amn_tui.ui
from amn_tui.run.column import Axis
from amn_tui.run.folder import RunFolder
from amn_tui.run.session import RunReader
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.screens.chart import ChartScreen
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.themes import THEMES
from amn_tui.ui.widgets.chart_pane import ChartPane
from amn_tui.ui.widgets.cosine import Cosine
from amn_tui.ui.widgets.pick_list import PickList
from amn_tui.ui.widgets.screen_keys import ScreenKeys

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = ("healthy", "gate-abort", "collapse", "nan", "noisy", "killed", "original", "blocked")
ROOT = Path(__file__).parents[2]
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
    read = all(path in readers and (readers[path].share == 1 or readers[path].problem) for path in wanted)
    waits = pane.composed is None or any(trace.note == "being read" for trace in pane.composed.figure.traces)
    return bool(pane.lines) and read and not waits


async def test_c_opens_it_and_three_keys_go_back(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        screen = ui.read_screen(app)
        for words in ("val_cosine by epochs", "fixed scale 0 to 0.7", "● val 0.5830", "○ train 0.5870", "◇ ood 0.5530",
                      "mean of context 0.600", "copy last 0.555", "global mean 0.203", "epoch 12 ≥ 0.55",
                      "0.70 ┤", "epochs", "amn-790k-attempt-3  TRAINING  epoch 7/20"):  # fmt: skip
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


@pytest.mark.parametrize("key", ["left", "o", "m", "g"])  # with a dialog open, too
async def test_an_alarm_is_seen_and_answered_here_too(ui: ModuleType, folder: RunFolder, key: str) -> None:
    app, source = ui.make_app(folder, ui.alarmed()[:-1], now=1300)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_chart(ui, pilot, app)
        assert "ALARM" not in ui.read_screen(app)
        await pilot.press(key)
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


def make_runs(ui: ModuleType, root: Path) -> None:
    """Write other runs beside the one that is watched: a good one, a broken one, one in the original's dialect."""
    ui.write_folder(root / "baseline-584k", [*ui.guard(), *ui.epochs([0.548, 0.556, 0.558]), ui.completed()[-1]])
    (root / "broken").mkdir()
    (root / "broken" / "training.log").write_bytes(b"\x00\xff not a log\n" * 20)
    (root / "history").mkdir()
    rows = [{"epoch": 1, "val_cosine": 0.445}, {"epoch": 2, "val_cosine": 0.453, "lr": 1e-4}]
    (root / "history" / "training_history.json").write_text(json.dumps({"history": rows}))
    (root / "no-run").mkdir()


async def test_o_lays_other_runs_over_it(ui: ModuleType, folder: RunFolder) -> None:
    make_runs(ui, folder.path.parent)
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.press("o")
        await ui.settle(pilot, lambda: "COMPLETED" in ui.read_screen(app))
        screen = ui.read_screen(app)
        assert "baseline-584k           0.5580" in screen
        assert "history                 0.4530" in screen
        assert "no-run" not in screen
        await pilot.press(*"base", "enter")
        assert [Path(overlay.path).name for overlay in pane.view.overlays] == ["baseline-584k"]
        await pilot.press(*"hist", "enter", *"brok", "enter", "escape")
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen) and is_read(app))
        await pilot.press("home")
        screen = ui.read_screen(app)
        assert "1 baseline-584k 0.5480   2 history 0.4450" in screen
        assert "3 broken cannot be read" in screen
        assert "broken: no epoch or step in a form that is known" in screen
        await pilot.press("2")
        assert "2 history hidden" in ui.read_screen(app)
        await pilot.press("2", "o", *"hist", "enter", "escape")
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen))
        assert "history" not in ui.read_screen(app)
        assert len(pane.memory.library.readers) == 3  # what is taken away gives its memory back


async def test_a_run_is_laid_over_by_its_path_and_eight_at_most(ui: ModuleType, folder: RunFolder) -> None:
    elsewhere = folder.path.parent / "elsewhere"
    elsewhere.mkdir()
    for number in range(9):
        ui.write_log(elsewhere / f"{number}.log", ui.epochs([0.4 + number / 100]))
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.press("o")
        for number in range(9):
            app.screen.query_one(Input).value = f"{elsewhere}/{number}.log"
            await pilot.press("enter")
        await pilot.press("escape")
        await ui.settle(pilot, lambda: isinstance(app.screen, ChartScreen) and is_read(app))
        assert [overlay.number for overlay in pane.view.overlays] == list(range(1, 9))
        screen = ui.read_screen(app)
        assert "1 elsewhere/0.log 0.4000" in screen
        assert "8 elsewhere/7.log 0.4700" in screen
        assert {str(part.tone) for line in pane.lines for part in line if "run-" in part.tone} == {
            f"run-{number}" for number in range(1, 9)
        }
        for number in range(1, 9):
            await pilot.press(str(number))
        assert "hidden" in ui.read_screen(app)


async def test_a_click_in_the_list_lays_a_run_over(ui: ModuleType, folder: RunFolder) -> None:
    make_runs(ui, folder.path.parent)
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.press("o")
        await ui.settle(pilot, lambda: "0.4530" in ui.read_screen(app))
        await pilot.press("down", "down", "up", "pagedown", "pageup")
        assert app.screen.query_one(PickList).cursor == 0
        await pilot.click(PickList, offset=(5, 1))
        assert len(pane.view.overlays) == 1
        app.screen.query_one(Input).value = "zzzz"
        await ui.settle(pilot)
        assert "no other run in" in ui.read_screen(app)


async def test_m_shows_any_metric_by_part_of_its_name(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 50)) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.press("m")
        screen = ui.read_screen(app)
        for words in ("val_loss", "2.50e-4", "samples_per_s", "by epoch and step"):
            assert words in screen
        await pilot.press(*"gradn", "enter")
        assert "grad_norm by epochs" in ui.read_screen(app)
        await pilot.press("m", *"samp", "enter")
        await ui.settle(pilot, lambda: "samples_per_s (samples/s) by epochs" in ui.read_screen(app))
        assert pane.view.metric == "samples_per_s"
        await pilot.press("m", "escape")
        assert pane.view.metric == "samples_per_s"


async def test_the_title_says_how_many_metrics_are_out_of_sight(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_chart(ui, pilot, app)
        await pilot.press("m")
        await ui.settle(pilot, lambda: f"Metric  +{len(app.screen.all) - 8} more" in ui.read_screen(app))
        await pilot.press(*"gradn")
        await ui.settle(pilot, lambda: "╭─ Metric ──" in ui.read_screen(app))
        await pilot.resize_terminal(120, 50)
        await pilot.press("backspace", "backspace", "backspace", "backspace", "backspace")
        await ui.settle(pilot, lambda: len(app.screen.list.rows) == len(app.screen.all))
        assert "╭─ Metric ──" in ui.read_screen(app)


async def test_x_goes_round_the_axes_and_steps_are_steps(ui: ModuleType, folder: RunFolder) -> None:
    events = [*ui.epochs([0.5]), *(ui.step(2, at, 1000) for at in (100, 200, 300))]
    app, _ = ui.make_app(folder, events)
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        await ui.settle(pilot, lambda: len(pane.composed.axes) == 3)
        await pilot.press("x")
        assert "val_cosine by steps" in ui.read_screen(app)
        await pilot.press("m", *"^cosine", "enter")
        app.screen.query_one(ChartPane).view = replace(pane.view, metric="cosine")
        await pilot.press("home")
        assert "▸ step 1,100" in ui.read_screen(app)
        await pilot.press("x", "end")
        assert "cosine by time" in ui.read_screen(app)
        assert "▸ after" in ui.read_screen(app)
        await pilot.press("x")
        assert pane.view.axis is Axis.EPOCH


async def test_a_log_without_steps_or_stamps_says_so(ui: ModuleType, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("Epoch 1/3: Train Loss: 0.002 | Val Cosine: 0.45\nEpoch 2/3: Train Loss: 0.001 | Val Cosine: 0.46\n")
    app = MonitorApp(ui.FakeSource(ui.epochs([0.45, 0.46])), None, log, by="ada", clock=lambda: ui.BEGAN)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.press("x")
        await ui.settle(pilot, lambda: "nothing but epochs" in ui.read_screen(app))
        assert pane.view.axis is Axis.EPOCH


async def test_e_smooths_and_the_raw_curve_stays(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.press("e", "end")
        screen = ui.read_screen(app)
        assert "smoothed 0.6" in screen
        weights = [0.6**age for age in range(5, -1, -1)]  # the mean of the past, as long as that is
        mean = sum(w * value for w, value in zip(weights, ui.HEALTHY, strict=False)) / sum(weights)
        assert f"● val 0.5830 ({mean:.4f})" in screen
        assert any(trace.faint for trace in pane.composed.figure.traces)
        await pilot.press("e", "e", "e", "e")
        assert "smoothed" not in ui.read_screen(app)


@pytest.mark.parametrize("key", ["g", "colon"])
async def test_g_goes_to_an_epoch_by_its_number(ui: ModuleType, folder: RunFolder, key: str) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_chart(ui, pilot, app)
        await pilot.press(key, "4", "enter")
        assert pane.view.cursor == 4.0
        await pilot.press(key, "enter", "escape")
        assert pane.view.cursor == 4.0


async def test_runs_named_on_the_command_line_lie_over_it(ui: ModuleType, folder: RunFolder) -> None:
    make_runs(ui, folder.path.parent)
    app, _ = ui.make_app(folder, ui.healthy(), glyphs=ASCII)
    app.monitor.chart.compare([folder.path.parent / "baseline-584k", folder.path.parent / "history"])
    async with app.run_test(size=(120, 40)) as pilot:
        await open_chart(ui, pilot, app)
        screen = ui.read_screen(app)
        assert "1 baseline-584k 0.5580   2 history 0.4530" in screen
        assert screen.isascii()


async def test_without_colour_every_curve_still_has_its_mark(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    make_runs(ui, folder.path.parent)
    app, _ = ui.make_app(folder, ui.healthy())
    app.monitor.chart.compare([folder.path.parent / "baseline-584k", folder.path.parent / "history"])
    async with app.run_test(size=(120, 40)) as pilot:
        await open_chart(ui, pilot, app)
        plot = [line[7:] for line in ui.read_screen(app).splitlines()[3:38]]
        for mark in "●○◇12":
            assert mark in "".join(plot)


@pytest.mark.parametrize("sample", SAMPLES)
async def test_the_charts_of_the_sample_runs_look_as_they_did(
    ui: ModuleType, sample: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)  # the paths on the screen are then the same everywhere
    folder = RunFolder(Path("sample_logs") / sample)
    source = ui.FakeSource(RunReader(folder.path).read())
    app = MonitorApp(source, folder, folder.log, by="ada", read_only=True, clock=lambda: ui.BEGAN, glyphs=UNICODE)
    app.monitor.chart.compare([ROOT / "sample_logs" / ("healthy" if sample == "collapse" else "collapse")])
    async with app.run_test(size=(80, 24)) as pilot:
        await open_chart(ui, pilot, app)
        for name, size in {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}.items():
            await pilot.resize_terminal(*size)
            await ui.settle(pilot)
            await ui.settle(pilot)
            path = GOLDEN / f"chart-sample-{sample}-{name}.txt"
            if os.environ.get("AMN_TUI_GOLDEN") == "write":
                path.write_text(ui.read_screen(app), "utf-8")
            assert ui.read_screen(app) == path.read_text("utf-8")


def test_every_overlays_colour_can_be_read_in_every_theme(ui: ModuleType) -> None:
    styles = (Path(amn_tui.ui.__file__).parent / "screens" / "chart.tcss").read_text("utf-8")
    rules = re.findall(r"^(\.-light-mode )?\.tone-(run-\d) \{ color: (#[0-9a-f]{6}); \}", styles, re.MULTILINE)
    assert len(rules) == 16
    for theme in THEMES:
        least = 7.0 if theme.name == "high-contrast" else 4.5
        colours = [Color.parse(colour) for light, _, colour in rules if bool(light) is not theme.dark]
        for ground in (theme.background, theme.surface):
            for colour in colours:
                assert ui.measure_contrast(colour, Color.parse(ground)) >= least, (theme.name, colour.hex)
        assert len({colour.hex for colour in colours}) == 8
