"""What is pasted into any field is text: neither a field nor what is done with it lets a control character through."""

from types import ModuleType

import pytest
from textual.events import Paste
from textual.widgets import Input

from amn_tui.run.folder import RunFolder

pytestmark = pytest.mark.slow  # each test runs the whole app
WAYS = {
    "search": ["slash"], "filter": ["ampersand"], "epoch": ["e"], "reason": ["w"], "place": ["c", "g"],
    "metric": ["c", "m"], "runs": ["c", "o"], "palette": ["colon"],
}  # fmt: skip
FORBIDDEN = {*range(32), *range(127, 160), 0x202E, 0x200B}


@pytest.mark.parametrize("way", WAYS)
async def test_a_hostile_paste_is_text(ui: ModuleType, folder: RunFolder, way: str) -> None:
    app, _ = ui.make_app(folder, ui.alarmed(), now=1300)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press(*WAYS[way])
        await ui.settle(pilot, lambda: isinstance(app.focused, Input))
        field = app.focused
        assert isinstance(field, Input)
        for words in (*ui.HOSTILE, "12"):
            app.post_message(Paste(words))
            field.value = field.value[-200:]
        await ui.settle(pilot, lambda: not app._typed and field.value.endswith("12"))
        field.value = field.value + "".join(ui.HOSTILE) if way != "palette" else field.value  # not by way of the app
        await ui.settle(pilot)
        assert not FORBIDDEN & set(map(ord, field.value))
        assert not FORBIDDEN & {ord(letter) for letter in ui.read_screen(app) if letter != "\n"}
        await pilot.press("escape")
        assert app.return_code is None
