"""Help: every key in as many columns as there is room for, and all of it at once where the screen is large."""

from types import ModuleType

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.line import measure
from amn_tui.ui.places import list_panes
from amn_tui.ui.screens.help import COLUMN_CELLS, GAP, HelpScreen, choose_columns, draw_help, list_help

GROUPS = list_panes(MonitorApp.BINDINGS)


@pytest.mark.parametrize(("width", "columns"), [(40, 1), (70, 1), (103, 1), (104, 2), (157, 2), (158, 3), (400, 4)])
def test_there_are_as_many_columns_as_fit_while_it_would_scroll(width: int, columns: int) -> None:
    found, cells = choose_columns(GROUPS, {}, width, 1)
    assert found == columns
    assert cells == min(width, COLUMN_CELLS[1] * columns + GAP * (columns - 1))


def test_there_are_no_more_columns_than_show_it_all() -> None:
    assert choose_columns(GROUPS, {}, 1000, 1000) == (1, COLUMN_CELLS[1])
    assert choose_columns(GROUPS, {}, 1000, 40)[0] == 2


@pytest.mark.parametrize(("width", "columns"), [(30, 1), (70, 1), (106, 2), (144, 2), (170, 3), (300, 4)])
def test_every_key_is_there_whatever_the_columns(ui: ModuleType, width: int, columns: int) -> None:
    lines = draw_help(GROUPS, {}, width, columns)
    assert max(map(measure, lines)) <= width
    text = ui.read_text(lines)
    for group in GROUPS:
        assert group.title in text
        for keys, words in list_help(group.bindings, {}):
            assert keys in text
            assert words.split()[0] in text


def test_columns_are_of_about_one_height() -> None:
    one, two, three = (len(draw_help(GROUPS, {}, 60 * n + GAP * (n - 1), n)) for n in (1, 2, 3))
    assert two <= 0.6 * one
    assert three <= two


@pytest.mark.slow
async def test_one_column_at_80x24_two_and_no_scrollbar_at_200x60(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("question_mark")
        await ui.settle(pilot, lambda: isinstance(app.screen, HelpScreen))
        for size, columns in (((80, 24), 1), ((120, 40), 2), ((200, 60), 2), ((80, 24), 1)):
            await pilot.resize_terminal(*size)
            box = app.screen.query_one("#dialog")
            await ui.settle(pilot, lambda: app.screen.columns == columns)  # noqa: B023 (waited for here)
            await ui.settle(pilot, lambda: box.show_vertical_scrollbar is (size != (200, 60)))  # noqa: B023
            (titles,) = [line for line in ui.read_screen(app).splitlines() if " Run  " in line]
            assert ("  Log  " in titles) is (columns > 1)
