"""Every size: no crash from 1 x 1 to 1000 x 400, one line below 40 x 10, and what small screens still say."""

from types import ModuleType

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import SystemSampled
from amn_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from amn_tui.ui.widgets.checklist import Checklist
from amn_tui.ui.widgets.cosine import Cosine
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.log_pane import LogPane
from amn_tui.ui.widgets.log_view import LogView
from amn_tui.ui.widgets.row_list import RowList

pytestmark = pytest.mark.slow  # each test runs the whole app

SIZES = [
    (1, 1),
    (2, 40),
    (20, 5),
    (39, 30),
    (80, 9),
    (40, 10),
    (60, 20),
    (72, 18),
    (80, 24),
    (100, 31),
    (120, 40),
    (1000, 400),
]


@pytest.mark.parametrize("story", ["alarmed", "diverged"])
async def test_a_storm_of_sizes(ui: ModuleType, folder: RunFolder, story: str) -> None:
    app, _ = ui.make_app(folder, getattr(ui, story)())
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        for width, height in (*SIZES, *reversed(SIZES)):
            await pilot.resize_terminal(width, height)
            await ui.settle(pilot)
            lines = ui.read_screen(app).splitlines()
            assert len(lines) <= height
            assert all(len(line) <= width for line in lines)
        await pilot.press("q")
    assert app.return_code == 0


@pytest.mark.parametrize("size", [(39, 30), (100, 9), (20, 5)])
async def test_below_40_by_10_there_is_one_line(ui: ModuleType, folder: RunFolder, size: tuple[int, int]) -> None:
    app, _ = ui.make_app(folder, ui.alarmed(), now=1300)
    async with app.run_test(size=size) as pilot:
        await ui.open_run(pilot, app)
        (line,) = ui.read_screen(app).split()[:1]
        assert line == "ALARM"
        assert len(ui.read_screen(app).strip().splitlines()) == 1
        await pilot.press("a")
        await ui.settle(pilot, folder.control.exists)


async def test_at_80_by_24_everything_that_decides_is_there(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed(), now=1300)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
        for words in (
            "guarded",
            "✗ epoch 1",
            "ALARM",
            "stops in 0:42",
            "w waive",
            "✗ FAIL",
            "5 of 5 checks",
            "0.70 ┤",
            "no line for",  # what is left is a guess while nothing comes, and gives way
        ):
            assert words in screen
        assert app.screen.query_one(Cosine).content_size.height >= 6
        assert app.screen.query_one(LogPane).size.height >= 4
        assert app.screen.query_one(GateList).size.height >= 5


@pytest.mark.parametrize("size", [(80, 24), (100, 31), (120, 40), (160, 44)])
async def test_nothing_touches_a_scrollbar(ui: ModuleType, folder: RunFolder, size: tuple[int, int]) -> None:
    folder.log.write_text("".join(f"{number} {'x' * 300}\n" for number in range(90)))
    app, _ = ui.make_app(folder, ui.alarmed(), now=1300)
    async with app.run_test(size=size) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("home")
        await ui.settle(pilot, lambda: "0 xxx" in ui.read_screen(app))
        strips = [strip.text for strip in app.screen._compositor.render_strips(app.size)]
        scroll = [*app.screen.query(RowList), *app.screen.query(LogView)]
        shown = [shows.vertical_scrollbar for shows in scroll if shows.show_vertical_scrollbar]
        bars = [bar.region for bar in shown if app.screen.get_widget_at(*bar.region.offset)[0] is bar]
        assert len(bars) == (1 if size == (160, 44) else 2)  # of the log, and where they do not fit of the gates
        for bar in bars:
            assert {strips[row][bar.x - 1] for row in range(bar.y, bar.bottom)} == {" "}


async def test_a_list_takes_the_rows_that_it_has_at_the_size_there_is(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.blocked(), now=10)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        checks = app.screen.query_one(Checklist)
        for size in ((120, 40), (200, 60), (160, 48), (120, 40)):
            await pilot.resize_terminal(*size)
            await ui.settle(pilot, lambda: checks.size.height == len(checks.rows))
            assert not checks.show_vertical_scrollbar


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
async def test_a_title_has_blanks_around_it_in_a_box_and_in_a_rule(
    ui: ModuleType, folder: RunFolder, glyphs: Glyphs
) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800, glyphs=glyphs)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        for size in ((120, 40), (80, 24), (100, 16), (200, 60), (80, 24)):
            await pilot.resize_terminal(*size)
            await ui.settle(pilot)
            await ui.settle(pilot)
            before = ("╭─" if size[1] >= 32 else "─") if glyphs is UNICODE else "-"
            screen = ui.read_screen(app)
            titles = ["gates  ", "log ", "cosine by epoch  "]
            titles += ["loss ", "speed and system "] if size[1] >= 32 else []
            assert [title for title in titles if f"{before} {title}" not in screen] == []


@pytest.mark.parametrize("size", [(120, 40), (80, 40), (140, 50)])
async def test_boxes_beside_each_other_end_in_one_row(ui: ModuleType, folder: RunFolder, size: tuple[int, int]) -> None:
    app, _ = ui.make_app(folder, [event for event in ui.healthy() if not isinstance(event, SystemSampled)], now=7800)
    async with app.run_test(size=size) as pilot:
        await ui.open_run(pilot, app)
        learning, machine = (app.screen.query_one(name).region for name in ("#learning", "#machine"))
        assert (learning.y, learning.bottom) == (machine.y, machine.bottom)


async def test_ascii_terminals_get_ascii(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed(), glyphs=ASCII)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        assert {character for character in ui.read_screen(app) if not character.isascii()} == set()
        await pilot.press("tab", "tab", "enter")
        await ui.settle(pilot)


@pytest.mark.parametrize("story", ["healthy", "alarmed"])
async def test_without_colour_the_words_and_glyphs_remain(
    ui: ModuleType, folder: RunFolder, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app, _ = ui.make_app(folder, getattr(ui, story)(), now=1300)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        assert app.no_color
        screen = ui.read_screen(app)
        gates = app.screen.query_one(GateList)
        gates.scroll_end(animate=False)
        await ui.settle(pilot)
        screen += ui.read_screen(app)  # the gates that an alarm leaves no room for, too
        assert "✓ PASS" in screen
        assert "! WARN" in screen
        assert ("✗ FAIL" in screen) == (story == "alarmed")
        for line in app.export_screenshot().split("fill: #")[1:]:
            red, green, blue = line[:2], line[2:4], line[4:6]
            grey = max(int(c, 16) for c in (red, green, blue)) - min(int(c, 16) for c in (red, green, blue))
            assert grey < 12 or line[:6] == "292929"
