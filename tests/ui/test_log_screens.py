"""Golden screens of the log in its states, as text. AMN_TUI_GOLDEN=write pytest tests/ui/test_log_screens.py"""

import os
from pathlib import Path
from types import ModuleType

import pytest
from textual.widgets import Input

from amn_tui.run.folder import RunFolder

pytestmark = pytest.mark.slow  # each drives the whole app

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    ("state", "keys", "words"),
    [
        ("searching", ["slash", *"done"], "alt+r"),
        ("searched", ["slash", *"done", "enter"], " of 6"),
        ("filtered", ["v", "v", "v"], "lines shown"),
        ("paused", ["home", "up"], "paused"),
        ("wrapped", ["W"], "samples_per_s=2980"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
async def test_the_log_is_the_golden_one(
    ui: ModuleType, folder: RunFolder, size: tuple[int, int], state: str, keys: list[str], words: str
) -> None:
    app, _ = ui.make_app(folder, [*ui.healthy(), *(ui.step(7, 6200 + n) for n in range(1, 30))], now=7800)
    async with app.run_test(size=size) as pilot:
        await ui.open_run(pilot, app)
        for key in keys:
            await pilot.press(key)
            await ui.settle(pilot, lambda key=key: key != "slash" or isinstance(app.focused, Input))
        await ui.settle(pilot, lambda: words in ui.read_screen(app))
        screen = ui.read_screen(app)
    path = GOLDEN / f"log-{state}-{size[0]}x{size[1]}.txt"
    if os.environ.get("AMN_TUI_GOLDEN") == "write":
        path.write_text(screen, "utf-8")
    assert screen == path.read_text("utf-8")
