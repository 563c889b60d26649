"""Keys of the log: what is searched for is marked, counted and gone to, forwards and backwards, while the log grows."""

from types import ModuleType

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from amn_tui.run.folder import RunFolder
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.widgets.log_pane import LogPane

pytestmark = pytest.mark.slow  # each drives the whole app


def fill(folder: RunFolder, count: int = 200) -> None:
    folder.log.write_text("".join(f"line {n} {'Odd' if n % 2 else 'even'}\n" for n in range(count)))


async def search(ui: ModuleType, pilot: Pilot[None], app: MonitorApp, words: str, key: str = "slash") -> LogPane:
    """Type what to search for; what was typed has then arrived."""
    pane = app.screen.query_one(LogPane)
    await pilot.press(key)
    await ui.settle(pilot, lambda: isinstance(app.focused, Input))
    await pilot.press(*("space" if letter == " " else letter for letter in words))
    await ui.settle(pilot, lambda: pane.query_one(Input).value == words)
    return pane


async def test_what_is_searched_for_is_found_both_ways(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        pane = await search(ui, pilot, app, "line 5")
        await ui.settle(pilot, lambda: " 11" in ui.read_screen(app))  # 5 and 50 to 59
        await pilot.press("enter")
        await ui.settle(pilot, lambda: "/ line 5 11 of 11" in ui.read_screen(app))
        assert "line 59 Odd" in ui.read_screen(app)
        assert not pane.view.follow
        assert pane.prompt is None
        assert app.focused is pane.view
        await pilot.press("N")
        await ui.settle(pilot, lambda: "/ line 5 10 of 11" in ui.read_screen(app))
        await pilot.press("n", "n")
        await ui.settle(pilot, lambda: "1 of 11   went on from the top" in ui.read_screen(app))
        assert "line 5 Odd" in ui.read_screen(app)
        await pilot.press("N")
        await ui.settle(pilot, lambda: "11 of 11   went on from the end" in ui.read_screen(app))
        await pilot.press("escape")
        await ui.settle(pilot, lambda: "of 11" not in ui.read_screen(app))
        assert pane.view.pattern is None
        await pilot.press("N")  # what was searched for last
        await ui.settle(pilot, lambda: "of 11" in ui.read_screen(app))


async def test_a_match_is_marked_while_it_is_typed(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        pane = await search(ui, pilot, app, "odd")
        await ui.settle(pilot, lambda: " 100" in ui.read_screen(app))
        marked = [s.text for s in pane.view.render_line(0) if s.style and s.style.reverse]
        assert marked == ["Odd"]
        await pilot.press("escape")
        await ui.settle(pilot, lambda: pane.prompt is None)
        assert pane.view.pattern is None
        assert pane.view.follow  # nothing has moved


async def test_expressions_and_words_are_told_apart(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(100, 24)) as pilot:
        await ui.open_run(pilot, app)
        pane = await search(ui, pilot, app, "5.o")
        await ui.settle(pilot, lambda: "no line matches" in ui.read_screen(app))
        await pilot.press("alt+r")
        await ui.settle(pilot, lambda: "/ regexp" in ui.read_screen(app) and " 20\n" in ui.read_screen(app))
        await pilot.press("left_parenthesis", "enter")
        await ui.settle(pilot, lambda: "no regular expression" in ui.read_screen(app))
        assert pane.prompt is not None
        await pilot.press("backspace", "enter")
        await ui.settle(pilot, lambda: "20 of 20" in ui.read_screen(app))
        await pilot.press("slash", "up")
        await ui.settle(pilot, lambda: pane.query_one(Input).value == "5.o")
        await pilot.press("down", "enter")  # nothing typed: what was searched for last
        await ui.settle(pilot, lambda: pane.prompt is None and "of 20" in ui.read_screen(app))


async def test_matches_are_counted_as_the_log_grows(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, source = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await search(ui, pilot, app, "odd")
        await pilot.press("enter", "N")
        await ui.settle(pilot, lambda: "of 100" in ui.read_screen(app))
        await pilot.press("home")
        with folder.log.open("a") as file:
            file.write("another Odd one\nand another")
        source.tell()
        await ui.settle(pilot, lambda: "of 101" in ui.read_screen(app))
        assert "paused, 2 new lines: G or f follows" in ui.read_screen(app)
        await pilot.press("G")
        await ui.settle(pilot, lambda: "and another" in ui.read_screen(app))
        assert "paused" not in ui.read_screen(app)


@pytest.mark.parametrize("key", ["n", "N"])
async def test_to_go_on_without_a_search_is_said(ui: ModuleType, folder: RunFolder, key: str) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press(key)
        await ui.settle(pilot, lambda: "nothing was searched for yet" in ui.read_screen(app))


async def test_what_is_typed_ahead_is_not_lost(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        for letter in "/line 50":  # all at once, as from a slow connection
            app.post_message(Key("slash" if letter == "/" else letter, letter))
        app.post_message(Key("enter", "\r"))
        await ui.settle(pilot, lambda: "/ line 50 1 of 1" in ui.read_screen(app))
