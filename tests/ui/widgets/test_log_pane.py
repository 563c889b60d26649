"""The log pane: follows the end, lets go when one scrolls up, shows lines as they are, and reads only what it shows."""

from types import ModuleType

import pytest
from textual.events import MouseScrollUp
from textual.geometry import Offset

from amn_tui.run.folder import RunFolder
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_shown import ShownLog
from amn_tui.ui.widgets.log_view import LogView

pytestmark = pytest.mark.no_cover  # whole screens: what they reach others reach, and traced they take twice as long


def fill(folder: RunFolder, count: int) -> None:
    folder.log.write_text("".join(f"line {number}\n" for number in range(count)))


async def test_it_follows_lets_go_and_takes_hold_again(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder, 100)
    app, source = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        pane = app.screen.query_one(LogView)
        assert "line 99" in ui.read_screen(app)
        await pilot.press("k", "up")
        assert not pane.follow
        await ui.settle(pilot, lambda: "paused: G or f follows" in ui.read_screen(app))
        top = pane.scroll_offset.y
        with folder.log.open("a") as file:
            file.write("line 100\n")
        source.tell()
        await ui.settle(pilot, lambda: len(pane.shown) == 101)
        assert pane.scroll_offset.y == top
        assert "line 100" not in ui.read_screen(app)
        await pilot.press("f")
        await ui.settle(pilot, lambda: "line 100" in ui.read_screen(app))
        assert pane.follow
        await pilot.press("home")
        await ui.settle(pilot, lambda: "line 1 " in ui.read_screen(app))
        await pilot.press("end")
        await ui.settle(pilot, lambda: "line 100" in ui.read_screen(app))
        assert pane.follow
        await pilot.press("pageup", "pagedown", "j")
        await ui.settle(pilot, lambda: pane.follow)


async def test_what_is_appended_is_shown(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder, 3)
    app, source = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        for words in ("half", " a line", "\nnext"):
            with folder.log.open("a") as file:
                file.write(words)
            source.tell()
            await ui.settle(pilot, lambda words=words: words.strip() in ui.read_screen(app))
        assert "half a line" in ui.read_screen(app)


async def test_a_log_that_starts_over_is_shown_from_its_new_beginning(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder, 100)
    app, source = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("k")
        folder.log.write_text("anew\n")
        source.tell()
        await ui.settle(pilot, lambda: "anew" in ui.read_screen(app))
        assert "line 9" not in ui.read_screen(app)


async def test_a_log_that_was_emptied_has_no_line_that_one_could_be_at(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder, 100)
    app, source = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("k")
        await ui.settle(pilot, lambda: "paused" in ui.read_screen(app))
        folder.log.write_text("")
        source.tell()
        await ui.settle(pilot, lambda: "paused" not in ui.read_screen(app))
        assert "of the last 0" not in ui.read_screen(app)
        assert "line 99" not in ui.read_screen(app)


async def test_lines_can_be_read_to_their_ends(ui: ModuleType, folder: RunFolder) -> None:
    folder.log.write_text("x" * 100 + "END\nshort\n")
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        assert "END" not in ui.read_screen(app)
        await pilot.press(*["right"] * 4)
        await ui.settle(pilot, lambda: "END" in ui.read_screen(app))
        await pilot.press(*["left"] * 4)
        await ui.settle(pilot, lambda: "short" in ui.read_screen(app))


async def test_only_lines_in_sight_are_read(ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(folder, 50_000)
    app, _ = ui.make_app(folder, [])
    read: set[int] = set()
    line = LogFile.read_raw_line
    monkeypatch.setattr(LogFile, "read_raw_line", lambda self, index, n: read.add(n) or line(self, index, n))
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await ui.settle(pilot, lambda: app.monitor.index is not None and app.monitor.index.whole)
        assert "line 49999" in ui.read_screen(app)
    assert len(read) < 100


async def test_the_head_arriving_later_does_not_move_the_view(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder, 50_000)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await ui.settle(pilot, lambda: app.monitor.index is not None and app.monitor.index.whole)
        pane = app.screen.query_one(LogView)
        whole = app.monitor.index
        assert whole is not None
        log = LogFile(folder.log)
        log.refresh()
        pane.show(ShownLog(log.index))  # the tail alone, as it is at first
        await pilot.press("k", "k")
        await ui.settle(pilot, lambda: "line 49998" not in ui.read_screen(app))
        assert "line 49997" in ui.read_screen(app)
        pane.show(ShownLog(whole))
        await ui.settle(pilot, lambda: "of 50,000" in ui.read_screen(app))
        assert "line 49997" in ui.read_screen(app)
        assert "line 49998" not in ui.read_screen(app)
        log.close()


async def test_text_can_be_selected_and_copied(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder, 4)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        pane = app.screen.query_one(LogView)
        await pilot.mouse_down(pane, offset=(1, 1))
        await pilot.hover(pane, offset=(5, 2))
        await pilot.mouse_up(pane, offset=(5, 2))
        await pilot.pause()
        selected = app.screen.get_selected_text()
        assert selected is not None
        assert selected.startswith("line 1\nline")
        await pilot.press("ctrl+c")
        assert app.clipboard == selected


async def test_the_wheel_scrolls_and_lets_go(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder, 100)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        pane = app.screen.query_one(LogView)
        where = pane.region.offset + Offset(3, 2)
        event = {"x": 3, "y": 2, "delta_x": 0, "delta_y": -1, "button": 0, "shift": False, "meta": False, "ctrl": False}
        pane.post_message(MouseScrollUp(pane, **event, screen_x=where.x, screen_y=where.y))
        await ui.settle(pilot, lambda: not pane.follow)
        assert "line 99" not in ui.read_screen(app)
