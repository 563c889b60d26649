"""Keys of the log: what is left out, gone to, wrapped, folded and copied."""

from types import ModuleType

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from amn_tui.run.folder import RunFolder
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.messages import EpochWanted
from amn_tui.ui.widgets.log_pane import LogPane
from trainer.events import EpochEnded, format_event

pytestmark = pytest.mark.slow  # each drives the whole app


def fill(folder: RunFolder, epochs: int = 5, between: int = 40) -> None:
    """Write a log with a warning, an error and steps in every epoch."""
    lines = []
    for number in range(1, epochs + 1):
        lines += [f"text {number}.{n}" for n in range(between)]
        lines += [f"x.py:1: UserWarning: {number}", f"RuntimeError: {number}"]
        lines.append(format_event(EpochEnded(number, epochs, {"val_cosine": 0.5}), 0.0))
    folder.log.write_text("".join(line + "\n" for line in lines))


async def open_prompt(ui: ModuleType, pilot: Pilot[None], app: MonitorApp, key: str, words: str) -> LogPane:
    pane = app.screen.query_one(LogPane)
    await pilot.press(key)
    await ui.settle(pilot, lambda: isinstance(app.focused, Input))
    await pilot.press(*("space" if letter == " " else letter for letter in words))
    await ui.settle(pilot, lambda: pane.query_one(Input).value == words)
    return pane


async def test_only_lines_that_match_are_shown_while_the_log_grows(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, source = ui.make_app(folder, [])
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        await open_prompt(ui, pilot, app, "ampersand", "error")
        await ui.settle(pilot, lambda: "only 5 of 215 lines shown" in ui.read_screen(app))
        assert "text" not in ui.read_screen(app).replace("& text", "").rpartition("log")[2]
        await pilot.press("enter")
        with folder.log.open("a") as file:
            file.write("nothing\nanother error\n")
        source.tell()
        await ui.settle(pilot, lambda: "& error: only 6 of 217 lines shown" in ui.read_screen(app))
        assert "another error" in ui.read_screen(app)
        assert "nothing" not in ui.read_screen(app)
        await open_prompt(ui, pilot, app, "ampersand", "nowhere")
        await pilot.press("enter")
        await ui.settle(pilot, lambda: "no line matches" in ui.read_screen(app))
        await pilot.press("escape")
        await ui.settle(pilot, lambda: "lines shown" not in ui.read_screen(app) and "nothing" in ui.read_screen(app))


async def test_a_filter_that_is_given_up_changes_nothing(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        pane = await open_prompt(ui, pilot, app, "ampersand", "error")
        await ui.settle(pilot, lambda: "only 5" in ui.read_screen(app))
        await pilot.press("escape")
        await ui.settle(pilot, lambda: "lines shown" not in ui.read_screen(app))
        assert not pane.finding.wanted.is_filtered


async def test_the_line_under_the_eye_stays(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        await open_prompt(ui, pilot, app, "slash", "RuntimeError: 3")
        await pilot.press("enter")
        await ui.settle(pilot, lambda: "1 of 1" in ui.read_screen(app))
        await pilot.press("v", "v")
        await ui.settle(pilot, lambda: "& errors: only 5 of 215" in ui.read_screen(app))
        await pilot.press("v", "v", "v")
        await ui.settle(pilot, lambda: "lines shown" not in ui.read_screen(app))
        assert "RuntimeError: 3" in ui.read_screen(app)


async def test_levels_come_in_turn(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        for words in ("warnings and errors: only 10", "errors: only 5", "epochs: only 5", "steps: only 0"):
            await pilot.press("v")
            await ui.settle(pilot, lambda words=words: f"& {words} of 215 lines" in ui.read_screen(app))
        await pilot.press("v")
        await ui.settle(pilot, lambda: "lines shown" not in ui.read_screen(app))


async def test_the_line_of_an_epoch_is_gone_to(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        await open_prompt(ui, pilot, app, "e", "x")
        await ui.settle(pilot, lambda: "a number is expected" in ui.read_screen(app))
        await pilot.press("backspace", "2", "enter")
        await ui.settle(pilot, lambda: "Epoch 2/5 done" in ui.read_screen(app))
        await pilot.press("right_square_bracket")
        await ui.settle(pilot, lambda: "Epoch 3/5 done" in ui.read_screen(app))
        await pilot.press("left_square_bracket", "left_square_bracket")
        await ui.settle(pilot, lambda: "Epoch 1/5 done" in ui.read_screen(app))
        await pilot.press("left_square_bracket")
        await ui.settle(pilot, lambda: "no epoch line before this one" in ui.read_screen(app))
        app.monitor.post_message(EpochWanted(4))
        await ui.settle(pilot, lambda: "Epoch 4/5 done" in ui.read_screen(app))
        app.monitor.post_message(EpochWanted(7))
        await ui.settle(pilot, lambda: "the log has no epoch 7" in ui.read_screen(app))
        await pilot.press("v")  # an epoch's line is no warning
        await ui.settle(pilot, lambda: "lines shown" in ui.read_screen(app))
        app.monitor.post_message(EpochWanted(2))
        await ui.settle(pilot, lambda: "its line is left out" in ui.read_screen(app))


async def test_long_lines_are_cut_with_a_sign_or_wrapped(ui: ModuleType, folder: RunFolder) -> None:
    folder.log.write_text("".join(f"line {n}\n" for n in range(50)) + "y" * 150 + "END\nlast\n")
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        assert "y›" in ui.read_screen(app)
        assert "END" not in ui.read_screen(app)
        await pilot.press(*["right"] * 12)
        await ui.settle(pilot, lambda: "END" in ui.read_screen(app))
        assert "‹y" in ui.read_screen(app)
        await pilot.press("W")
        await ui.settle(pilot, lambda: "END" in ui.read_screen(app) and "last" in ui.read_screen(app))
        assert "›" not in ui.read_screen(app)
        await pilot.press("home")
        await ui.settle(pilot, lambda: "line 0" in ui.read_screen(app))
        await pilot.press("end")
        await ui.settle(pilot, lambda: "last" in ui.read_screen(app))
        await pilot.press("W")
        await ui.settle(pilot, lambda: "y›" in ui.read_screen(app))


async def test_a_wrapped_line_is_selected_as_the_line_it_is(ui: ModuleType, folder: RunFolder) -> None:
    folder.log.write_text("ab" * 60 + "END\n")
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        pane = app.screen.query_one(LogPane)
        await pilot.press("W")
        await ui.settle(pilot, lambda: "END" in ui.read_screen(app))
        await pilot.mouse_down(pane.view, offset=(1, 0))
        await pilot.hover(pane.view, offset=(20, 1))
        await pilot.mouse_up(pane.view, offset=(20, 1))
        await pilot.press("y")
        assert app.clipboard.startswith("abab")
        assert len(app.clipboard) > 78  # more than the first row
        assert "\n" not in app.clipboard


async def test_a_line_that_fills_the_pane_is_cut_when_wrapped_too(ui: ModuleType, folder: RunFolder) -> None:
    folder.log.write_text("x" * 60_000 + "\nlast\n")
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("W", "home")
        await ui.settle(pilot, lambda: "x›" in ui.read_screen(app))
        await pilot.press("j", "j")
        await ui.settle(pilot, lambda: "last" in ui.read_screen(app))


async def test_progress_bars_are_folded_until_one_asks(ui: ModuleType, folder: RunFolder) -> None:
    bars = [f"train: {n}%|{'#' * n}| {n}/9 [00:0{n}<00:01, 3.1it/s]" for n in range(8)]
    folder.log.write_bytes(("\n".join(["begin", *bars, "middle"]) + "\n" + "\r".join(bars) + "\nend\n").encode())
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(100, 40)) as pilot:
        await ui.open_run(pilot, app)
        await ui.settle(pilot, lambda: ui.read_screen(app).count("last of 8") == 2)
        assert "train: 3%" not in ui.read_screen(app)
        await pilot.press("F")
        await ui.settle(pilot, lambda: "train: 3%" in ui.read_screen(app))
        assert "last of" not in ui.read_screen(app)
        assert "=> train: 1%" in ui.read_screen(app)
        await pilot.press("F")
        await ui.settle(pilot, lambda: ui.read_screen(app).count("last of 8") == 2)


async def test_a_line_is_copied(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("y")
        assert "Epoch 5/5 done" in app.clipboard  # the newest
        await ui.settle(pilot, lambda: "copied a line of" in ui.read_screen(app))
        pane = app.screen.query_one(LogPane)
        await pilot.click(pane.view, offset=(3, 1))
        await pilot.press("y")
        shown = ui.read_screen(app).splitlines()[pane.view.region.y + 1]
        assert app.clipboard in shown
        await pilot.press("home", "escape")
        await ui.settle(pilot, lambda: "text 1.0" in ui.read_screen(app))
        await pilot.press("y")
        assert app.clipboard == "text 1.0"


async def test_a_pager_that_cannot_be_opened_is_said(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("p")
        await ui.settle(pilot, lambda: "no pager can be opened here" in ui.read_screen(app))


@pytest.mark.parametrize("key", ["y", "n", "N", "v", "W", "F", "right_square_bracket", "left_square_bracket", "escape"])
async def test_keys_do_no_harm_where_there_is_no_log(ui: ModuleType, folder: RunFolder, key: str) -> None:
    app, _ = ui.make_app(folder, [])
    folder.log.unlink()
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press(key)
        await ui.settle(pilot)
        assert "no log yet" in ui.read_screen(app)


async def test_the_keys_are_in_the_help(ui: ModuleType, folder: RunFolder) -> None:
    fill(folder)
    app, _ = ui.make_app(folder, [])
    async with app.run_test(size=(100, 60)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("question_mark")
        await ui.settle(pilot, lambda: "open the log in $PAGER" in ui.read_screen(app))
        assert "[ " in ui.read_screen(app)
