from types import ModuleType

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.model import CheckState
from amn_tui.ui.glyphs import UNICODE
from amn_tui.ui.screens.detail import explain_check, explain_choice
from checks.explanation import Explanation


def test_a_check_is_explained_by_its_page_and_a_package_s_by_the_one_in_the_record() -> None:
    own = Explanation("Counts things.", "Things matter.", "Too few.", "Add some.")
    for state, words in (
        (CheckState("off_by_one", "Off by one"), "Where the target lies to its context"),
        (CheckState("mine", "Mine", running=True, page=own), "Things matter."),
        (CheckState("theirs", "Theirs"), "waits for its turn"),
    ):
        lines = ["".join(part.text for part in line) for line in explain_check(state, 74, UNICODE)]
        assert words in " ".join(" ".join(lines).split())
        assert max(map(len, lines)) <= 74


def test_all_checks_at_once_are_told_apart_by_their_names(ui: ModuleType) -> None:
    dialog = explain_choice(ui.make_run(ui.healthy()), "check", "", UNICODE, ui.BEGAN)
    assert dialog is not None
    lines = ui.read_text(dialog.draw_lines(74)).splitlines()
    assert [line for line in lines if line in ui.TITLES.values()] == list(ui.TITLES.values())
    one = explain_choice(ui.make_run(ui.healthy()), "check", "off_by_one", UNICODE, ui.BEGAN)
    assert one is not None
    assert one.words == "Off by one"


@pytest.mark.parametrize(("size", "said"), [((80, 24), True), ((120, 120), False)])
async def test_a_page_that_goes_on_out_of_sight_has_its_keys_in_its_edge(
    ui: ModuleType, folder: RunFolder, size: tuple[int, int], said: bool
) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=size) as pilot:
        await ui.open_run(pilot, app)
        app.push_screen(explain_choice(app.shown, "check", "off_by_one", UNICODE, ui.BEGAN))
        await ui.settle(pilot, lambda: bool(app.screen.query("#dialog")))
        box = app.screen.query_one("#dialog")
        await ui.settle(pilot, lambda: box.size.height)
        await ui.settle(pilot, lambda: box.show_vertical_scrollbar is said)  # laid out twice: with a scrollbar, without
        await ui.settle(pilot, lambda: (str(box.border_subtitle or "") == "esc close   j k scroll") is said)
